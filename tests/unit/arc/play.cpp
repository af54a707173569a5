#include "tests/unit/arc/play.h"

#include <memory>
#include <span>

#include <gtest/gtest.h>

#include "tests/support/stale_resolver.h"

namespace alignd::test {

message::HeaderBlock feed(const Message& message, arc::ChainVerifier& verifier, dkim::BodyHashes& bodies,
                          dns::Lookups& lookups) {
  message::HeaderBlock header;
  for (const auto& field : message.fields) {
    const auto colon = field.find(':');
    header.add({std::string_view(field).substr(0, colon), std::string_view(field).substr(colon + 1)});
    verifier.field(header, header.size() - 1, lookups);
  }
  verifier.endOfHeader(header, bodies, lookups);
  return header;
}

Played play(const Message& message, const arc::Options& options, const std::string& author,
            arc::OrganizationalDomain organizational, WorkBudget* work, std::size_t bodyHashes) {
  // The zone outlives the resolver here, so that it need not be copied.
  const std::shared_ptr<const dns::Zone> zone(std::shared_ptr<const dns::Zone>(), &message.zone);
  std::shared_ptr<dns::Resolver> resolver = std::make_shared<dns::ZoneResolver>(zone);
  if (message.stale) resolver = std::make_shared<StaleResolver>(zone);
  dns::Lookups lookups(resolver, {});
  dkim::BodyHashes bodies(bodyHashes);
  arc::ChainVerifier verifier(options, work);
  if (organizational) verifier.setOrganizationalDomain(std::move(organizational));
  const message::HeaderBlock header = feed(message, verifier, bodies, lookups);
  bodies.feed(std::as_bytes(std::span(message.body.data(), message.body.size())));
  bodies.finish();
  EXPECT_TRUE(verifier.ready(lookups)) << "a zone answers at once";
  Played out;
  for (const auto& [question, answer] : lookups.used()) out.questions.push_back(question.name.text());
  out.asked = lookups.asked();
  message::Author who;
  who.problem = author.empty() ? message::AuthorProblem::NoFrom : message::AuthorProblem::None;
  who.domain = author;
  out.result = verifier.finish(header, bodies, lookups, who, UnixTime{std::chrono::seconds(1'760'000'000)});
  return out;
}

}  // namespace alignd::test
