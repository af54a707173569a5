// Any message, sealed here several times: the chain passes, whatever the message is. Changed after that by an octet, it does
// not.
//
// The input: three octets (sets, form and what is changed; place of the change; what the sealers say they found, an index
// into it), then the message. Its own ARC fields are left out.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "dns/data/ascii.h"
#include "tests/fuzz/check.h"
#include "tests/unit/arc/sealer.h"
#include "verifier/arc/verifier.h"
#include "verifier/message/split.h"

namespace {

using namespace alignd;
using test::check;

arc::Result play(const test::Message& message) {
  const std::shared_ptr<const dns::Zone> zone(std::shared_ptr<const dns::Zone>(), &message.zone);
  dns::Lookups lookups(std::make_shared<dns::ZoneResolver>(zone), {});
  arc::Options options;
  options.trustedSealers = {"lists.example"};
  WorkBudget work(1'000'000'000'000);
  arc::ChainVerifier verifier(options, &work);
  dkim::BodyHashes bodies;
  message::HeaderBlock header;
  verifier.reset();
  for (const std::string_view field : message.fields) {
    const auto colon = field.find(':');
    header.add({field.substr(0, colon), field.substr(colon + 1)});
    verifier.field(header, header.size() - 1, lookups);
  }
  verifier.endOfHeader(header, bodies, lookups);
  bodies.feed(std::as_bytes(std::span(message.body.data(), message.body.size())));
  bodies.finish();
  check(verifier.ready(lookups), "a zone answers at once");
  message::Author author;
  author.problem = message::AuthorProblem::None;
  author.domain = "author.example";
  return verifier.finish(header, bodies, lookups, author, UnixTime{std::chrono::seconds(1'760'000'000)});
}

// Printable: what the sealer writes is one line.
std::string lineOf(std::string_view text) {
  std::string out(text.substr(0, std::min(text.find('\n'), std::size_t{200})));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return ascii::isControl(c) || ascii::is8Bit(c); }, ' ');
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::string raw = message::toCrlf({reinterpret_cast<const char*>(data) + 3, size - 3});
  const auto split = message::split(raw);
  test::Message message;
  message.fields.clear();
  for (const auto& field : split.fields) {
    const std::string_view name = ascii::trimWsp(field.name);
    // The sealer knows no blanks before the colon.
    if (ascii::equalIgnoreCase(name.substr(0, 4), "arc-") || name.size() != field.name.size()) continue;
    message.fields.push_back(ascii::cat({field.name, ":", field.value}));
  }
  message.body = split.body;
  const int sets = 1 + data[0] % 6;
  for (int i = 1; i <= sets; ++i) {
    test::Seal set;
    set.i = i;
    set.c = (data[0] & 0x10U) != 0 ? "simple/simple" : "relaxed/relaxed";
    if (data[2] != 0)
      set.results = "lists.example; " +
                    lineOf(std::string_view(raw).substr(std::min<std::size_t>(data[2], raw.size())));
    message.seal(set, test::SigningKey::ed25519());
  }
  const auto good = play(message);
  if (good.status != arc::Status::Pass) std::fprintf(stderr, "%s\n", good.text.c_str());
  check(good.status == arc::Status::Pass, "what is sealed passes");
  check(static_cast<int>(good.sets.size()) == sets && good.oldestPass == 0, "all of it");

  test::Message other = message;
  if ((data[0] & 0x20U) != 0) {
    other.body.insert(other.body.begin(), 'x');
  } else {
    // An octet of base64 or of a tag, in a field of a set.
    std::string& field = other.fields[data[1] % (3U * static_cast<unsigned>(sets))];
    const auto at = field.size() - 6;  // not among the last bits of base64, some of which say nothing
    field[at] = field[at] == 'A' ? 'E' : 'A';
  }
  check(play(other).status == arc::Status::Fail, "changed, it does not");
  return 0;
}
