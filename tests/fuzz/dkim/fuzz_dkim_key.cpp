// Any octets as a key record, and as the DER inside of one.
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/fuzz/check.h"
#include "tests/fuzz/dkim/syntax.h"
#include "verifier/dkim/public_key.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace alignd::dkim;
  using alignd::test::check;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const KeyRecord record = parseKeyRecord(text);
  check(record.usable() == (record.key != nullptr), "usable with a key only");
  check(record.usable() == record.text.empty(), "a fault has a text");
  if (record.usable()) {
    check(record.bits > 0 && record.bits <= kMaxRsaBits, "bounded");
    if (record.bits <= 4096) {  // speed
      check(!record.key->verify({}, std::string(static_cast<std::size_t>(record.bits) / 8, '\0')),
            "zeros sign nothing");
    }
  }
  RsaNumbers numbers;
  if (readRsaKey(text, numbers)) {
    check(!numbers.modulus.empty() && !numbers.exponent.empty(), "numbers are there");
    check(numbers.modulus.front() != '\0' && numbers.exponent.front() != '\0', "without leading zeros");
    check(numbers.modulus.size() + numbers.exponent.size() < size, "inside of the input");
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t room,
                                               unsigned seed) {
  return alignd::test::mutate(alignd::test::kDkimKey, data, size, room, seed);
}
