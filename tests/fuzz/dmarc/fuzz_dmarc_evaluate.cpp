// Any records, failures and late answers below one tree: evaluate() always ends, what it says before the last answer it
// still says after it, prepared() keeps its promise.
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dns/zone/zone.h"
#include "tests/fuzz/check.h"
#include "verifier/dmarc/evaluate.h"

namespace {

using namespace alignd;

using alignd::test::require;

constexpr std::array<const char*, 7> kNames{"a.b.example",   "b.example",     "example", "c.b.example",
                                            "d.a.b.example", "other.example", "net"};
constexpr std::array<const char*, 8> kRecords{
    "v=DMARC1; p=reject",          "v=DMARC1; p=none; psd=n",
    "v=DMARC1; p=reject; psd=y",   "v=DMARC1; p=quarantine; adkim=s; aspf=s",
    "v=DMARC1; p=none; np=reject", "v=DMARC1",
    "v=DMARC1; p=reject; t=y",     "no record"};

// What stands at each name, and which answers come late.
class Dns final : public dns::Resolver {
 public:
  dns::AnswerPtr findOrAsk(const dns::Question& question, const std::shared_ptr<dns::Mailbox>& mailbox,
                           dns::Need, Time now) override {
    for (const auto& name : late) {
      if (question.name.text() != "_dmarc." + name) continue;
      waiting.emplace_back(question, mailbox);
      return nullptr;
    }
    return zone.answer(question, now);
  }
  dns::Zone zone;
  std::vector<std::string> late;
  std::vector<std::pair<dns::Question, std::shared_ptr<dns::Mailbox>>> waiting;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kNames.size() + 4) return 0;
  const auto resolver = std::make_shared<Dns>();
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const auto name = *dns::Name::parse(std::string("_dmarc.") + kNames[i]);
    const std::uint8_t choice = data[i];
    if ((choice & 0x80) != 0) resolver->late.emplace_back(kNames[i]);
    if ((choice & 0x40) != 0) {
      resolver->zone.fail(name, nullptr, dns::Status::ServerFailure);
    } else if ((choice & 0x20) != 0) {
      resolver->zone.add(name, dns::Type::TXT, {300, dns::Txt(kRecords[choice & 7])});
    }
  }
  message::Author author;
  author.problem = message::AuthorProblem::None;
  author.domain = kNames[data[kNames.size()] % kNames.size()];
  std::vector<dmarc::IdentifierInput> identifiers;
  bool possible = false;
  for (std::size_t i = kNames.size() + 1; i < size && identifiers.size() < 3; ++i) {
    dmarc::IdentifierInput input;
    input.domain = kNames[data[i] % kNames.size()];
    input.kind = (data[i] & 0x80) != 0 ? dmarc::Identifier::Kind::Spf : dmarc::Identifier::Kind::Dkim;
    input.state = static_cast<dmarc::IdentifierState>((data[i] >> 4) % 5);
    possible = possible || input.state == dmarc::IdentifierState::Possible;
    identifiers.push_back(input);
  }
  dns::Lookups lookups(resolver, {});
  dmarc::askAhead(author.domain, lookups);
  const bool ready = dmarc::prepared(author, identifiers, {}, lookups);
  for (auto& input : identifiers) {  // now they end
    if (input.state == dmarc::IdentifierState::Possible) {
      input.state = (data[size - 1] & 1) != 0 ? dmarc::IdentifierState::Pass : dmarc::IdentifierState::Fail;
    }
  }
  const auto early = dmarc::evaluate(author, identifiers, {}, lookups);
  require(early || !ready);
  require(early || lookups.missing() > 0);
  std::optional<dmarc::Result> whole = early;
  for (int round = 0; round < 20; ++round) {
    const auto waiting = std::exchange(resolver->waiting, {});
    for (const auto& [question, mailbox] : waiting) mailbox->deliver(resolver->zone.answer(question, {}));
    lookups.collect();
    whole = dmarc::evaluate(author, identifiers, {}, lookups);
    if (whole && waiting.empty()) break;
  }
  require(whole.has_value());
  // RFC 9989 section 4.10: a walk takes 8 questions; one for the author, one for each identifier, and one for np.
  require(lookups.used().size() <= 8 * (1 + identifiers.size()) + 1);
  require(lookups.asked() <= 8 * (1 + identifiers.size()) + 1);
  // A result before the last answer is the result.
  if (early)
    require(early->status == whole->status &&
            (early->status == dmarc::Status::Pass || early->effective == whole->effective));
  lookups.close();
  require(dmarc::evaluate(author, identifiers, {}, lookups).has_value());
  return 0;
}
