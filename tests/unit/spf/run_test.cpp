#include "verifier/spf/run.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <new>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/held_resolver.h"
#include "tests/unit/spf/fixture.h"

namespace alignd::spf {
namespace {

using std::chrono::steady_clock;

// Never answers.
class SilentResolver final : public dns::Resolver {
 public:
  dns::AnswerPtr findOrAsk(const dns::Question&, const std::shared_ptr<dns::Mailbox>&, dns::Need,
                           Time) override {
    ++asked;
    return nullptr;
  }
  std::atomic<int> asked{0};
};

// Answers what the test lets go, one question at a time; any thread may ask.
class PickedResolver final : public dns::Resolver {
 public:
  explicit PickedResolver(std::shared_ptr<const dns::Zone> zone) : zone_(std::move(zone)) {}
  dns::AnswerPtr findOrAsk(const dns::Question& question, const std::shared_ptr<dns::Mailbox>& mailbox,
                           dns::Need, Time) override {
    const std::lock_guard lock(mutex_);
    mailbox_ = mailbox;
    asked_.insert(question.name.text());
    changed_.notify_all();
    return nullptr;
  }
  bool isAsked(const std::string& name, std::chrono::seconds patience = std::chrono::seconds(30)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return asked_.contains(name); });
  }
  void answer(const std::string& name, dns::Type type) {
    std::shared_ptr<dns::Mailbox> mailbox;
    {
      const std::lock_guard lock(mutex_);
      mailbox = mailbox_;
    }
    mailbox->deliver(zone_->answer({nameOf(name), type}, {}));
  }

 private:
  std::shared_ptr<const dns::Zone> zone_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<dns::Mailbox> mailbox_;
  std::set<std::string> asked_;
};

class SpfRun : public testing::Test {
 protected:
  std::shared_ptr<spf::Run> start(std::shared_ptr<dns::Resolver> resolver, const Request& request,
                                  const Options& options = {}, Time deadline = Time::max()) {
    return spf::Run::start(request, options, std::move(resolver), {}, deadline, progress_, message_,
                           steady_clock::now());
  }
  bool poked(std::chrono::milliseconds patience) { return message_->wait(steady_clock::now() + patience); }

  std::shared_ptr<dns::Mailbox> message_ = std::make_shared<dns::Mailbox>();
  dns::ProgressThreads progress_;
  ZoneBuilder zone_ = ZoneBuilder()
                          .txt("example.com", "v=spf1 include:i.example -all")
                          .txt("i.example", "v=spf1 ip4:192.0.2.1 -all")
                          .txt("mail.example.com", "v=spf1 a -all")
                          .address("mail.example.com", "192.0.2.1");
};

TEST_F(SpfRun, IsDoneAtOnceWhenAllIsKnownAndPokesNobody) {
  const auto run = start(std::make_shared<dns::ZoneResolver>(zone_.zone()), requestFrom("192.0.2.1"));
  ASSERT_TRUE(run->done());
  EXPECT_EQ(run->mailFrom().status, Status::Pass);
  EXPECT_EQ(run->helo()->status, Status::Pass);
  EXPECT_EQ(run->helo()->identity, Identity::Helo);
  EXPECT_EQ(run->asked(), 0U);
  EXPECT_EQ(run->reRuns(), 0U);
  EXPECT_FALSE(poked(std::chrono::milliseconds(0)));
}

TEST_F(SpfRun, GoesOnWithoutTheMessageAndPokesItWhenItIsDone) {
  auto resolver = std::make_shared<test::ShuffledResolver>(zone_.zone(), 1);
  const auto run = start(resolver, requestFrom("192.0.2.1"));
  while (!run->done()) ASSERT_TRUE(poked(std::chrono::seconds(60)));
  EXPECT_EQ(run->mailFrom().status, Status::Pass);
  EXPECT_EQ(run->asked(), 4U);
}

TEST_F(SpfRun, ASlowNameDoesNotHoldUpWhatStandsBehindIt) {
  const auto zone =
      ZoneBuilder()
          .txt("example.com", "v=spf1 include:slow.example include:quick.example mx:m.example -all")
          .txt("slow.example", "v=spf1 ?all")
          .txt("quick.example", "v=spf1 include:next.example ?all")
          .txt("next.example", "v=spf1 a:last.example ?all")
          .mx("m.example", "host.example")
          .address("host.example", "192.0.2.1");
  auto resolver = std::make_shared<PickedResolver>(zone.zone());
  const auto run = start(resolver, requestFrom("192.0.2.1"), {.helo = HeloCheck::Off});
  resolver->answer("example.com", dns::Type::TXT);
  ASSERT_TRUE(resolver->isAsked("m.example"));
  resolver->answer("quick.example",
                   dns::Type::TXT);  // slow.example is what the evaluation is blocked on, all along
  EXPECT_TRUE(resolver->isAsked("next.example"));
  resolver->answer("m.example", dns::Type::MX);
  EXPECT_TRUE(resolver->isAsked("host.example"));
  resolver->answer("next.example", dns::Type::TXT);
  EXPECT_TRUE(resolver->isAsked("last.example"));
  EXPECT_FALSE(run->done());
  resolver->answer("last.example", dns::Type::A);
  resolver->answer("host.example", dns::Type::A);
  resolver->answer("slow.example", dns::Type::TXT);
  while (!run->done()) ASSERT_TRUE(poked(std::chrono::seconds(60)));
  EXPECT_EQ(run->mailFrom().status, Status::Pass) << run->mailFrom().text;
  EXPECT_EQ(run->asked(), 7U);
}

