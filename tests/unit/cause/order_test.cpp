// One cause a message, whatever the order is in which DNS answers come: every order of every small world.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/cause/play.h"
#include "tests/unit/dmarc/world.h"
#include "verifier/cause/why.h"

namespace alignd::cause {
namespace {

using dkim::Reason;
using dmarc::IdentifierInput;
using dmarc::State;

const char* const kAuthor = "a.example.com";
const std::array<const char*, 4> kNames{"a.example.com", "example.com", "com", "b.example.com"};

// What SPF and the signatures of a message are, as the checks of each leave them.
struct Message {
  std::vector<IdentifierInput> identifiers;
  Verdict verdict;

  Message& spf(const std::string& domain, spf::Status status, State state) {
    identifiers.push_back(dmarc::spf(domain, state));
    verdict.spf.emplace();
    verdict.spf->domain = domain;
    verdict.spf->status = status;
    return *this;
  }
  // `domain`: as it is written; it may be none.
  Message& signature(const std::string& domain, dkim::Status status, Reason reason, State state) {
    auto& result = verdict.dkim.signatures.emplace_back();
    result.domain = domain;
    if (dns::Name::parse(domain)) result.domainAscii = domain;
    result.status = status;
    result.reason = reason;
    identifiers.push_back(dmarc::dkim(result.domainAscii, state));
    return *this;
  }
};

std::vector<Message> messages() {
  std::vector<Message> out(1);
  for (const char* domain : {"a.example.com", "x.a.example.com", "b.example.com", "example.com", "other.com",
                             "com", "other.net", "a..example.com"}) {
    out.push_back(Message().spf(domain, spf::Status::PermError, State::PermError));
    out.push_back(Message().spf(domain, spf::Status::Pass, State::Pass));
    out.push_back(Message().signature(domain, dkim::Status::Fail, Reason::BodyHashMismatch, State::Fail));
    out.push_back(Message().signature(domain, dkim::Status::Pass, Reason::Verified, State::Pass));
    // A key that will never be there: byTempError() asks whose it is.
    Message loops;
    loops.signature(domain, dkim::Status::TempError, Reason::KeyDnsFailure, State::TempError);
    const dns::Name key = dmarc::name("key.example");
    loops.verdict.dkim.signatures.back().chain = {{key, key}};
    loops.signature("a.example.com", dkim::Status::TempError, Reason::KeyDnsFailure, State::TempError);
    loops.verdict.dkim.signatures.back().chain = {{key, key}};
    out.push_back(loops);
    loops.verdict.dkim.signatures.front().chain.clear();
    out.push_back(loops);
  }
  return out;
}

// Answers come in this order: the first result there is.
std::string toldOf(const Message& message, const dmarc::Records& records,
                   const std::vector<std::string>& failing, const std::vector<std::string>& order) {
  dmarc::World world(records, failing, order);
  world.exists(kAuthor);
  auto result = world.check(kAuthor, message.identifiers);
  for (std::size_t next = 0; !result && next < order.size(); ++next) {
    EXPECT_FALSE(world.ready(kAuthor, message.identifiers)) << "it promised a result";
    world.resolver->release("_dmarc." + order[next]);
    while (world.lookups.collect()) {
    }
    result = world.check(kAuthor, message.identifiers);
  }
  if (!result) return "nothing";
  Verdict verdict = message.verdict;
  verdict.author = dmarc::World::authorOf(kAuthor);
  verdict.dmarc = *std::move(result);
  return std::string(dmarc::statusWord(verdict.dmarc.status)) + " " + std::string(word(whyOf(verdict)));
}

std::vector<std::vector<std::string>> orders() {
  std::vector<std::string> order(kNames.begin(), kNames.end());
  std::sort(order.begin(), order.end());
  std::vector<std::vector<std::string>> out;
  do out.push_back(order);
  while (std::next_permutation(order.begin(), order.end()));
  return out;
}

TEST(Order, ChangesNoCause) {
  const char* const kRecords[] = {"",
                                  "v=DMARC1; p=reject",
                                  "v=DMARC1; p=reject; adkim=s; aspf=s",
                                  "v=DMARC1; p=reject; psd=n",
                                  "v=DMARC1; p=reject; psd=y",
                                  "v=DMARC1",
                                  "fails"};
  constexpr std::size_t kKinds = std::size(kRecords);
  const auto all = messages();
  const auto everyOrder = orders();
  for (std::size_t world = 0; world < kKinds * kKinds * kKinds; ++world) {
    dmarc::Records records;
    std::vector<std::string> failing;
    std::size_t rest = world;
    for (std::size_t i = 0; i < 3; ++i, rest /= kKinds) {
      const std::string text = kRecords[rest % kKinds];
      if (text == "fails")
        failing.emplace_back(kNames[i]);
      else if (!text.empty())
        records[kNames[i]] = text;
    }
    for (std::size_t m = 0; m < all.size(); ++m) {
      const std::string known = toldOf(all[m], records, failing, {});
      // Each message meets each world in some of the orders, and each order in some of the worlds.
      for (std::size_t i = (world + m) % 5; i < everyOrder.size(); i += 5) {
        ASSERT_EQ(toldOf(all[m], records, failing, everyOrder[i]), known)
            << "message " << m << ", records " << kRecords[world % kKinds] << " | "
            << kRecords[world / kKinds % kKinds] << " | " << kRecords[world / kKinds / kKinds] << ", first "
            << everyOrder[i][0] << ", then " << everyOrder[i][1] << ", " << everyOrder[i][2];
      }
    }
  }
}

}  // namespace
}  // namespace alignd::cause
