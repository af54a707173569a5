// Any header with ARC fields in it: nothing passes, work is bounded, nothing is carried over to the next message. The
// zone has a key that is well-formed and that nobody signs with.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "dns/zone/zone.h"
#include "tests/fuzz/arc/syntax.h"
#include "tests/fuzz/check.h"
#include "verifier/arc/verifier.h"
#include "verifier/message/split.h"

namespace {

using namespace alignd;

// RFC 8463 appendix A.2.
constexpr std::string_view kKey = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

arc::Result play(arc::ChainVerifier& verifier, const message::HeaderBlock& header, std::string_view body) {
  static const auto kResolver = [] {
    auto zone = std::make_shared<dns::Zone>();
    zone->add(*dns::Name::parse("s._domainkey.a.example"), dns::Type::TXT, {300, std::string(kKey)});
    return std::make_shared<dns::ZoneResolver>(zone);
  }();
  dns::Lookups lookups(kResolver, {});
  dkim::BodyHashes bodies;
  message::HeaderBlock seen;
  verifier.reset();
  for (std::size_t i = 0; i < header.size(); ++i) {
    seen.add({header[i].name, header[i].value});
    verifier.field(seen, i, lookups);
  }
  verifier.endOfHeader(seen, bodies, lookups);
  bodies.feed(std::as_bytes(std::span(body.data(), body.size())));
  bodies.finish();
  test::check(verifier.ready(lookups), "a zone answers at once");
  message::Author author;
  author.problem = message::AuthorProblem::None;
  author.domain = "a.example";
  return verifier.finish(seen, bodies, lookups, author, UnixTime{std::chrono::seconds(1'760'000'000)});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view raw(reinterpret_cast<const char*>(data), size);
  const auto message = message::split(raw);
  message::HeaderBlock header;
  bool any = false;
  for (const auto& field : message.fields) {
    header.add(field);
    const std::size_t last = header.size() - 1;
    any = any || header.is(last, "ARC-Seal") || header.is(last, "ARC-Message-Signature") ||
          header.is(last, "ARC-Authentication-Results");
  }
  arc::Options options;
  options.trustedSealers = {"a.example"};
  WorkBudget work(1'000'000'000'000);
  arc::ChainVerifier verifier(options, &work);
  const auto first = play(verifier, header, message.body);
  // Each of 50 seals covers the sets below it; of the signatures a dozen are looked at, in two forms.
  const std::uint64_t octets = 80 * (header.bytes() + 4096);
  test::check(work.spent().canonicalizedOctets + work.spent().hashedOctets <= octets, "work is bounded");
  test::check(first.status == (any ? arc::Status::Fail : arc::Status::None), "nobody signed this");
  test::check(first.status == arc::Status::None || !first.text.empty(), "a failure has a reason");
  test::check(first.sets.size() <= 50, "RFC 8617 section 4.2.1");
  test::check(!first.trustedPass, "no chain, no trust");
  const auto second = play(verifier, header, message.body);
  test::check(second.text == first.text && second.sets.size() == first.sets.size(),
              "nothing is carried over");
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t room,
                                               unsigned seed) {
  return alignd::test::mutate(alignd::test::kArc, data, size, room, seed);
}
