// A message over warm DNS: what it takes from memory, and that it leaves nothing to the next one of its connection.
#include <string>

#include <gtest/gtest.h>

#include "tests/bench/milter/letters.h"
#include "tests/bench/verifier/allocations.h"
#include "tests/bench/verifier/cached_zone.h"
#include "verifier/authres/write.h"
#include "verifier/policy/decide.h"
#include "verifier/report/line.h"
#include "verifier/verification.h"

namespace alignd {
namespace {

constexpr UnixTime kWall{std::chrono::seconds(1'793'614'000)};
constexpr Time kNow{};

std::shared_ptr<dns::Resolver> warmZone() {
  auto zone = std::make_shared<dns::Zone>();
  bench::addTxt(*zone, "example.org", "v=spf1 include:_spf.example.net -all");
  bench::addTxt(*zone, "_spf.example.net", "v=spf1 ip4:192.0.2.0/24 ~all");
  bench::addTxt(*zone, "_dmarc.example.org", "v=DMARC1; p=reject; rua=mailto:d@example.org");
  for (const auto& name : letterKeyNames()) bench::addTxt(*zone, name, letterKeyRecord());
  return std::make_shared<bench::CachedZone>(zone);
}

class WarmMessage : public testing::Test {
 protected:
  std::unique_ptr<Verification> connection() {
    return std::make_unique<Verification>(std::make_shared<VerificationOptions>(), resolver_, progress_);
  }
  // The field and the verdict line of `mail`, as the last of its connection.
  std::string told(Verification& verification, const Mail& mail, const char* client = "192.0.2.1") {
    Client from;
    from.address = IpAddress::parse(client);
    from.helo = "mail.example.org";
    verification.begin(from, "somebody@example.org", false, Exemption::None, kNow, kWall);
    verification.recipient("you@example.net");
    for (const auto& [name, value] : mail.fields) verification.field({name, value}, kNow);
    verification.endOfHeader(kNow);
    verification.body(std::as_bytes(std::span(mail.body)));
    EXPECT_TRUE(verification.ready(kNow));
    const Verdict& verdict = verification.finish(kNow);
    const policy::Decision decision = policy::decide(verdict, policy::Facts(), policy::Options());
    authres::Options field;
    field.authservId = "mx.example.net";
    std::string out = authres::write(verdict, decision, field);
    out += '\n';
    report::appendLine(out, report::Format::Json, verdict, decision, {});
    verification.abandon();
    return out;
  }

  const std::vector<Mail> letters_ = makeLetters();
  dns::ProgressThreads progress_;
  const std::shared_ptr<dns::Resolver> resolver_ = warmZone();
};

// Each letter behind each, so that whatever one of them leaves has a chance to show.
TEST_F(WarmMessage, IsJudgedAsIfItWereAlone) {
  Mail forged = letters_.at(0);
  forged.name = "forged";
  forged.fields = {{"From", " Somebody <somebody@example.org>"}, {"List-Id", " <list.example.org>"}};
  std::vector<Mail> letters = letters_;
  letters.push_back(forged);
  const auto verification = connection();
  for (const Mail& before : letters) {
    for (const Mail& mail : letters) {
      const char* client = mail.name == "forged" ? "198.51.100.1" : "192.0.2.1";
      (void)told(*verification, before);
      const std::string after = told(*verification, mail, client);
      EXPECT_EQ(after, told(*connection(), mail, client)) << mail.name << " behind " << before.name;
    }
  }
}

// GCC 12 takes 104, and 32 to 37 more for a signature; the rest is for other libraries.
TEST_F(WarmMessage, TakesLittleFromMemory) {
  constexpr std::size_t kMessage = 110;
  constexpr std::size_t kSignature = 40;
  for (const Mail& mail : letters_) {
    const auto verification = connection();
    for (int i = 0; i < 3; ++i) (void)told(*verification, mail);
    const std::size_t before = bench::allocations();
    (void)told(*verification, mail);
    const auto signatures = static_cast<std::size_t>(mail.signatures);
    EXPECT_LE(bench::allocations() - before, kMessage + signatures * kSignature) << mail.name;
  }
}

}  // namespace
}  // namespace alignd