TEST_F(SpfRun, CloseIsATemperror) {
  auto resolver = std::make_shared<SilentResolver>();
  const auto run = start(resolver, requestFrom("192.0.2.1"));
  EXPECT_FALSE(run->done());
  EXPECT_FALSE(run->tryFinish(steady_clock::now()));
  run->close();
  ASSERT_TRUE(run->done());
  EXPECT_EQ(run->mailFrom().status, Status::TempError);
  EXPECT_NE(run->mailFrom().text.find("timeout"), std::string::npos) << run->mailFrom().text;
  EXPECT_EQ(run->helo()->status, Status::TempError);
  run->close();
  EXPECT_EQ(resolver->asked, 2);
  const auto alone = start(resolver, requestFrom("192.0.2.1"), {.helo = HeloCheck::Off});
  alone->close();
  ASSERT_TRUE(alone->done());
  EXPECT_EQ(alone->mailFrom().status, Status::TempError);
  EXPECT_FALSE(alone->helo());
}

TEST_F(SpfRun, TheTimeLimitIsATemperror) {  // RFC 7208 section 4.6.4
  const auto run = start(std::make_shared<SilentResolver>(), requestFrom("192.0.2.1"),
                         {.timeLimit = std::chrono::seconds(20)});
  EXPECT_FALSE(run->tryFinish(steady_clock::now() + std::chrono::seconds(19)));
  EXPECT_TRUE(run->tryFinish(steady_clock::now() + std::chrono::seconds(21)));
  EXPECT_EQ(run->mailFrom().status, Status::TempError);
}

TEST_F(SpfRun, TheMessagesDeadlineCountsWhenItIsEarlier) {
  const Time deadline = steady_clock::now() + std::chrono::seconds(5);
  const auto run = start(std::make_shared<SilentResolver>(), requestFrom("192.0.2.1"), {}, deadline);
  EXPECT_FALSE(run->tryFinish(deadline - std::chrono::seconds(1)));
  EXPECT_TRUE(run->tryFinish(deadline));
}

TEST_F(SpfRun, WhatIsKnownStillDecidesAtTheDeadline) {
  // The include matches before the silent term would be asked for.
  zone_.txt("late.example", "v=spf1 include:i.example a:silent.example -all").fail("silent.example");
  const auto run =
      start(std::make_shared<dns::ZoneResolver>(zone_.zone()), requestFrom("192.0.2.1", "u@late.example"));
  EXPECT_EQ(run->mailFrom().status, Status::Pass);
}

TEST_F(SpfRun, HeloAsTheOptionsWantIt) {
  const auto resolver = std::make_shared<dns::ZoneResolver>(zone_.zone());
  EXPECT_FALSE(start(resolver, requestFrom("192.0.2.1"), {.helo = HeloCheck::Off})->helo());
  for (const auto check : {HeloCheck::Log, HeloCheck::Report, HeloCheck::Decide}) {
    EXPECT_TRUE(start(resolver, requestFrom("192.0.2.1"), {.helo = check})->helo());
  }
  const auto null =
      start(resolver, requestFrom("192.0.2.1", ""));  // postmaster@HELO is the MAIL FROM identity
  EXPECT_FALSE(null->helo());
  EXPECT_EQ(null->mailFrom().status, Status::Pass);
  EXPECT_TRUE(null->mailFrom().nullPath);
}

// 10 mx terms with 10 hosts each are 111 questions, all within section 4.6.4: two such records are more than one
// message's 150, but neither domain may take the other's.
TEST_F(SpfRun, AHeloThatAsksMuchLeavesMailFromItsOwnQuestions) {
  std::string record = "v=spf1";
  for (int term = 0; term < 10; ++term) {
    const std::string exchange = "mx" + std::to_string(term);
    record += " mx:" + exchange + ".%{d}";
    for (const std::string domain : {"rich.example", "helo.example"}) {
      for (int host = 0; host < 10; ++host) {
        const std::string name = "h" + std::to_string(host) + "." + exchange + "." + domain;
        zone_.mx(exchange + "." + domain, name).address(name, "198.51.100.1");
      }
    }
  }
  zone_.txt("rich.example", record + " ip4:192.0.2.1 -all").txt("helo.example", record + " ?all");
  const auto resolver = std::make_shared<test::ShuffledResolver>(zone_.zone(), 5);
  const auto run = start(resolver, requestFrom("192.0.2.1", "u@rich.example", "helo.example"));
  while (!run->done()) ASSERT_TRUE(poked(std::chrono::seconds(60)));
  EXPECT_EQ(run->mailFrom().status, Status::Pass) << run->mailFrom().text;
  EXPECT_EQ(run->helo()->status, Status::Neutral) << run->helo()->text;
  EXPECT_GT(run->asked(), dns::Budget().total);
}

