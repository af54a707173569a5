// The DMARC suites beside the project, played through findAuthor and dmarc::evaluate with SPF and DKIM
// results of the real evaluators: a GoogleTest case a case. Also held against the RFC: which names are asked.
#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/suites.h"
#include "verifier/dkim/verifier.h"
#include "verifier/dmarc/evaluate.h"
#include "verifier/message/split.h"
#include "verifier/spf/evaluate.h"

namespace alignd {
namespace {

using test::Case;

const std::vector<std::string>& suites() {
  static const std::vector<std::string> kSuites{"rfc9989-examples", "mailauth-js-dmarc", "mail-dmarc-parse",
                                                "espoofer", "attacks-from"};
  return kSuites;
}

// Answers from the case's zone and remembers what was asked.
class RecordingResolver final : public dns::Resolver {
 public:
  explicit RecordingResolver(std::shared_ptr<const dns::Zone> zone) : zone_(std::move(zone)) {}
  dns::AnswerPtr findOrAsk(const dns::Question& question, const std::shared_ptr<dns::Mailbox>&, dns::Need,
                           Time now) override {
    asked.insert(question.name.text());
    return zone_->answer(question, now);
  }
  std::set<std::string> asked;

 private:
  std::shared_ptr<const dns::Zone> zone_;
};

dmarc::IdentifierState stateOf(spf::Status status) {
  if (status == spf::Status::Pass) return dmarc::IdentifierState::Pass;
  return status == spf::Status::TempError ? dmarc::IdentifierState::TempError : dmarc::IdentifierState::Fail;
}

dmarc::IdentifierState stateOf(dkim::Status status) {
  if (status == dkim::Status::Pass) return dmarc::IdentifierState::Pass;
  return status == dkim::Status::TempError ? dmarc::IdentifierState::TempError : dmarc::IdentifierState::Fail;
}

struct Played {
  message::Author author;
  dmarc::Result result;
  std::set<std::string> asked;  // `_dmarc` names alone
};

Played evaluate(const Case& one) {
  const auto resolver = std::make_shared<RecordingResolver>(one.zone);
  dns::Lookups lookups(resolver, {});
  const UnixTime received = one.arrival();
  const message::Author none;
  dkim::BodyHashes bodies;
  dkim::MessageVerifier signatures{dkim::Options()};
  message::HeaderBlock header;
  const auto message = message::split(one.message);
  for (const auto& field : message.fields) {
    header.add(field);
    signatures.field(header, header.size() - 1, lookups);
  }
  Played played;
  played.author = message::findAuthor(header);
  if (!played.author.ambiguous()) dmarc::askAhead(played.author.domain, lookups);
  signatures.endOfHeader(header, played.author, bodies, lookups);
  bodies.feed(std::as_bytes(std::span(message.body.data(), message.body.size())));
  bodies.finish();
  EXPECT_TRUE(signatures.ready(lookups));

  std::vector<dmarc::IdentifierInput> identifiers;
  spf::Request request;
  request.client = IpAddress::parse(one.text("client_ip")).value_or(IpAddress());
  request.helo = one.text("helo");
  request.mailFrom = one.text("mail_from");
  request.now = received;
  const auto spf = spf::evaluate(request, {}, lookups);
  EXPECT_TRUE(spf.has_value()) << "a zone answers at once";
  if (spf) identifiers.push_back({dmarc::Identifier::Kind::Spf, spf->domain, "", stateOf(spf->status)});
  for (const auto& signature : signatures.finish(header, bodies, lookups, {}, received).signatures) {
    identifiers.push_back({dmarc::Identifier::Kind::Dkim, signature.domainAscii, signature.selector,
                           stateOf(signature.status)});
  }
  const auto result = dmarc::evaluate(played.author, identifiers, {}, lookups);
  EXPECT_TRUE(result.has_value()) << "a zone answers at once";
  if (result) played.result = *result;
  for (const auto& name : resolver->asked) {
    if (name.starts_with("_dmarc.")) played.asked.insert(name.substr(7));
  }
  return played;
}

// The lists that RFC 9989 gives: section 4.10 and appendix B.4.2 (of the author's walk).
const std::map<std::string, std::set<std::string>>& askedNames() {
  static const std::set<std::string> kLong{"g.h.i.j.k.example.com",
                                           "h.i.j.k.example.com",
                                           "i.j.k.example.com",
                                           "j.k.example.com",
                                           "k.example.com",
                                           "example.com",
                                           "com",
                                           "a.b.c.d.e.f.g.h.i.j.k.example.com"};
  static const std::map<std::string, std::set<std::string>> kNames{
      {"rfc9989-examples/4.10-queries",
       {"a.b.c.d.e.f.g.h.i.j.mail.example.com", "g.h.i.j.mail.example.com", "h.i.j.mail.example.com",
        "i.j.mail.example.com", "j.mail.example.com", "mail.example.com", "example.com", "com"}},
      {"rfc9989-examples/B.4.2-both", kLong},
      {"mailauth-js-dmarc/walk-8-queries", kLong}};
  return kNames;
}

void play(const Case& one) {
  const Played played = evaluate(one);
  const dmarc::Result& result = played.result;
  const auto expect = one.expect();
  const auto words = expect.at("dmarc").get<std::vector<std::string>>();
  EXPECT_THAT(words, testing::Contains(std::string(dmarc::statusWord(result.status)))) << result.text;
  EXPECT_FALSE(result.text.empty());
  const auto policy = expect.value("policy", nlohmann::json());
  if (policy.is_string()) {
    const bool stated = result.status == dmarc::Status::Pass || result.status == dmarc::Status::Fail;
    if (stated) {
      EXPECT_EQ(dmarc::policyWord(result.selected), policy.get<std::string>());
    }
  }
  const auto disposition = expect.value("disposition", nlohmann::json());
  if (disposition.is_string()) {
    EXPECT_EQ(dmarc::policyWord(result.effective), disposition.get<std::string>());
  }
  if (played.author.ambiguous()) {
    EXPECT_EQ(result.status, dmarc::Status::PermError);
  }
  if (expect.value("refuse_ok", false) && words.front() != "pass") {
    EXPECT_FALSE(result.status == dmarc::Status::Pass && result.authorDomain == "legitimate.com");
  }
  const auto tags = one.json.value("tags", std::vector<std::string>());
  if (std::find(tags.begin(), tags.end(), "check-queries") != tags.end()) {
    ASSERT_EQ(askedNames().count(one.id), 1U) << "a list of names is asked for that this test does not know";
    EXPECT_EQ(played.asked, askedNames().at(one.id));
  }
}

}  // namespace
}  // namespace alignd

int main(int argc, char** argv) {
  return alignd::test::runSuites(
      argc, argv, [] { alignd::test::registerSuites({"Dmarc", alignd::suites()}, alignd::play); });
}
