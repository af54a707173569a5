// Counts what the program allocates with new; libraries in C (OpenSSL) have their own way.
#pragma once

#include <cstddef>

namespace alignd::bench {

/// So far, by all threads.
std::size_t allocations();

}  // namespace alignd::bench
