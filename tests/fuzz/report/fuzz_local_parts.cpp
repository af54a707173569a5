// Sentences with addresses in them: with local parts dropped, nothing that belongs to one stands before an "@".
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/fuzz/check.h"
#include "verifier/report/local_parts.h"

namespace {

using namespace alignd::report;

using alignd::test::require;

bool endsAWord(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet < 0x20 || octet == 0x7f || std::string_view(" \"<>()[],:;").find(c) != std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string room;
  require(LocalPartFilter().sentence(text, room) == text && LocalPartFilter().address(text, room) == text);

  const std::string dropped(LocalPartFilter(LocalParts::Drop, "").sentence(text, room));
  require(std::count(dropped.begin(), dropped.end(), '@') == std::count(text.begin(), text.end(), '@'));
  for (auto at = dropped.find('@'); at != std::string::npos; at = dropped.find('@', at + 1)) {
    require(at == 0 || dropped[at - 1] == '@' || endsAWord(dropped[at - 1]));
  }

  // A hash stands where something is dropped, and nothing else differs.
  const std::string hashed(LocalPartFilter(LocalParts::Hash, "key").sentence(text, room));
  require((hashed.size() - dropped.size()) % 16 == 0);
  require(text.find('@') != std::string_view::npos || (dropped == text && hashed == text));

  const std::string address(LocalPartFilter(LocalParts::Drop, "").address(text, room));
  require(address.empty() ||
          (address.front() == '@' && text.ends_with(address) && address.find('@', 1) == std::string::npos));
  return 0;
}
