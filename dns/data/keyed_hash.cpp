#include "dns/data/keyed_hash.h"

#include <bit>
#include <cstring>

#include "dns/data/random.h"

namespace alignd::dns {

namespace {

struct State {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void take(std::uint64_t word, unsigned rounds) {
    v3 ^= word;
    for (unsigned i = 0; i < rounds; ++i) round();
    v0 ^= word;
  }
};

// Little-endian, whatever the machine; `size` up to eight.
std::uint64_t wordAt(const char* data, std::size_t size) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < size; ++i) {
    out |= std::uint64_t{static_cast<unsigned char>(data[i])} << (8 * i);
  }
  return out;
}

// The same of eight octets, at once where the machine has them so.
std::uint64_t wordAt(const char* data) {
  if constexpr (std::endian::native != std::endian::little) return wordAt(data, 8);
  std::uint64_t out = 0;
  std::memcpy(&out, data, sizeof(out));
  return out;
}

HashKey chooseKey() {
  Random random;
  return {random.next(), random.next()};
}

}  // namespace

std::uint64_t sipHash(const HashKey& key, std::string_view data, unsigned rounds, unsigned last) noexcept {
  State state{key[0] ^ 0x736f6d6570736575U, key[1] ^ 0x646f72616e646f6dU, key[0] ^ 0x6c7967656e657261U,
              key[1] ^ 0x7465646279746573U};
  const std::size_t whole = data.size() / 8 * 8;
  for (std::size_t at = 0; at < whole; at += 8) state.take(wordAt(data.data() + at), rounds);
  state.take(wordAt(data.data() + whole, data.size() - whole) | std::uint64_t{data.size()} << 56U, rounds);
  state.v2 ^= 0xFF;
  for (unsigned i = 0; i < last; ++i) state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

// Without random numbers for its key the process ends here: there is nobody who could go on with a hash that strangers know.
// NOLINTNEXTLINE(bugprone-exception-escape)
std::uint64_t keyedHash(std::string_view data) noexcept {
  static const HashKey key = chooseKey();
  return sipHash(key, data, 1, 3);
}

}  // namespace alignd::dns
