#include "reporting/send/sender.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "reporting/collect/collector.h"
#include "reporting/send/mail.h"
#include "tests/unit/reporting/sample.h"
#include "tests/unit/reporting/stores.h"

namespace alignd::reporting {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr Day kDay = 20'000;
constexpr std::int64_t kNow = (kDay + 1) * kDaySeconds + 7200;

// Takes mails as it is told to.
class Mta final : public Transport {
 public:
  Reply hand(const std::string& from, const std::string& to, std::string_view message,
             const std::function<bool()>& beforeEnd) override {
    EXPECT_EQ(from, "dmarc@receiver.example");
    if (next == Handed::Unreachable) return {next, "connection refused"};
    if (next == Handed::Temporary) return {next, "451 later"};
    if (next == Handed::Permanent) return {next, "550 no"};
    if (!beforeEnd()) return {Handed::Held, ""};
    mails.emplace_back(to, message);
    if (next == Handed::InDoubt) return {next, "connection lost"};
    return {Handed::Accepted, "250 queued"};
  }
  Handed next = Handed::Accepted;
  std::vector<std::pair<std::string, std::string>> mails;
};

std::vector<Agreement> allGranted(const std::vector<Destination>& destinations) {
  return std::vector<Agreement>(destinations.size(), {Permission::Granted, false, {}, ""});
}

class SenderTest : public testing::TestWithParam<test::Kind> {
 protected:
  SenderTest() {
    options_.orgName = "Receiver";
    options_.email = "dmarc@receiver.example";
    options_.domain = "receiver.example";
    options_.spread = std::chrono::seconds(0);
  }
  void make(const std::string& record) {
    LoggedMessage message = test::sample();
    message.timeMs = kDay * kDaySeconds * 1000;
    message.dmarc.walk[0].record = record;
    Collector collector(store_, options_, "mx1", kNow);
    collector.message(message, "");
    collector.flush();
    Maker(store_, options_, kNow).run();
  }
  bool send(std::int64_t now = kNow) {
    Sender sender(store_, options_, now, [this](const std::vector<Destination>& destinations) {
      asked_ += static_cast<int>(destinations.size());
      ++times_;
      std::vector<Agreement> out;
      for (const Destination& one : destinations) {
        const bool own = one.mailbox.host == "example.org";
        out.push_back(own ? Agreement{Permission::Granted, false, {}, "own"} : agreement_);
      }
      return out;
    });
    return sender.run(mta_);
  }
  std::string state(const std::string& address) {
    for (const Delivery& delivery : store_.deliveries()) {
      if (delivery.address == address) return std::string(stateWord(delivery.state)) + ": " + delivery.note;
    }
    return "none";
  }

