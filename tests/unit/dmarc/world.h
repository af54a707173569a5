// A DNS to hold DMARC checks against: records by domain, names that fail, names whose answers are held back.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "dns/zone/zone.h"
#include "verifier/dmarc/evaluate.h"

namespace alignd::dmarc {

using State = IdentifierState;

// Answers from a zone at once, but for names that are held back; those come when they are let go.
class Dns final : public dns::Resolver {
 public:
  dns::AnswerPtr findOrAsk(const dns::Question& question, const std::shared_ptr<dns::Mailbox>& mailbox,
                           dns::Need, Time now) override {
    asked.insert(question.name.text() + " " + std::string(dns::typeName(question.type)));
    if (!held.contains(question.name.text())) return zone.answer(question, now);
    waiting_.emplace_back(question, mailbox);
    return nullptr;
  }
  void release(const std::string& name) {
    held.erase(name);
    for (const auto& [question, mailbox] : waiting_) {
      if (question.name.text() == name) mailbox->deliver(zone.answer(question, {}));
    }
  }

  dns::Zone zone;
  std::set<std::string> held;
  std::set<std::string> asked;

 private:
  std::vector<std::pair<dns::Question, std::shared_ptr<dns::Mailbox>>> waiting_;
};

inline dns::Name name(const std::string& text) {
  return *dns::Name::parse(text);
}

using Records = std::map<std::string, std::string>;

// One message's view: records by domain, failures, what is held.
struct World {
  std::shared_ptr<Dns> resolver = std::make_shared<Dns>();
  dns::Lookups lookups{resolver, {}};
  Options options;

  explicit World(const Records& records, const std::vector<std::string>& failing = {},
                 const std::vector<std::string>& held = {}) {
    for (const auto& [domain, text] : records) {
      resolver->zone.add(name("_dmarc." + domain), dns::Type::TXT, {300, dns::Txt(text)});
    }
    for (const auto& domain : failing)
      resolver->zone.fail(name("_dmarc." + domain), nullptr, dns::Status::ServerFailure);
    for (const auto& domain : held) resolver->held.insert("_dmarc." + domain);
  }
  void exists(const std::string& domain) {
    resolver->zone.add(name(domain), dns::Type::A, {300, *IpAddress::parse("192.0.2.1")});
  }
  std::optional<Result> check(const std::string& author,
                              const std::vector<IdentifierInput>& identifiers = {}) {
    return evaluate(authorOf(author), identifiers, options, lookups);
  }
  bool ready(const std::string& author, const std::vector<IdentifierInput>& identifiers) {
    return prepared(authorOf(author), identifiers, options, lookups);
  }
  static message::Author authorOf(const std::string& domain) {
    message::Author author;
    author.problem = message::AuthorProblem::None;
    author.domain = domain;
    return author;
  }
};

inline IdentifierInput dkim(const std::string& domain, State state = State::Pass) {
  return {Identifier::Kind::Dkim, domain, "s", state};
}
inline IdentifierInput spf(const std::string& domain, State state = State::Pass) {
  return {Identifier::Kind::Spf, domain, "", state};
}

inline Status statusOf(World& world, const std::string& author,
                       const std::vector<IdentifierInput>& identifiers) {
  const auto result = world.check(author, identifiers);
  EXPECT_TRUE(result);
  return result ? result->status : Status::TempError;
}

}  // namespace alignd::dmarc