TEST_F(SpfRun, MayBeDroppedAtAnyMomentWhileAnswersAreOnTheirWay) {
  auto resolver = std::make_shared<test::ShuffledResolver>(zone_.zone(), 7);
  for (int i = 0; i < 300; ++i) {
    auto run = start(resolver, requestFrom("192.0.2.1"));
    if (i % 3 == 1) run->tryFinish(steady_clock::now());
    if (i % 3 == 2) run->close();
    run.reset();
  }
}

TEST_F(SpfRun, ManyRunsInEveryOrderAgree) {
  std::vector<std::shared_ptr<spf::Run>> runs;
  auto resolver = std::make_shared<test::ShuffledResolver>(zone_.zone(), 11);
  for (int i = 0; i < 200; ++i) runs.push_back(start(resolver, requestFrom("192.0.2.1")));
  for (const auto& run : runs) {
    while (!run->tryFinish(steady_clock::now())) poked(std::chrono::seconds(1));
    EXPECT_EQ(run->mailFrom().status, Status::Pass);
    EXPECT_EQ(run->helo()->status, Status::Pass);
  }
}

// While one thread runs it, another neither waits for that nor runs beside it.
TEST_F(SpfRun, IsLeftToTheThreadThatRunsIt) {
  class Meanwhile final : public dns::Resolver {
   public:
    explicit Meanwhile(std::shared_ptr<const dns::Zone> zone) : zone_(std::move(zone)) {}
    // Keeps the first question; before it answers another, somebody else comes.
    dns::AnswerPtr findOrAsk(const dns::Question& question, const std::shared_ptr<dns::Mailbox>& mailbox,
                             dns::Need, Time now) override {
      if (!visit) {
        first_ = question;
        mailbox_ = mailbox;
        return nullptr;
      }
      std::thread(visit).join();
      return zone_->answer(question, now);
    }
    void answerTheFirst() { mailbox_->deliver(zone_->answer(first_, {})); }
    std::function<void()> visit;

   private:
    std::shared_ptr<const dns::Zone> zone_;
    dns::Question first_;
    std::shared_ptr<dns::Mailbox> mailbox_;
  };
  auto resolver = std::make_shared<Meanwhile>(zone_.zone());
  const auto run = start(resolver, requestFrom("192.0.2.1"), {.helo = HeloCheck::Off});
  std::atomic<int> finished{0};
  std::atomic<int> visits{0};
  resolver->visit = [&] {
    ++visits;
    finished += run->tryFinish(steady_clock::now()) ? 1 : 0;
  };
  resolver->answerTheFirst();
  while (!run->done()) ASSERT_TRUE(poked(std::chrono::seconds(60)));
  EXPECT_EQ(visits, 1);
  EXPECT_EQ(finished, 0);
  EXPECT_EQ(run->mailFrom().status, Status::Pass);
  EXPECT_EQ(run->reRuns(), 1U);
}

// Nobody but the message's thread can say that there was no memory.
TEST_F(SpfRun, ThatAProgressThreadHasNoMemoryTheMessageHears) {
  class Scarce final : public dns::Resolver {
   public:
    // Keeps the first question; for any other there is no memory.
    dns::AnswerPtr findOrAsk(const dns::Question&, const std::shared_ptr<dns::Mailbox>& mailbox, dns::Need,
                             Time) override {
      if (mailbox_) throw std::bad_alloc();
      mailbox_ = mailbox;
      return nullptr;
    }
    void answer(const dns::Zone& zone) {
      mailbox_->deliver(zone.answer({nameOf("example.com"), dns::Type::TXT}, {}));
    }

   private:
    std::shared_ptr<dns::Mailbox> mailbox_;
  };
  auto resolver = std::make_shared<Scarce>();
  const auto run = start(resolver, requestFrom("192.0.2.1"), {.helo = HeloCheck::Off});
  resolver->answer(*zone_.zone());
  ASSERT_TRUE(poked(std::chrono::seconds(60)));
  EXPECT_FALSE(run->done());
  EXPECT_TRUE(run->failed());
  for (int i = 0; i < 2; ++i) {  // however often it asks
    EXPECT_THROW(run->tryFinish(steady_clock::now()), std::bad_alloc);
    EXPECT_THROW(run->close(), std::bad_alloc);
  }
  EXPECT_FALSE(run->done());
}

TEST_F(SpfRun, OutlivesTheProgressThreads) {
  auto resolver = std::make_shared<test::ShuffledResolver>(zone_.zone(), 3);
  const auto run = start(resolver, requestFrom("192.0.2.1"));
  progress_.stop();
  run->close();
  EXPECT_TRUE(run->done());
}

}  // namespace
}  // namespace alignd::spf
