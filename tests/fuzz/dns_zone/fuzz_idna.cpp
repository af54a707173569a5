// Any octets as a domain: the result keeps the limits, holds no octet outside ASCII and is a fixed point;
// what is shown as U-labels is the same domain.
#include <algorithm>
#include <cstdint>
#include <string>

#include "dns/data/ascii.h"
#include "dns/data/idna.h"
#include "dns/data/name.h"
#include "tests/fuzz/check.h"

namespace {

using alignd::test::require;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace alignd;
  const std::string domain(reinterpret_cast<const char*>(data), size);
  const auto made = dns::toAscii(domain);
  const std::string shown = dns::toUnicode(domain);
  if (!made) {
    require(shown == domain);
    return 0;
  }
  require(std::none_of(made->begin(), made->end(), ascii::is8Bit));
  require(std::none_of(made->begin(), made->end(), ascii::isUpper));
  require(dns::Name::parse(*made).has_value());
  require(dns::toAscii(*made) == made);
  require(dns::toAscii(shown) == made);
  require(dns::toUnicode(shown) == shown);
  // Dots never come out of labels.
  require(std::count(made->begin(), made->end(), '.') == std::count(domain.begin(), domain.end(), '.'));
  return 0;
}