  test::Place place_{GetParam()};
  Store store_{place_.open()};
  Options options_;
  Mta mta_;
  Agreement agreement_;
  int asked_ = 0;
  int times_ = 0;  // that they were asked together
};

TEST_P(SenderTest, OneMailADestinationAndOnce) {
  make("v=DMARC1; p=reject; rua=mailto:one@example.org,mailto:two@example.org");
  EXPECT_TRUE(send());
  ASSERT_EQ(mta_.mails.size(), 2U);
  EXPECT_EQ(mta_.mails[0].first, "one@example.org");
  EXPECT_EQ(asked_, 1);  // one host
  EXPECT_TRUE(send(kNow + 99'999));
  EXPECT_EQ(mta_.mails.size(), 2U);
  EXPECT_EQ(state("one@example.org"), "sent: 250 queued");
}

TEST_P(SenderTest, TemporaryFailuresAreTriedAgainWithTheSameNames) {
  make("v=DMARC1; p=reject; rua=mailto:one@example.org");
  mta_.next = Handed::Temporary;
  send();
  EXPECT_EQ(state("one@example.org"), "waiting: 451 later");
  mta_.next = Handed::InDoubt;
  send(kNow + 899);
  EXPECT_THAT(mta_.mails, IsEmpty());  // not due yet
  send(kNow + 900);
  ASSERT_EQ(mta_.mails.size(), 1U);
  EXPECT_THAT(state("one@example.org"), HasSubstr("in doubt"));
  mta_.next = Handed::Accepted;
  send(kNow + 99'999);
  EXPECT_EQ(mta_.mails.size(), 1U);  // never twice by itself
  Sender again(store_, options_, kNow + 900, {});
  EXPECT_EQ(again.retryInDoubt(), 1U);
  send(kNow + 900);
  ASSERT_EQ(mta_.mails.size(), 2U);
  EXPECT_EQ(mta_.mails[0].second, mta_.mails[1].second);  // Message-ID, file name, all of it
}

TEST_P(SenderTest, GivesUpInTheEndAndRemembersWhatIsForGood) {
  make("v=DMARC1; p=reject; rua=mailto:one@example.org");
  mta_.next = Handed::Temporary;
  for (std::int64_t hour = 0; hour < 60; ++hour) send(kNow + hour * 3600);
  EXPECT_THAT(state("one@example.org"), HasSubstr("given up after"));
  mta_.next = Handed::Accepted;
  send(kNow + 999'999);
  EXPECT_THAT(mta_.mails, IsEmpty());
}

TEST_P(SenderTest, APermanentFailureIsNotTriedAgain) {
  make("v=DMARC1; p=reject; rua=mailto:one@example.org");
  mta_.next = Handed::Permanent;
  send();
  EXPECT_EQ(state("one@example.org"), "failed: 550 no");
}

TEST_P(SenderTest, AnMtaThatIsAwayCostsNothing) {
  make("v=DMARC1; p=reject; rua=mailto:one@example.org");
  mta_.next = Handed::Unreachable;
  EXPECT_FALSE(send());
  EXPECT_EQ(state("one@example.org"), "waiting: ");
  mta_.next = Handed::Accepted;
  EXPECT_TRUE(send());
  EXPECT_EQ(mta_.mails.size(), 1U);
}

TEST_P(SenderTest, WhoDoesNotAgreeGetsNothing) {
  make("v=DMARC1; p=reject; rua=mailto:x@victim.example,mailto:one@example.org");
  agreement_ = {Permission::Refused, false, {}, "victim.example does not agree"};
  send();
  ASSERT_EQ(mta_.mails.size(), 1U);
  EXPECT_EQ(state("x@victim.example"), "refused: victim.example does not agree");
  const int before = asked_;
  send();
  EXPECT_EQ(asked_, before);  // said once
}

TEST_P(SenderTest, UnknownIsAskedAgain) {
  make("v=DMARC1; p=reject; rua=mailto:x@other.example");
  agreement_ = {Permission::Unknown, false, {}, "timeout"};
  send();
  EXPECT_EQ(state("x@other.example"), "waiting: timeout");
  agreement_ = {Permission::Granted, true, {}, ""};
  send(kNow + 3600);
  EXPECT_EQ(mta_.mails.size(), 1U);
}

TEST_P(SenderTest, TheDestinationMayNameAnotherOfItsMailboxes) {
  make("v=DMARC1; p=reject; rua=mailto:old@other.example,mailto:new@other.example");
  agreement_ = {Permission::Granted, true, {{"new@other.example", "other.example", 0}}, ""};
  send();
  ASSERT_EQ(mta_.mails.size(), 1U);
  EXPECT_EQ(mta_.mails[0].first, "new@other.example");
  EXPECT_THAT(state("old@other.example"), HasSubstr("wants them at new@other.example"));
}

TEST_P(SenderTest, SomebodyElseWasFaster) {
  make("v=DMARC1; p=reject; rua=mailto:one@example.org");
  Delivery other = store_.dueDeliveries(kNow).at(0);
  Sender sender(store_, options_, kNow, allGranted);
  sender.onStep = [&](std::string_view step) {
    if (step == "written") store_.claim(other);
  };
  // SQLite and PostgreSQL alike: the claim is one statement.
  sender.run(mta_);
  EXPECT_THAT(mta_.mails, IsEmpty());
}

// Who does not answer is waited for together with the next ones: many of them delay nobody's report for long.
TEST_P(SenderTest, ManyAreAskedAtOnce) {
  constexpr int kMails = 99;  // and one: as many as one record may name
  agreement_ = {Permission::Unknown, false, {}, "no answer"};
  options_.maxDestinations = kMails + 1;
  std::string record = "v=DMARC1; p=reject; rua=mailto:one@example.org";
  for (int i = 0; i < kMails; ++i) record += ",mailto:a@h" + std::to_string(i) + ".example";
  make(record);
  ASSERT_EQ(store_.dueDeliveries(kNow).size(), kMails + 1U);
  send();
  EXPECT_EQ(mta_.mails.size(), 1U);
  EXPECT_EQ(asked_, kMails + 1);
  EXPECT_EQ(times_, 2);
}

TEST_P(SenderTest, APreviewChangesNothing) {
  make("v=DMARC1; p=reject; rua=mailto:one@example.org");
  int count = 0;
  Sender sender(store_, options_, kNow, {});
  sender.preview([&](const Delivery&, const std::string& message) {
    ++count;
    EXPECT_THAT(message, HasSubstr("Report Domain: example.org"));
  });
  EXPECT_EQ(count, 1);
  EXPECT_EQ(state("one@example.org"), "waiting: ");
}

TEST(PreviewName, IsAFileNameWhateverTheAddress) {
  Delivery mail;
  mail.report = "0a1b";
  mail.address = "a@example.org";
  EXPECT_EQ(previewName(mail), "0a1b-a@example.org.eml");
  const auto read = readRuaUri("mailto:x/etc/passwd@" + std::string(60, 'a') + "." + std::string(60, 'b') +
                               "." + std::string(60, 'c') + "." + std::string(60, 'd'));
  mail.address = std::get<Mailbox>(read).address;
  EXPECT_EQ(previewName(mail).find('/'), std::string::npos);
  EXPECT_LE(previewName(mail).size(), 255U);
}

// A crash at any step: no mail goes twice, and what is not sent waits or is known to be in doubt.
TEST_P(SenderTest, ACrashAnywhere) {
  struct Killed {};
  make("v=DMARC1; p=reject; rua=mailto:one@example.org,mailto:two@example.org,mailto:three@example.org");
  for (const std::string_view at : {"verified", "written", "claimed", "handed", "concluded"}) {
    Sender dying(store_, options_, kNow, allGranted);
    dying.onStep = [&](std::string_view step) {
      if (step == at) throw Killed();
    };
    try {
      dying.run(mta_);
    } catch (const Killed&) {
    }
  }
  send();
  std::size_t doubtful = 0;
  for (const Delivery& delivery : store_.deliveries())
    doubtful += delivery.state == DeliveryState::Handing ? 1 : 0;
  EXPECT_EQ(doubtful, 2U);           // killed at "claimed" and at "handed"
  EXPECT_EQ(mta_.mails.size(), 2U);  // "handed" was the MTA's already
  std::vector<std::string> to;
  for (const auto& [address, unused] : mta_.mails) to.push_back(address);
  std::sort(to.begin(), to.end());
  EXPECT_EQ(std::unique(to.begin(), to.end()), to.end());
}

INSTANTIATE_TEST_SUITE_P(All, SenderTest, testing::ValuesIn(test::kinds()),
                         [](const auto& tested) { return test::name(tested.param); });

TEST(Mail, IsWhatReceiversExpect) {
  ReportMail mail;
  mail.from = "dmarc@receiver.example";
  mail.fromName = "Receiver & S\xc3\xb6hne";
  mail.to = "r@example.org";
  mail.domain = "receiver.example";
  mail.reportId = "0123456789abcdef0123456789abcdef";
  mail.subject =
      "Report Domain: example.org Submitter: receiver.example Report-ID: 0123456789abcdef0123456789abcdef";
  mail.about = "example.org";
  mail.day = "2026-11-26";
  mail.fileName = "receiver.example!example.org!1!2!0123.xml.gz";
  const std::string attachment("\x1f\x8b\x08\x00", 4);
  mail.attachment = attachment;
  mail.date = 1'795'320'000;
  EXPECT_EQ(compose(mail),
            "Date: Sun, 22 Nov 2026 04:00:00 +0000\r\n"
            "From: =?utf-8?B?UmVjZWl2ZXIgJiBTw7ZobmU=?= <dmarc@receiver.example>\r\n"
            "To: r@example.org\r\n"
            "Subject: Report Domain: example.org Submitter: receiver.example Report-ID:\r\n"
            " 0123456789abcdef0123456789abcdef\r\n"
            "Message-ID: <0123456789abcdef0123456789abcdef@receiver.example>\r\n"
            "Auto-Submitted: auto-generated\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: multipart/mixed;\r\n"
            " boundary=\"report-0123456789abcdef0123456789abcdef\"\r\n"
            "\r\n"
            "--report-0123456789abcdef0123456789abcdef\r\n"
            "Content-Type: text/plain; charset=us-ascii\r\n"
            "\r\n"
            "This is a DMARC aggregate report (RFC 9990) about mail of\r\n"
            "example.org\r\n"
            "that receiver.example\r\n"
            "received on 2026-11-26 (UTC). It is read by programs; alignd-report read FILE\r\n"
            "shows it as a table.\r\n"
            "\r\n"
            "--report-0123456789abcdef0123456789abcdef\r\n"
            "Content-Type: application/gzip\r\n"
            "Content-Transfer-Encoding: base64\r\n"
            "Content-Disposition: attachment;\r\n"
            " filename=\"receiver.example!example.org!1!2!0123.xml.gz\"\r\n"
            "\r\n"
            "H4sIAA==\r\n"
            "\r\n"
            "--report-0123456789abcdef0123456789abcdef--\r\n");
  EXPECT_EQ(phrase("Receiver Inc"), "Receiver Inc");
  EXPECT_EQ(phrase("a, b"), "=?utf-8?B?YSwgYg==?=");
  for (const std::size_t size : {1U, 2U, 3U, 57U, 58U, 1000U}) {
    const std::string lines = base64Lines(std::string(size, 'x'));
    EXPECT_TRUE(lines.ends_with("\r\n"));
    EXPECT_LE(lines.find("\r\n"), 76U);
  }
}

class Sendmail : public testing::Test {
 protected:
  Reply hand(const std::string& script, bool agree = true) {
    std::ofstream(path_) << "#!/bin/sh\n" << script;
    ::chmod(path_.c_str(), 0755);
    Options options;
    options.sendmail = path_;
    return openSendmail(options)->hand("f@x.example", "t@y.example", "Subject: a\r\n\r\nbody\r\n",
                                       [&] { return agree; });
  }
  std::string path_ = testing::TempDir() + "sendmail.sh";
  std::string out_ = testing::TempDir() + "sendmail.out";
};

TEST_F(Sendmail, GivesItTheMailAndUnderstandsItsExit) {
  EXPECT_EQ(static_cast<int>(hand("echo \"$@\" >" + out_ + "; cat >>" + out_).handed),
            static_cast<int>(Handed::Accepted));
  std::ifstream in(out_);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}),
            "-i -f f@x.example -- t@y.example\nSubject: a\n\nbody\n");
  EXPECT_EQ(static_cast<int>(hand("cat >/dev/null; exit 75").handed), static_cast<int>(Handed::Temporary));
  EXPECT_EQ(static_cast<int>(hand("cat >/dev/null; exit 67").handed), static_cast<int>(Handed::Permanent));
  EXPECT_EQ(static_cast<int>(hand("cat >/dev/null; kill -9 $$").handed), static_cast<int>(Handed::InDoubt));
  std::filesystem::remove(out_);
  EXPECT_EQ(static_cast<int>(hand("cat >/dev/null && touch " + out_, false).handed),
            static_cast<int>(Handed::Held));
  EXPECT_FALSE(std::filesystem::exists(out_));
  path_ = "/nonexistent/sendmail";
  Options options;
  options.sendmail = path_;
  EXPECT_EQ(static_cast<int>(openSendmail(options)->hand("a", "b", "", [] { return true; }).handed),
            static_cast<int>(Handed::Unreachable));
}

}  // namespace
}  // namespace alignd::reporting
