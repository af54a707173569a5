// From the daemon's spool to mail: tests/unit/report/failure_test.cpp has what the daemon writes.
#include "verifier/report/failure.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "reporting/failure/arf.h"
#include "reporting/failure/intake.h"
#include "reporting/send/sender.h"
#include "tests/unit/reporting/stores.h"

namespace alignd::reporting {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
namespace fs = std::filesystem;

constexpr std::int64_t kNow = 1'795'320'000;  // 2026-11-22T04:00:00Z

// As the daemon writes it.
std::string written(std::string_view client = "192.0.2.7",
                    std::vector<std::string> ruf = {"mailto:ruf@bank.example"},
                    std::string_view queueId = "Q1") {
  Verdict verdict;
  verdict.client.address = IpAddress::parse(client);
  verdict.envelope.mailFrom = "joe@bulk.example";
  verdict.dmarc.status = dmarc::Status::Fail;
  verdict.dmarc.authorDomain = verdict.dmarc.policyDomain = "bank.example";
  verdict.dmarc.ruf = std::move(ruf);
  message::HeaderBlock header;
  header.add({"From", " Joe <joe@bank.example>"});
  report::FailureContext context;
  context.time = kNow - 60;
  context.queueId = queueId;
  context.authservId = "mx.receiver.example";
  return report::failureRecord(report::FailureKind::Dmarc, verdict, {}, header, {}, context);
}

FailureRecord record(const std::string& file = written()) {
  auto read = readFailure(file);
  if (const auto* problem = std::get_if<std::string>(&read)) {
    ADD_FAILURE() << *problem;
    return {};
  }
  return std::get<FailureRecord>(std::move(read));
}

std::string problemOf(const std::string& file) {
  const auto read = readFailure(file);
  const auto* problem = std::get_if<std::string>(&read);
  return problem == nullptr ? "none" : *problem;
}

TEST(FailureRecord, IsReadAsItWasWritten) {
  const FailureRecord read = record();
  EXPECT_EQ(read.time, kNow - 60);
  EXPECT_EQ(read.policyDomain, "bank.example");
  EXPECT_EQ(read.from, "bank.example");
  EXPECT_EQ(read.client, "192.0.2.7");
  EXPECT_TRUE(read.redacted);
  EXPECT_THAT(read.ruf, ElementsAre("mailto:ruf@bank.example"));
  EXPECT_THAT(read.feedback, HasSubstr("Auth-Failure: dmarc\r\n"));
  EXPECT_THAT(read.header, HasSubstr("@bank.example\r\n"));
  EXPECT_EQ(read.body, "");
}

TEST(FailureRecord, WhatIsNoneIsRefused) {
  const std::string good = written();
  EXPECT_EQ(problemOf(""), "no record of a failure");
  EXPECT_EQ(problemOf("{}\n"), "no record of a failure");
  EXPECT_EQ(problemOf("From: x\r\n\r\nbody"), "no record of a failure");
  EXPECT_EQ(problemOf("{\"alignd_failure\":2}\n"), "a record of version 2");
  EXPECT_EQ(problemOf("{\"alignd_failure\":1,\"time\":-1}\n"), "a record without time or policy domain");
  EXPECT_EQ(problemOf(good + "x"), "a record that is cut off");
  for (std::size_t length = good.find('\n') + 1; length < good.size(); ++length) {
    EXPECT_EQ(problemOf(good.substr(0, length)), "a record that is cut off");
  }
  std::string bad = good;
  bad[good.find("dmarc\r\n")] = '\0';
  EXPECT_EQ(problemOf(bad), "a record with octets that none has");
  EXPECT_EQ(problemOf(std::string(kMaxFailure, 'x') + "\n"), "no record of a failure");
}

TEST(FailureRecord, WhatFailsAlikeIsAlike) {
  EXPECT_EQ(similarity(record(written("192.0.2.7", {"mailto:a@b.example"}, "Q1"))),
            similarity(record(written("192.0.2.7", {"mailto:a@b.example"}, "Q2"))));
  EXPECT_NE(similarity(record(written("192.0.2.7"))), similarity(record(written("192.0.2.8"))));
}

TEST(FailureMail, IsArf) {
  FailureMail mail{
      "dmarc@receiver.example", "Receiver", "ruf@bank.example", "receiver.example", "failure-1", 3, kNow};
  const std::string text = composeFailure(mail, record());
  EXPECT_THAT(text, HasSubstr("Auto-Submitted: auto-generated\r\n"));
  EXPECT_THAT(text, HasSubstr("Content-Type: multipart/report; report-type=feedback-report;\r\n "
                              "boundary=\"part-failure-1\"\r\n"));
  EXPECT_THAT(
      text,
      HasSubstr("\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: auth-failure\r\nUser-Agent: "
                "alignd-report/"));
  EXPECT_THAT(text, HasSubstr("\r\nVersion: 1\r\nAuth-Failure: dmarc\r\n"));
  EXPECT_THAT(
      text,
      HasSubstr(
          "\r\nArrival-Date: Sun, 22 Nov 2026 03:59:00 +0000\r\nIncidents: 3\r\n\r\n--part-failure-1\r\n"
          "Content-Type: text/rfc822-headers\r\n\r\nFrom: "));
  EXPECT_THAT(text, Not(HasSubstr("joe")));
  mail.incidents = 1;
  FailureRecord shown = record();
  shown.body = "Hello";
  const std::string with = composeFailure(mail, shown);
  EXPECT_THAT(with, Not(HasSubstr("Incidents")));
  EXPECT_THAT(with, HasSubstr("Content-Type: message/rfc822\r\n\r\nFrom: "));
  EXPECT_THAT(with, HasSubstr("\r\n\r\nHello\r\n--part-failure-1--\r\n"));
}

// Takes every mail.
class Box final : public Transport {
 public:
  Reply hand(const std::string&, const std::string& to, std::string_view message,
             const std::function<bool()>& beforeEnd) override {
    if (!beforeEnd()) return {Handed::Held, ""};
    mails.emplace_back(to, std::string(message));
    return {Handed::Accepted, ""};
  }
  std::vector<std::pair<std::string, std::string>> mails;
};

class IntakeTest : public testing::TestWithParam<test::Kind> {
 protected:
  IntakeTest() {
    folder_ = testing::TempDir() + "failures" + std::to_string(::getpid());
    fs::remove_all(folder_);
    fs::create_directory(folder_);
    options_.orgName = "Receiver";
    options_.email = "dmarc@receiver.example";
    options_.domain = "receiver.example";
    options_.failure = true;
    options_.failureSpool = folder_;
  }
  ~IntakeTest() override { fs::remove_all(folder_); }
  void put(const std::string& name, const std::string& content = written()) {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << content;
  }
  std::size_t take() {
    Intake intake(store_, options_, kNow);
    intake.say = [this](const std::string& line) { said_.push_back(line); };
    intake.run();
    return intake.taken();
  }
  void send() {
    Sender sender(store_, options_, kNow, [this](const std::vector<Destination>& destinations) {
      for (const Destination& one : destinations) tags_.emplace_back(one.tag);
      return std::vector<Agreement>(destinations.size(), {Permission::Granted, false, {}, ""});
    });
    sender.run(mta_);
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  std::vector<std::string> notes() {
    std::vector<std::string> out;
    for (const Delivery& delivery : store_.deliveries()) out.push_back(delivery.note);
    return out;
  }

  test::Place place_{GetParam()};
  Store store_{place_.open()};
  Options options_;
  Box mta_;
  std::string folder_;
  std::vector<std::string> said_, tags_;
};

TEST_P(IntakeTest, AFileBecomesAMailAndIsForgotten) {
  put("1.failure");
  put("new.2");  // under way
  EXPECT_EQ(take(), 1U);
  EXPECT_EQ(files(), 1U);
  send();
  ASSERT_EQ(mta_.mails.size(), 1U);
  EXPECT_EQ(mta_.mails[0].first, "ruf@bank.example");
  EXPECT_THAT(mta_.mails[0].second, HasSubstr("Feedback-Type: auth-failure"));
  EXPECT_THAT(tags_, ElementsAre("ruf"));
  const std::string id = store_.deliveries().at(0).report;
  EXPECT_TRUE(store_.failure(id).has_value());
  take();
  EXPECT_FALSE(store_.failure(id).has_value());  // nothing of the message stays
  send();
  EXPECT_EQ(mta_.mails.size(), 1U);
}

TEST_P(IntakeTest, WhatFailsAlikeIsOneMail) {
  put("1.failure", written("192.0.2.7", {"mailto:ruf@bank.example"}, "Q1"));
  put("2.failure", written("192.0.2.7", {"mailto:ruf@bank.example"}, "Q2"));
  put("3.failure", written("192.0.2.8"));
  take();
  send();
  ASSERT_EQ(mta_.mails.size(), 2U);
  std::sort(mta_.mails.begin(), mta_.mails.end());
  EXPECT_EQ(std::count_if(
                mta_.mails.begin(), mta_.mails.end(),
                [](const auto& mail) { return mail.second.find("Incidents: 2\r\n") != std::string::npos; }),
            1);
  // What is sent takes no more.
  put("4.failure");
  take();
  send();
  EXPECT_EQ(mta_.mails.size(), 3U);
}

TEST_P(IntakeTest, ADestinationGetsNoMoreThanItsShare) {
  options_.failureRate = 2;
  for (int i = 1; i <= 5; ++i) put(std::to_string(i) + ".failure", written("192.0.2." + std::to_string(i)));
  take();
  send();
  EXPECT_EQ(mta_.mails.size(), 2U);
  EXPECT_THAT(notes(), Contains("over [reports] failure_rate").Times(3));
}

TEST_P(IntakeTest, WhoIsExcludedGetsNone) {
  options_.never = {"victim.example"};
  put("1.failure", written("192.0.2.7", {"https://bank.example/", "mailto:x@victim.example",
                                         "mailto:dmarc@receiver.example", "mailto:ruf@bank.example",
                                         "mailto:RUF@bank.example", "mailto:ruf@BANK.example"}));
  take();
  send();
  ASSERT_EQ(mta_.mails.size(), 2U);
  EXPECT_THAT(notes(), Contains("only mailto: is supported"));
  EXPECT_THAT(notes(), Contains("[reports] never names its host"));
  options_.never = {"bank.example"};
  put("2.failure", written("192.0.2.9"));
  take();
  send();
  EXPECT_EQ(mta_.mails.size(), 2U);
}

TEST_P(IntakeTest, AFileThatIsNoneIsSaidAndRemoved) {
  put("1.failure", "junk");
  EXPECT_EQ(take(), 0U);
  EXPECT_EQ(files(), 0U);
  EXPECT_THAT(said_, ElementsAre(HasSubstr("no record of a failure")));
  options_.failureSpool = folder_ + "/not/there";
  EXPECT_EQ(take(), 0U);
  EXPECT_EQ(said_.size(), 1U);
  std::ofstream(folder_ + "/file") << "x";
  options_.failureSpool = folder_ + "/file";
  EXPECT_EQ(take(), 0U);
  EXPECT_THAT(said_, Contains(HasSubstr("cannot be read")));
}

TEST_P(IntakeTest, WhatAKilledDaemonLeftIsRemoved) {
  put("new.1");
  put("new.2");
  fs::last_write_time(folder_ + "/new.1", fs::file_time_type::clock::now() - std::chrono::hours(2));
  take();
  EXPECT_EQ(files(), 1U);
  EXPECT_TRUE(fs::exists(folder_ + "/new.2"));
}

// A crash at any step: one mail, and each message counted once.
TEST_P(IntakeTest, ACrashAnywhere) {
  struct Killed {};
  put("1.failure", written("192.0.2.7", {"mailto:ruf@bank.example"}, "Q1"));
  put("2.failure", written("192.0.2.7", {"mailto:ruf@bank.example"}, "Q2"));
  for (const std::string_view at : {"failure taken", "failure stored", "failure taken", "failure stored"}) {
    Intake dying(store_, options_, kNow);
    dying.onStep = [&](std::string_view step) {
      if (step == at) throw Killed();
    };
    try {
      dying.run();
    } catch (const Killed&) {
    }
  }
  take();
  send();
  ASSERT_EQ(mta_.mails.size(), 1U);
  EXPECT_THAT(mta_.mails[0].second, HasSubstr("Incidents: 2\r\n"));
  EXPECT_EQ(files(), 0U);
}

INSTANTIATE_TEST_SUITE_P(All, IntakeTest, testing::ValuesIn(test::kinds()),
                         [](const auto& tested) { return test::name(tested.param); });

}  // namespace
}  // namespace alignd::reporting
