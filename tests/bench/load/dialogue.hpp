#pragma once
// dialogue.hpp - how a load program and the runner take turns, line by line.

#include <cstdio>
#include <cstdlib>

namespace pushgate::bench {

/// Says that everything stands and is warm, and waits for a line; ends the program without one.
inline void say_ready() {
  std::puts("ready");
  std::fflush(stdout);
  int c = 0;
  while (c != '\n' && c != EOF) c = std::getchar();
  if (c == EOF) std::exit(1);
}

/// The connections are kept until whoever measures has read its meters.
inline void await_end_of_input() {
  while (std::getchar() != EOF) {
  }
}

}  // namespace pushgate::bench
