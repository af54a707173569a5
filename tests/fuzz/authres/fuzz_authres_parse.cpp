// Any octets as Authentication-Results, as a field that might claim our id, as a trusted upstream's, as Received.
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/fuzz/authres/syntax.h"
#include "tests/fuzz/check.h"
#include "verifier/authres/parser.h"
#include "verifier/authres/received.h"
#include "verifier/authres/removal.h"
#include "verifier/authres/upstream.h"

namespace {

std::size_t octetsOf(const alignd::authres::Parsed& parsed) {
  std::size_t out = 0;
  for (const auto& result : parsed.results) {
    out += result.method.size() + result.result.size();
    for (const auto& property : result.properties) out += property.value.size();
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace alignd::authres;
  using alignd::test::check;
  const std::string_view value(reinterpret_cast<const char*>(data), size);

  const Parsed parsed = parse(value);
  check(parsed.results.size() <= kMaxResults, "bounded results");
  check(octetsOf(parsed) <= 2 * size + 256, "what is kept is linear in what came");
  check(parsed.headEnd <= value.size(), "the head ends within the value");
  check(parsed.clean() == parsed.firstError.empty(), "an error has a text");
  for (const auto& result : parsed.results) {
    check(!result.method.empty() && !result.result.empty(), "a result has a method and a word");
    check(result.properties.size() <= kMaxProperties, "bounded properties");
  }

  // Whatever stands behind our id, the field is ours; and more blanks and comments change nothing.
  Options options;
  options.authservId = "mx.example.org";
  const std::string tail(value);
  check(claimsOurId("Authentication-Results", "mx.example.org;" + tail, options), "our id");
  check(claimsOurId("Authentication-Results", "(c) \"MX.example.org\" 1 ;" + tail, options),
        "our id in disguise");
  claimsOurId("Authentication-Results", value, options);

  const Parsed behind = parse("mx.example.org;" + tail);
  check(behind.head == Head::Id, "a good head stays one");
  if (isUpstream(behind, {"mx.example.org"})) takeOver(behind, alignd::Methods::all(), size % 2 == 0);
  const UpstreamOptions border{{}, {"mx.example.org"}};
  UpstreamSearch search;
  search.begin(border);
  search.field("Received", value);
  const bool open = search.open();
  check(!search.field("Authentication-Results", "mx.example.org;" + tail) || open, "only above the way in");
  check(!search.open(), "the topmost alone counts");
  alignd::authres::clientOfReceived(value);
  alignd::authres::clientOfReceived("from x (" + tail);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t room,
                                               unsigned seed) {
  return alignd::test::mutate(alignd::test::kAuthres, data, size, room, seed);
}
