// Random numbers that nobody can guess: message ids, letters' case.
#pragma once

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <system_error>

#include <sys/random.h>

namespace alignd::dns {

/// The kernel's generator, a page at a time. One thread.
class Random {
 public:
  /// Throws std::system_error where there is no getrandom(2): we do not go on with numbers that can be
  /// guessed.
  std::uint64_t next() {
    if (at_ == pool_.size()) refill();
    return pool_[at_++];
  }

 private:
  void refill() {
    std::size_t have = 0;
    auto* bytes = reinterpret_cast<unsigned char*>(pool_.data());
    while (have < sizeof(pool_)) {
      const auto got = getrandom(bytes + have, sizeof(pool_) - have, 0);
      if (got < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "getrandom");
      if (got > 0) have += static_cast<std::size_t>(got);
    }
    at_ = 0;
  }

  std::array<std::uint64_t, 64> pool_{};
  std::size_t at_ = pool_.size();
};

}  // namespace alignd::dns
