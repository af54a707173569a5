// Ends the fuzzer with a message when what must hold does not: what it is, and where it stands.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <source_location>

namespace alignd::test {

inline void check(bool holds, const char* what,
                  const std::source_location& where = std::source_location::current()) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s (%s:%u)\n", what, where.file_name(),
               static_cast<unsigned>(where.line()));
  std::abort();
}

/// For what needs no words: the line is named.
inline void require(bool holds, const std::source_location& where = std::source_location::current()) {
  check(holds, "a requirement", where);
}

}  // namespace alignd::test
