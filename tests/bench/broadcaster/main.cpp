// bench_broadcaster - WebSockets in rooms, one send for each member and message. The floor.
//
// Prints its port, chosen by the kernel, and serves until it is killed.

#include <cstdio>

#include "broadcaster/broadcaster.hpp"

int main() {
  pushgate::bench::Broadcaster broadcaster;
  std::printf("%u\n", unsigned{broadcaster.port()});
  std::fflush(stdout);
  broadcaster.run();
}
