// Any octets as a macro-string, expanded with values taken from the input, beside a naive twin of the
// expansion.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/check.h"
#include "tests/fuzz/spf/syntax.h"
#include "verifier/spf/macro.h"

namespace {

using alignd::spf::Grammar;
using alignd::spf::MacroString;
using alignd::spf::MacroValues;

// Everything expanded from left to right, then cut label by label: RFC 7208 section 7.3 to the letter.
std::string naiveName(const MacroString& macro, const MacroValues& values) {
  std::string out = macro.expandText(values, std::string::npos);
  if (!out.empty() && out.back() == '.') out.pop_back();
  while (out.size() > 253 && out.find('.') != std::string::npos) out = out.substr(out.find('.') + 1);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto line = std::min(input.find('\n'), input.size());
  const std::string_view text = input.substr(0, line);
  const std::string_view foreign = line < input.size() ? input.substr(line + 1).substr(0, 300) : "user.name";
  MacroValues values;
  values.localPart = foreign;
  values.senderDomain = "sender.example.com";
  values.domain = foreign.substr(0, 100);
  values.helo = foreign.substr(foreign.size() / 2);
  values.validated = "host.example.net";
  values.client =
      size % 2 == 0 ? alignd::IpAddress::v4({192, 0, 2, 1}) : alignd::IpAddress::v6({0x20, 1, 0xd, 0xb8});
  for (const Grammar grammar : {Grammar::DomainSpec, Grammar::MacroString, Grammar::ExplainString}) {
    std::string problem;
    const auto macro = MacroString::parse(text, grammar, problem);
    if (!macro) {
      alignd::test::require(!problem.empty());
      continue;
    }
    alignd::test::require(macro->text() == text);
    alignd::test::require(macro->expandText(values, 100).size() <= 100);
    const std::string name = macro->expandName(values);
    const std::string naive = naiveName(*macro, values);
    // A single label that is too long is no name either way.
    alignd::test::require(name == naive || (name.size() > 253 && naive.size() > 253));
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t room,
                                               unsigned seed) {
  return alignd::test::mutate(alignd::test::kSpfMacro, data, size, room, seed);
}
