// The fast canonicalizers against the naive ones, at every split of short texts and at many of long ones.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/fuzz/check.h"
#include "tests/unit/dkim/naive.h"
#include "verifier/dkim/canonicalize.h"

namespace {

using namespace alignd::dkim;

class Collector final : public OctetSink {
 public:
  void write(std::string_view octets) override { text += octets; }
  std::string text;
};

// The first piece has `first` octets, the others `size`. By every set of instructions that this processor has.
std::string inPieces(Canonicalization canonicalization, std::string_view text, std::size_t first,
                     std::size_t size) {
  std::string found;
  for (const Reducer& reducer : reducers()) {
    if (!reducer.available()) continue;
    Collector out;
    BodyCanonicalizer canonicalizer(canonicalization, out, reducer);
    canonicalizer.feed(text.substr(0, first));
    for (std::size_t at = first; at < text.size(); at += size) canonicalizer.feed(text.substr(at, size));
    canonicalizer.finish();
    if (&reducer != &reducers().front()) alignd::test::check(out.text == found, "whatever the processor");
    found = std::move(out.text);
  }
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using alignd::test::check;
  if (size < 1) return 0;
  const std::size_t piece = std::size_t{data[0]} + 1;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (const auto canonicalization : {Canonicalization::Simple, Canonicalization::Relaxed}) {
    const std::string expected = naive::body(canonicalization, text);
    check(inPieces(canonicalization, text, text.size(), 1) == expected, "whole");
    check(inPieces(canonicalization, text, 0, 1) == expected, "octet by octet");
    check(inPieces(canonicalization, text, 0, piece) == expected, "in pieces");
    for (std::size_t cut = 0; cut <= std::min<std::size_t>(text.size(), 100); ++cut) {
      check(inPieces(canonicalization, text, cut, text.size()) == expected, "in two");
    }
    std::string field;
    canonicalizeField(canonicalization, text, field);
    check(field == naive::field(canonicalization, text), "as a header field");
  }
  return 0;
}
