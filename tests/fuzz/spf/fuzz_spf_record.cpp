// Any octets as an SPF record: bounded, and every term that is kept stands in the text where it says.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "tests/fuzz/check.h"
#include "tests/fuzz/spf/syntax.h"
#include "verifier/spf/record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace alignd::spf;
  using alignd::test::require;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // Without the version section too: then the terms are the input's from its first octet.
  const std::string whole = hasSpfVersion(text) ? std::string(text) : "v=spf1 " + std::string(text);
  const auto parsed = parseRecord(whole);
  if (const auto* error = std::get_if<SyntaxError>(&parsed)) {
    require(!error->problem.empty() && whole.find(error->term) != std::string::npos);
    return 0;
  }
  const auto& record = std::get<Record>(parsed);
  std::size_t end = 0;
  for (const Directive& directive : record.directives) {
    const std::string_view term = record.textOf(directive);
    require(directive.offset >= end && !term.empty() && term.find(' ') == std::string_view::npos);
    end = directive.offset + directive.length;
    require(directive.prefix4 <= 32 && directive.prefix6 <= 128);
    require(directive.target < 0 || !record.spec(directive.target)->empty());
  }
  require(end <= whole.size());
  // What was found well-formed is plain text: anybody may print it.
  for (char c : whole) require(c >= 0x20 && c != 0x7f);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t room,
                                               unsigned seed) {
  return alignd::test::mutate(alignd::test::kSpfRecord, data, size, room, seed);
}
