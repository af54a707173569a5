// The memory of failures that last.
#include "verifier/policy/failure_memory.h"

#include <gtest/gtest.h>

namespace alignd::policy {
namespace {

using namespace std::chrono_literals;

dns::Question keyOf(const std::string& domain) {
  return {*dns::Name::parse("s1._domainkey." + domain), dns::Type::TXT};
}

DnsOutcome failed(const std::string& domain) {
  return {{keyOf(domain)}, {}};
}

TEST(FailureMemory, PersistsAfterFourHoursOfFailure) {
  FailureMemory memory;
  const Time start = Time{} + 1000h;
  const auto fails = [&](const DnsOutcome& outcome, Duration after) {
    return memory.persists(outcome, 4h, start + after);
  };
  EXPECT_FALSE(fails(failed("example.org"), 0h));
  EXPECT_FALSE(fails(failed("example.org"), 2h));
  EXPECT_FALSE(fails(failed("example.org"), 4h - 1s));
  EXPECT_TRUE(fails(failed("example.org"), 4h));
  EXPECT_TRUE(fails(failed("example.org"), 6h));
  EXPECT_FALSE(fails(failed("other.example"), 6h));
  EXPECT_TRUE(fails({{keyOf("other.example"), keyOf("example.org")}, {}}, 6h))
      << "one that persists is enough";
  EXPECT_TRUE(fails({{keyOf("example.org"), keyOf("new.example")}, {}}, 6h)) << "in whatever order";
}

TEST(FailureMemory, AnAnswerBeforeAnyFailureIsNothing) {
  FailureMemory memory;
  const Time start = Time{} + 1000h;
  EXPECT_FALSE(memory.persists({{}, {keyOf("example.org")}}, 4h, start));
  EXPECT_TRUE(memory.empty());
  EXPECT_FALSE(memory.persists({{keyOf("example.org")}, {keyOf("example.org")}}, 4h, start));
  EXPECT_EQ(memory.size(), 1U) << "it failed then";
}

// A spoof of the same author, which asks for no key of his, or for another: strangers cannot make honest mail bounce.
TEST(FailureMemory, OnlyAnAnswerToTheSameQuestionEndsIt) {
  FailureMemory memory;
  const Time start = Time{} + 1000h;
  EXPECT_FALSE(memory.persists(failed("example.org"), 4h, start));
  EXPECT_FALSE(
      memory.persists({{}, {{*dns::Name::parse("_dmarc.example.org"), dns::Type::TXT}}}, 4h, start + 1h));
  EXPECT_FALSE(memory.persists({{}, {{keyOf("example.org").name, dns::Type::A}}}, 4h, start + 2h));
  EXPECT_TRUE(memory.persists(failed("example.org"), 4h, start + 4h));
  EXPECT_FALSE(memory.persists({{}, {keyOf("example.org")}}, 4h, start + 5h));
  EXPECT_TRUE(memory.empty());
  EXPECT_FALSE(memory.persists(failed("example.org"), 4h, start + 6h));
}

TEST(FailureMemory, ForgetsWhatNobodyTried) {
  FailureMemory memory;
  const Time start = Time{} + 1000h;
  EXPECT_FALSE(memory.persists(failed("example.org"), 4h, start));
  EXPECT_FALSE(memory.persists(failed("example.org"), 4h, start + 48h));
  EXPECT_FALSE(memory.persists(failed("example.org"), 4h, start + 50h));
  EXPECT_TRUE(memory.persists(failed("example.org"), 4h, start + 52h));
  EXPECT_FALSE(memory.persists({}, 4h, start + 100h));
  EXPECT_EQ(memory.size(), 0U) << "dead entries expire";
}

// Looked at between two rounds of expiry, a failure after a pause longer than the patience is a new one.
TEST(FailureMemory, APauseBeginsAnew) {
  FailureMemory memory;
  const Time start = Time{} + 1000h;
  EXPECT_FALSE(memory.persists(failed("example.org"), 4h, start));
  EXPECT_FALSE(memory.persists({}, 4h, start + 3h + 59min));  // the next round of expiry is an hour later
  EXPECT_FALSE(memory.persists(failed("example.org"), 4h, start + 4h + 1min));
  EXPECT_FALSE(memory.persists(failed("example.org"), 4h, start + 8h));
  EXPECT_TRUE(memory.persists(failed("example.org"), 4h, start + 8h + 1min));
}

TEST(FailureMemory, NamesOfOneLabelAndOfNone) {
  FailureMemory memory(1);
  const Time start = Time{} + 1000h;
  const dns::Question one{*dns::Name::parse("localhost"), dns::Type::TXT};
  const dns::Question root{dns::Name(), dns::Type::TXT};
  EXPECT_FALSE(memory.persists({{one}, {}}, 4h, start));
  EXPECT_FALSE(memory.persists({{root}, {one}}, 4h, start + 1h));
  EXPECT_EQ(memory.size(), 1U);
  EXPECT_FALSE(memory.persists({{one}, {}}, 4h, start + 2h)) << "room is made for it";
  EXPECT_EQ(memory.size(), 1U);
  EXPECT_FALSE(memory.persists({{}, {root, keyOf("example.org")}}, 4h, start + 3h));
  EXPECT_TRUE(memory.persists({{one, one}, {}}, 4h, start + 6h)) << "one of two that persist";
}

// Who fills it with names of his own pushes out his own.
TEST(FailureMemory, IsBoundedAndFair) {
  FailureMemory memory(10);
  const Time start = Time{} + 1000h;
  EXPECT_FALSE(memory.persists(failed("bank.example"), 4h, start));
  for (int i = 0; i < 1000; ++i) {
    memory.persists(failed("d" + std::to_string(i) + ".evil.example"), 4h, start + 1h);
  }
  EXPECT_EQ(memory.size(), 10U);
  EXPECT_TRUE(memory.persists(failed("bank.example"), 4h, start + 4h));
  FailureMemory none(0);
  EXPECT_FALSE(none.persists(failed("bank.example"), 4h, start));
  EXPECT_TRUE(none.empty());
}

dns::AnswerPtr answerOf(const dns::Question& question, dns::Status status, bool overload = false) {
  auto answer = std::make_shared<dns::Answer>();
  answer->question = question;
  answer->status = status;
  answer->overload = overload;
  return answer;
}

dns::Question named(const char* name, dns::Type type = dns::Type::TXT) {
  return {*dns::Name::parse(name), type};
}

TEST(DnsOutcome, IsWhatTheMessageHangsOn) {
  using dns::Status;
  Used used;
  const auto add = [](Used& to, const dns::Question& question, Status status, bool overload = false) {
    to.emplace_back(question, answerOf(question, status, overload));
  };
  add(used, keyOf("mail.example.org"), Status::Timeout);
  add(used, named("_dmarc.example.org"), Status::ServerFailure);
  add(used, named("_dmarc.org"), Status::NoSuchName);
  add(used, keyOf("evil.example"), Status::Timeout);            // not aligned: a stranger's choice
  add(used, keyOf("late.example.org"), Status::Timeout, true);  // never sent
  Used bySpf;
  add(bySpf, named("_spf.provider.example"), Status::Refused);
  Verdict verdict;
  verdict.author.problem = message::AuthorProblem::None;
  verdict.author.domain = "news.example.org";
  verdict.dmarc.status = dmarc::Status::TempError;
  verdict.spf.emplace();
  verdict.spf->status = spf::Status::TempError;
  verdict.spf->domain = "bounce.example.org";
  DnsOutcome outcome = outcomeOf(verdict, used, bySpf);
  const std::vector<dns::Question> expected{keyOf("mail.example.org"), named("_dmarc.example.org"),
                                            named("_spf.provider.example")};
  EXPECT_EQ(outcome.failed, expected);
  EXPECT_EQ(outcome.answered, std::vector<dns::Question>{named("_dmarc.org")});
  verdict.spf->domain = "bounce.provider.example";
  EXPECT_EQ(outcomeOf(verdict, used, bySpf).failed.size(), 2U) << "its SPF would not be aligned";
  verdict.takenOver.methods.dmarc = true;
  EXPECT_TRUE(outcomeOf(verdict, used, bySpf).failed.empty()) << "says nothing of our own checks";
  verdict.takenOver = {};
  verdict.dmarc.status = dmarc::Status::Fail;
  EXPECT_TRUE(outcomeOf(verdict, used, bySpf).failed.empty());
  EXPECT_EQ(outcomeOf(verdict, used, bySpf).answered.size(), 1U);
  verdict.exemption = Exemption::Network;
  EXPECT_TRUE(outcomeOf(verdict, used, bySpf).answered.empty());
}

// Of example.org, open on account of its key alone; what else was asked is no ground.
TEST(DnsOutcome, OnlyRecordsOfTheCheckThatDidNotCome) {
  using dns::Status;
  Verdict verdict;
  verdict.author.problem = message::AuthorProblem::None;
  verdict.author.domain = "example.org";
  verdict.dmarc.status = dmarc::Status::TempError;
  verdict.spf.emplace();
  verdict.spf->status = spf::Status::TempError;
  verdict.spf->domain = "example.org";
  const dns::Question key = keyOf("example.org");
  const dns::Question there = keyOf("news.example.org");
  const dns::Question never = keyOf("late.example.org");
  const dns::Question address = named("mail.example.org", dns::Type::A);
  const Used used{{key, answerOf(key, Status::Timeout)},
                  {there, answerOf(there, Status::Ok)},
                  {never, nullptr},
                  {address, answerOf(address, Status::Timeout)}};
  const dns::Question record = named("example.org");
  const dns::Question included = named("_spf.example.org");
  const Used bySpf{{record, answerOf(record, Status::Ok)},
                   {included, answerOf(included, Status::ServerFailure)}};
  const DnsOutcome outcome = outcomeOf(verdict, used, bySpf);
  EXPECT_EQ(outcome.failed, (std::vector{key, included}));
  EXPECT_EQ(outcome.answered, (std::vector{there, record}));

  struct Row {
    const char* what;
    void (*change)(Verdict&);
    std::vector<dns::Question> failed;
  };
  for (const Row& row : {
           Row{"nobody's", [](Verdict& v) { v.author.problem = message::AuthorProblem::SeveralFrom; }, {}},
           Row{"SPF said something", [](Verdict& v) { v.spf->status = spf::Status::Fail; }, {key}},
           Row{"SPF was not checked", [](Verdict& v) { v.spf.reset(); }, {key}},
           Row{"of no name", [](Verdict& v) { v.spf->domain = ".org"; }, {key}},
       }) {
    Verdict changed = verdict;
    row.change(changed);
    EXPECT_EQ(outcomeOf(changed, used, bySpf).failed, row.failed) << row.what;
  }
}

// An override that hung on a key of the chain (DESIGN.md decision 10): on those of its sealers, nobody else's.
TEST(DnsOutcome, KeysOfSealersWhenAnOverrideHungOnThem) {
  Verdict verdict;
  verdict.author.problem = message::AuthorProblem::None;
  verdict.author.domain = "example.org";
  verdict.dmarc.status = dmarc::Status::Fail;
  verdict.arc.sets.resize(2);
  verdict.arc.sets[0].sealDomain = "relay.example";
  verdict.arc.sets[1].sealDomain = "lists.example.net";
  const dns::Question sealer = keyOf("example.net");
  const dns::Question author = keyOf("example.org");
  const Used used{{author, answerOf(author, dns::Status::Timeout)},
                  {sealer, answerOf(sealer, dns::Status::Timeout)}};
  EXPECT_TRUE(outcomeOf(verdict, used, {}).failed.empty());
  verdict.arc.trustedTransient = true;
  EXPECT_EQ(outcomeOf(verdict, used, {}).failed, std::vector{sealer});
}

}  // namespace
}  // namespace alignd::policy
