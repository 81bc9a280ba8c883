// bench_backend - the servers behind the proxies, in one process and one thread.
//
//   bench_backend [--ports 3]
//
// Prints the ports, chosen by the kernel, on one line and serves until it is killed.

#include <cstdio>

#include "backend/backend.hpp"
#include "load/options.hpp"

int main(int argc, char** argv) {
  const pushgate::bench::Options options{argc, argv, 1, "ports"};
  pushgate::bench::Backend backend{options.number("ports", 3)};
  for (const std::uint16_t port : backend.ports()) std::printf("%u ", unsigned{port});
  std::printf("\n");
  std::fflush(stdout);
  backend.run();
}
