// Ends the fuzzer with a message when what must hold does not.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace alignd::test {

inline void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace alignd::test
