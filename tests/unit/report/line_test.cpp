#include "verifier/report/line.h"

#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/keep_line.h"
#include "verifier/report/bounds.h"
#include "verifier/report/story.h"

namespace alignd::report {
namespace {

Verdict sample() {
  Verdict verdict;
  verdict.client.address = IpAddress::parse("192.0.2.7");
  verdict.client.helo = "mail.example.org";
  verdict.envelope.mailFrom = "bounce@example.org";
  verdict.envelope.recipients = {"a@one.example", "b@one.example", "c@two.example"};
  verdict.messageId = "7.a@mail.example.org";
  verdict.author.problem = message::AuthorProblem::None;
  verdict.author.domain = "example.org";
  verdict.received = UnixTime(std::chrono::seconds(1'000'000));
  verdict.spf.emplace();
  verdict.spf->status = spf::Status::Pass;
  verdict.spf->domain = "example.org";
  verdict.spf->client = verdict.client.address;
  verdict.spf->prefixLength = 24;
  dkim::SignatureResult signature;
  signature.status = dkim::Status::PermError;
  signature.reason = dkim::Reason::KeyNotFound;
  signature.domain = "evil\r\n.example";
  signature.selector = "s1";
  signature.signedAt = 999'940;
  signature.chain = {
      {*dns::Name::parse("s1._domainkey.example.org"), *dns::Name::parse("gone.example.net"), 60}};
  verdict.dkim.signatures.push_back(signature);
  verdict.dmarc.status = dmarc::Status::Pass;
  verdict.dmarc.record = "v=DMARC1; p=reject";
  verdict.dmarc.published = dmarc::Policy::Reject;
  verdict.dmarc.alignedSpf = true;
  verdict.dmarc.walk.push_back({"example.org", dns::Status::Ok, "v=DMARC1; p=reject", "", true});
  return verdict;
}

std::string lineOf(const Verdict& verdict, Format format = Format::Json) {
  Context context;
  context.queueId = "4cXyZ";
  context.time = std::chrono::system_clock::time_point(std::chrono::milliseconds(1'700'000'000'042));
  context.totalTime = std::chrono::microseconds(12'345);
  std::string out;
  context.host = "mx1.example.net";
  appendLine(out, format, verdict, {}, context);
  if (format == Format::Json) test::keepLine(out);
  return out;
}

TEST(VerdictLine, ReportMailIsMarked) {
  Verdict verdict = sample();
  EXPECT_FALSE(nlohmann::json::parse(lineOf(verdict)).contains("report"));
  verdict.reportMail = true;
  EXPECT_EQ(nlohmann::json::parse(lineOf(verdict))["report"], true);
}

TEST(VerdictLine, SaysWhatHappenedUnderDocumentedKeys) {
  const auto line = nlohmann::json::parse(lineOf(sample()));
  EXPECT_EQ(line["v"], 1);
  EXPECT_EQ(line["host"], "mx1.example.net");
  EXPECT_EQ(line["message_id"], "7.a@mail.example.org");
  EXPECT_EQ(line["time"], "2023-11-14T22:13:20.042Z");
  EXPECT_EQ(line["queue_id"], "4cXyZ");
  EXPECT_EQ(line["client"], "192.0.2.7");
  EXPECT_EQ(line["mail_from"], "bounce@example.org");
  EXPECT_EQ(line["from"], "example.org");
  EXPECT_EQ(line["rcpt_domains"], nlohmann::json({"one.example", "two.example"}));
  EXPECT_EQ(line["rcpts"], 3);
  EXPECT_EQ(line["spf"]["result"], "pass");
  EXPECT_EQ(line["spf"]["prefix"], 24);
  EXPECT_EQ(line["dkim"][0]["reason"], "key_not_found");
  EXPECT_EQ(line["dkim"][0]["cname"], "s1._domainkey.example.org -> gone.example.net");
  EXPECT_EQ(line["dkim"][0]["age_s"], 60);
  EXPECT_EQ(line["dmarc"]["result"], "pass");
  EXPECT_EQ(line["dmarc"]["aligned"], nlohmann::json({"spf"}));
  EXPECT_EQ(line["dmarc"]["walk"][0]["record"], "v=DMARC1; p=reject");
  EXPECT_EQ(line["action"], "accept");
  EXPECT_EQ(line["would"], "accept");
  EXPECT_EQ(line["total_ms"], 12.345);
}

// t= and l= may have 76 digits, and are the largest number then.
TEST(VerdictLine, NumbersOfSignersStayInTheirRange) {
  constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();
  for (const std::uint64_t number : {kLargest, kLargest / 2 + 1, kLargest / 2}) {
    Verdict verdict = sample();
    verdict.dkim.signatures[0].signedAt = number;
    verdict.dkim.signatures[0].bodyLength = number;
    const auto line = nlohmann::json::parse(lineOf(verdict))["dkim"][0];
    EXPECT_EQ(line["l"], std::numeric_limits<std::int64_t>::max()) << number;
    EXPECT_EQ(line["age_s"], 1'000'000 - std::numeric_limits<std::int64_t>::max()) << number;
  }
}

// What each setting would do; nothing where they agree with `would`.
TEST(VerdictLine, SaysWhatOtherSettingsWouldDo) {
  const auto line = [](policy::Action would, std::optional<policy::Alternatives> alternatives) {
    policy::Decision decision;
    decision.wouldBe.action = would;
    decision.alternatives = alternatives;
    std::string out;
    appendLine(out, Format::Json, sample(), decision, {});
    return nlohmann::json::parse(out);
  };
  using enum policy::Action;
  EXPECT_EQ(line(Accept, policy::Alternatives{Accept, Accept, Reject})["would_if"],
            nlohmann::json({{"mark", "accept"}, {"hold", "accept"}, {"reject", "reject"}}));
  EXPECT_EQ(line(Mark, policy::Alternatives{})["would_if"],
            nlohmann::json({{"mark", "mark"}, {"hold", "hold"}, {"reject", "reject"}}));
  EXPECT_FALSE(line(Accept, policy::Alternatives{Accept, Accept, Accept}).contains("would_if"));
  EXPECT_FALSE(line(Accept, std::nullopt).contains("would_if"));
}

// What a policy does to a message that passes is nothing (RFC 9990 section 3.1.1.9).
TEST(VerdictLine, DispositionIsWhatIsDoneToThisMessage) {
  Verdict verdict = sample();
  verdict.dmarc.effective = dmarc::Policy::Reject;
  EXPECT_EQ(nlohmann::json::parse(lineOf(verdict))["dmarc"]["disposition"], "none");
  verdict.dmarc.status = dmarc::Status::Fail;
  EXPECT_EQ(nlohmann::json::parse(lineOf(verdict))["dmarc"]["disposition"], "reject");
}

TEST(VerdictLine, SaysWhatIsNotCoveredAndWhatWasTolerated) {
  Verdict verdict = sample();
  auto& signature = verdict.dkim.signatures.front();
  const auto plain = nlohmann::json::parse(lineOf(verdict));
  EXPECT_FALSE(plain["dkim"][0].contains("tolerated"));
  signature.uncovered = {{"To", false}, {"Subject", true}};
  signature.tolerated = "an empty item in h=";
  const auto line = nlohmann::json::parse(lineOf(verdict));
  EXPECT_EQ(line["dkim"][0]["uncovered"], nlohmann::json({"To", "Subject"}));
  EXPECT_EQ(line["dkim"][0]["tolerated"], "an empty item in h=");
  std::string story;
  appendStory(story, verdict, {});
  EXPECT_NE(story.find("not covered: the To field\n"), std::string::npos)
      << "the only one there is: " << story;
  EXPECT_NE(story.find("not covered: a further Subject field\n"), std::string::npos) << story;
  EXPECT_NE(story.find("tolerated: an empty item in h=\n"), std::string::npos) << story;
}

TEST(VerdictLine, SaysThatAKeyIsBeyondItsTtl) {
  Verdict verdict = sample();
  auto& signature = verdict.dkim.signatures.at(0);
  signature.status = dkim::Status::Pass;
  signature.reason = dkim::Reason::Verified;
  signature.keyBits = 2048;
  EXPECT_FALSE(nlohmann::json::parse(lineOf(verdict))["dkim"][0].contains("stale"));
  signature.keyStale = true;
  signature.text = "key served stale: SERVFAIL from 192.0.2.53:53 for s1._domainkey.example.org";
  verdict.arc.sets.emplace_back().keyStale = signature.text;
  const auto line = nlohmann::json::parse(lineOf(verdict));
  EXPECT_EQ(line["dkim"][0]["stale"], true);
  EXPECT_EQ(line["dkim"][0]["text"], signature.text);
  EXPECT_EQ(line["arc"]["sets"][0]["stale"], signature.text);
  std::string story;
  appendStory(story, verdict, {});
  EXPECT_NE(story.find("pass  d="), std::string::npos) << story;
  EXPECT_NE(story.find("2048 bit key, beyond its TTL"), std::string::npos) << story;
  EXPECT_NE(story.find(": key served stale: SERVFAIL"), std::string::npos) << story;
}

TEST(VerdictLine, IsOneLineInBothFormats) {
  for (const Format format : {Format::Json, Format::KeyValue}) {
    const std::string line = lineOf(sample(), format);
    EXPECT_EQ(line.find_first_of("\r\n"), std::string::npos) << line;
  }
  EXPECT_NE(lineOf(sample(), Format::KeyValue).find(" dmarc.result=pass "), std::string::npos);
}

TEST(VerdictLine, WhatASignerWroteDoesNotFillTheLog) {
  Verdict verdict = sample();
  auto& signature = verdict.dkim.signatures.front();
  const std::string huge(100'000, 'x');
  signature.domain = signature.selector = signature.identity = signature.algorithm = signature.headerB = huge;
  verdict.arc.sets.emplace_back();
  verdict.arc.sets.back().sealSelector = verdict.arc.sets.back().messageDomain = huge;
  for (const Format format : {Format::Json, Format::KeyValue}) {
    EXPECT_LT(lineOf(verdict, format).size(), 5'000U);
  }
}

TEST(VerdictLine, LocalPartsAsSet) {
  Verdict verdict = sample();
  verdict.client.authenticatedUser = "joe";
  verdict.envelope.mailFrom = verdict.dkim.signatures.front().identity = "joe@example.org";
  verdict.messageId = "joe.7@example.org";
  verdict.spf->explanation = "joe@example.org may not";
  verdict.spf->text = verdict.arc.text = verdict.dkim.signatures.front().text = "of joe@example.org";
  verdict.dkim.signatures.front().diagnosis = "joe@example.org";
  verdict.dmarc.status = dmarc::Status::PermError;
  verdict.author.problem = message::AuthorProblem::HiddenAddress;
  verdict.dmarc.text = "joe@example.org is hidden";
  policy::Decision decision;
  decision.taken.replyCode = "550";
  decision.taken.replyText = "no joe@example.org";
  verdict.dmarc.rua = {"mailto:reports@example.org"};
  for (const LocalParts mode : {LocalParts::Keep, LocalParts::Hash, LocalParts::Drop}) {
    Context context;
    context.localParts = {mode, "key"};
    std::string text;
    appendLine(text, Format::Json, verdict, decision, context);
    EXPECT_EQ(text.find("joe") != std::string::npos, mode == LocalParts::Keep) << text;
    const auto line = nlohmann::json::parse(text);
    EXPECT_EQ(line["dmarc"]["rua"][0], "mailto:reports@example.org") << "nobody's privacy, and needed";
    if (mode != LocalParts::Drop) continue;
    EXPECT_EQ(line["mail_from"], "@example.org");
    EXPECT_EQ(line["message_id"], "@example.org");
    EXPECT_FALSE(line.contains("auth_user"));
  }
}

TEST(VerdictLine, AnExemptMessageHasNoVerdicts) {
  Verdict verdict = sample();
  verdict.exemption = Exemption::Authenticated;
  verdict.client.authenticatedUser = "joe";
  const auto line = nlohmann::json::parse(lineOf(verdict));
  EXPECT_EQ(line["exempt"], "authenticated");
  EXPECT_EQ(line["auth_user"], "joe");
  EXPECT_FALSE(line.contains("dmarc"));
}

TEST(VerdictLine, WordsOfExemptions) {
  for (const auto& [exemption, word] : {std::pair{Exemption::TrustedNetwork, "trusted_network"},
                                        {Exemption::Authenticated, "authenticated"},
                                        {Exemption::LocalSubmission, "local_submission"},
                                        {Exemption::Network, "network"},
                                        {Exemption::Recipient, "recipient"}}) {
    Verdict verdict = sample();
    verdict.exemption = exemption;
    EXPECT_EQ(nlohmann::json::parse(lineOf(verdict))["exempt"], word);
  }
  EXPECT_FALSE(nlohmann::json::parse(lineOf(sample())).contains("exempt"));
}

TEST(VerdictLine, WordsOfIprev) {
  using Status = IprevResult::Status;
  for (const auto& [status, word] : {std::pair{Status::Pass, "pass"},
                                     {Status::Fail, "fail"},
                                     {Status::TempError, "temperror"},
                                     {Status::PermError, "permerror"}}) {
    Verdict verdict = sample();
    verdict.iprev = IprevResult{status, "as told", {}};
    const auto line = nlohmann::json::parse(lineOf(verdict));
    EXPECT_EQ(line["iprev"], nlohmann::json({{"result", word}, {"reason", "as told"}}));
  }
}

TEST(VerdictLine, WhoSentIt) {
  Verdict verdict = sample();
  verdict.client.address.reset();
  EXPECT_EQ(nlohmann::json::parse(lineOf(verdict))["client"], "unknown");
  verdict.client.local = true;
  EXPECT_EQ(nlohmann::json::parse(lineOf(verdict))["client"], "local");
}

TEST(VerdictLine, WhatIsNotThere) {
  Verdict verdict = sample();
  verdict.spf.reset();
  verdict.envelope.recipients = {"postmaster"};  // a local name, as MTAs hand them on
  const auto line = nlohmann::json::parse(lineOf(verdict));
  EXPECT_FALSE(line.contains("spf"));
  EXPECT_EQ(line["rcpt_domains"], nlohmann::json({""}));
}

TEST(VerdictLine, EveryMethodThatWasTakenOver) {
  EXPECT_FALSE(nlohmann::json::parse(lineOf(sample())).contains("taken_over"));
  for (const auto& [member, word] : {std::pair{&Methods::iprev, "iprev"},
                                     {&Methods::spf, "spf"},
                                     {&Methods::dkim, "dkim"},
                                     {&Methods::arc, "arc"},
                                     {&Methods::dmarc, "dmarc"}}) {
    Verdict verdict = sample();
    verdict.takenOver.from = "border.example.net";
    verdict.takenOver.methods.*member = true;
    EXPECT_EQ(nlohmann::json::parse(lineOf(verdict))["taken_over"],
              nlohmann::json({{"from", "border.example.net"}, {"methods", {word}}}));
  }
}

// What log --replay asks under other sealers.
TEST(VerdictLine, ASealerVouchesForOneAuthor) {
  Verdict verdict = sample();
  arc::Set& set = verdict.arc.sets.emplace_back();
  set.authResults = "mx.list.example; dmarc=pass header.from=example.org";
  const auto vouches = [&] {
    return nlohmann::json::parse(lineOf(verdict))["arc"]["sets"][0].contains("vouches");
  };
  EXPECT_FALSE(vouches()) << "From is not signed";
  set.fromSigned = true;
  EXPECT_TRUE(vouches());
  set.unsignedBody = true;
  EXPECT_FALSE(vouches()) << "the text may be somebody else's";
  set.unsignedBody = false;
  verdict.author.problem = message::AuthorProblem::SeveralDomains;
  EXPECT_FALSE(vouches()) << "for whom?";
}

TEST(VerdictLine, NamesTheProblemOfAnAmbiguousAuthor) {
  Verdict verdict = sample();
  verdict.author.problem = message::AuthorProblem::SeveralFrom;
  EXPECT_EQ(nlohmann::json::parse(lineOf(verdict))["from_problem"], "several_from");
}

TEST(Story, HoldsNoForeignControls) {
  std::string story;
  appendStory(story, sample(), {});
  EXPECT_NE(story.find("author    example.org\n"), std::string::npos) << story;
  EXPECT_NE(story.find("key by s1._domainkey.example.org -> gone.example.net"), std::string::npos) << story;
  EXPECT_EQ(story.find('\r'), std::string::npos);
}

// All that a sender or his DNS may write, as long as it likes.
Verdict flooded(std::size_t length, std::size_t count, char octet) {
  const std::string text(length, octet);
  Verdict verdict = sample();
  verdict.client.name = verdict.client.helo = verdict.client.authenticatedUser = text;
  verdict.envelope.mailFrom = verdict.author.domain = text;
  verdict.spf->domain = verdict.spf->text = verdict.spf->mechanism = verdict.spf->explanation = text;
  verdict.spf->path.assign(count, text);
  verdict.spfHelo = verdict.spf;
  dkim::SignatureResult& signature = verdict.dkim.signatures[0];
  signature.domain = signature.selector = signature.identity = signature.algorithm = text;
  signature.text = signature.diagnosis = text;
  signature.uncovered.assign(count, {text, true});
  signature.tolerated = text;
  verdict.dkim.signatures.resize(count, signature);
  verdict.arc.text = verdict.arc.trustedText = text;
  verdict.arc.sets.resize(count);
  for (auto& set : verdict.arc.sets) set.sealDomain = set.sealSelector = set.messageDomain = text;
  dmarc::Result& dmarc = verdict.dmarc;
  dmarc.text = dmarc.policyDomain = dmarc.organizationalDomain = dmarc.fo = dmarc.comparison = text;
  dmarc.rua.assign(count, text);
  dmarc.ruf.assign(count, text);
  dmarc.identifiers.resize(count);
  for (auto& identifier : dmarc.identifiers) identifier.domain = identifier.selector = identifier.text = text;
  dmarc.walk.assign(count, {text, dns::Status::Ok, text, text, true});
  for (std::size_t i = 0; i < count; ++i) {
    verdict.envelope.recipients.push_back("u@" + std::to_string(i) + text);
  }
  return verdict;
}

TEST(VerdictLine, IsBoundedWhateverComesFromOutside) {
  for (const char octet : {'x', '\x01', '\xff'}) {
    for (const auto& [length, count] :
         {std::pair<std::size_t, std::size_t>{60'000, 2}, {600, 20}, {20, 60}}) {
      const Verdict verdict = flooded(length, count, octet);
      for (const Format format : {Format::Json, Format::KeyValue}) {
        const std::string line = lineOf(verdict, format);
        EXPECT_LE(line.size(), kMaxLine);
        EXPECT_GT(line.size(), kMaxLine / 4) << "more is left out than has to be";
        EXPECT_NE(line.find("left_out"), std::string::npos);
        EXPECT_NE(line.find("body_bytes"), std::string::npos) << "what stands last is there";
        EXPECT_EQ(line.find('\n'), std::string::npos);
      }
      const auto line = nlohmann::json::parse(lineOf(verdict));
      EXPECT_GT(line["left_out"], 0);
      EXPECT_EQ(line["dmarc"]["result"], "pass");
    }
  }
}

// So many long texts that they alone would be too much: each gives way.
TEST(VerdictLine, TextsGiveWayWhenListsWereNotEnough) {
  const std::string text(60'000, 'x');
  Verdict verdict = flooded(text.size(), 2, 'x');
  verdict.messageId = verdict.listId = verdict.dmarc.discoveryMethod = text;
  verdict.iprev = IprevResult{IprevResult::Status::Fail, text, {}};
  verdict.takenOver = {text, Methods::all()};
  policy::Decision decision;
  decision.taken.replyCode = "550";
  decision.taken.replyText = decision.wouldBe.cause = decision.rule = text;
  decision.overrideType = decision.overrideComment = text;
  Context context;
  context.queueId = context.host = context.note = text;
  for (const Format format : {Format::Json, Format::KeyValue}) {
    std::string out;
    appendLine(out, format, verdict, decision, context);
    EXPECT_LE(out.size(), kMaxLine);
    EXPECT_NE(out.find(std::string(64, 'x') + "[+59936]"), std::string::npos);
    EXPECT_EQ(out.find(std::string(65, 'x')), std::string::npos);
    if (format != Format::Json) continue;
    const auto line = nlohmann::json::parse(out);
    EXPECT_TRUE(line["dkim"].empty());
    EXPECT_TRUE(line["dmarc"]["identifiers"].empty());
    EXPECT_GT(line["left_out"], 0);
  }
}

TEST(VerdictLine, ACutTextSaysHowMuchIsMissing) {
  Verdict verdict = sample();
  verdict.client.helo = std::string(60'000, 'h');
  const auto line = nlohmann::json::parse(lineOf(verdict));
  const std::string helo = line["helo"];
  EXPECT_TRUE(helo.ends_with("h[+59488]")) << helo.substr(helo.size() - 20);
  EXPECT_FALSE(line.contains("left_out"));
}

}  // namespace
}  // namespace alignd::report
