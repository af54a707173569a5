#include "milter/verdict_log.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "milter/journal_sink.h"
#include "tests/support/child_process.h"

namespace alignd::milter {
namespace {

TEST(VerdictLog, LinesOfManyThreadsStayWhole) {
  const test::TempFolder folder;
  Metrics metrics;
  VerdictLog log(metrics);
  conf::Log settings;
  settings.verdicts = folder / "v";
  log.use(openSink(settings));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        std::string line(1000, static_cast<char>('a' + t));
        log.write(line);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const std::string text = test::readWholeFile(settings.verdicts);
  ASSERT_EQ(text.size(), 400U * 1001U);
  for (std::size_t i = 0; i < text.size(); i += 1001) {
    EXPECT_EQ(text.substr(i, 1001), std::string(1000, text[i]) + "\n");
  }
}

TEST(VerdictLog, AFailedOpenKeepsTheOldFile) {
  const test::TempFolder folder;
  Metrics metrics;
  VerdictLog log(metrics);
  conf::Log settings;
  settings.verdicts = folder / "v";
  log.use(openSink(settings));
  conf::Log bad;
  bad.verdicts = folder / "missing/v";
  EXPECT_THROW(openSink(bad), std::system_error);
  std::string line = "x";
  log.write(line);
  EXPECT_EQ(test::readWholeFile(settings.verdicts), "x\n");
}

// The journal, as far as its protocol goes: entries come as datagrams, or as files that datagrams bring.
class Journal {
 public:
  explicit Journal(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  }
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  ~Journal() { ::close(socket_); }

  std::string next() const {
    std::string text(std::size_t{1} << 20, '\0');
    iovec part{text.data(), text.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const auto size = ::recvmsg(socket_, &message, MSG_DONTWAIT);
    if (size < 0) return "nothing came";
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (header == nullptr) return text.substr(0, static_cast<std::size_t>(size));
    int file = -1;
    std::memcpy(&file, CMSG_DATA(header), sizeof(file));
    EXPECT_EQ(size, 0) << "a datagram with a file is empty";
    constexpr int kSealed = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    EXPECT_EQ(::fcntl(file, F_GET_SEALS), kSealed);
    std::string whole = test::readWholeFile("/proc/self/fd/" + std::to_string(file));
    ::close(file);
    return whole;
  }

 private:
  int socket_;
};

TEST(JournalSink, LinesOfAnyLengthAreOneEntry) {
  const test::TempFolder folder;
  const Journal journal(folder / "journal");
  JournalSink sink(folder / "journal");
  const std::string before =
      "PRIORITY=6\nSYSLOG_IDENTIFIER=alignd\nALIGND_QUEUE_ID=4cXyZ\nALIGND_FROM=example.org\nALIGND_DMARC="
      "fail\n"
      "ALIGND_WHY=modified\nALIGND_ACTION=accept\nMESSAGE=";
  for (const std::size_t length : {0U, 1U, 5'000U, 2'000'000U}) {  // the last is over every datagram limit
    const std::string line = std::string(length, 'x') + "\n";
    EXPECT_TRUE(sink.write(line, {"4cXyZ", "example.org", "fail", "modified", "accept"})) << length;
    EXPECT_TRUE(journal.next() == before + line) << length;
  }
}

TEST(JournalSink, NoFieldBeginsAnother) {
  const test::TempFolder folder;
  const Journal journal(folder / "journal");
  JournalSink sink(folder / "journal");
  const std::string huge(513, 'x');
  EXPECT_TRUE(sink.write("x\n", {"Q\nPRIORITY=0", huge, "", "forged", std::string_view("a\0b", 3)}));
  EXPECT_EQ(journal.next(), "PRIORITY=6\nSYSLOG_IDENTIFIER=alignd\nALIGND_WHY=forged\nMESSAGE=x\n");
}

TEST(JournalSink, NobodyThere) {
  const test::TempFolder folder;
  EXPECT_THROW(JournalSink(folder / "journal"), std::system_error);
}

TEST(JournalSink, FindsADaemonThatWasStartedAnew) {
  const test::TempFolder folder;
  auto journal = std::make_unique<Journal>(folder / "journal");
  JournalSink sink(folder / "journal");
  EXPECT_TRUE(sink.write("one\n", {}));
  journal.reset();
  EXPECT_FALSE(sink.write("lost\n", {}));
  std::filesystem::remove(folder / "journal");
  EXPECT_FALSE(sink.write("lost\n", {}));
  journal = std::make_unique<Journal>(folder / "journal");
  EXPECT_TRUE(sink.write("two\n", {}));
  EXPECT_EQ(journal->next(), "PRIORITY=6\nSYSLOG_IDENTIFIER=alignd\nMESSAGE=two\n");
}

// A second for the first line, and nothing for the ten thousand behind it.
TEST(JournalSink, OneThatHangsHoldsUpNobody) {
  const test::TempFolder folder;
  const Journal journal(folder / "journal");
  JournalSink sink(folder / "journal");
  int taken = 0;
  for (int i = 0; i < 10'000; ++i) taken += sink.write("line\n", {}) ? 1 : 0;
  EXPECT_LT(taken, 10'000);
  while (journal.next() != "nothing came") --taken;
  EXPECT_EQ(taken, 0) << "what was taken has come";
  EXPECT_TRUE(sink.write("again\n", {}));
}

TEST(VerdictLog, APipeThatNobodyReadsHoldsUpNobody) {
  const test::TempFolder folder;
  Metrics metrics;
  VerdictLog log(metrics);
  conf::Log settings;
  settings.verdicts = folder / "fifo";
  ASSERT_EQ(::mkfifo(settings.verdicts.c_str(), 0600), 0);
  const int reader = ::open(settings.verdicts.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  log.use(openSink(settings));
  constexpr std::size_t kLine = 6000;  // over what a pipe takes at once
  constexpr std::uint64_t kLines = 1000;
  for (std::uint64_t i = 0; i < kLines; ++i) {
    std::string line(kLine, 'x');
    log.write(line);
  }
  std::string text;
  const auto readAll = [&] {
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0; (got = ::read(reader, buffer.data(), buffer.size())) > 0;) {
      text.append(buffer.data(), static_cast<std::size_t>(got));
    }
  };
  readAll();
  std::string last = "last";
  log.write(last);
  readAll();
  ::close(reader);
  const auto whole = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  EXPECT_TRUE(text.ends_with("\nlast\n")) << "what was cut off stands alone";
  EXPECT_GT(metrics.verdictLogErrors.value(), 0U);
  EXPECT_LE(kLines + 1 - metrics.verdictLogErrors.value(), whole);
}

TEST(VerdictLog, WhatAFullDiskCutsOffStandsAlone) {
  const test::TempFolder folder;
  Metrics metrics;
  VerdictLog log(metrics);
  conf::Log settings;
  settings.verdicts = folder / "v";
  log.use(openSink(settings));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 25;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  for (int i = 0; i < 4; ++i) {
    std::string line = "123456789";
    log.write(line);
  }
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  std::string line = "again";
  log.write(line);
  EXPECT_EQ(test::readWholeFile(settings.verdicts), "123456789\n123456789\n12345\nagain\n");
  EXPECT_EQ(metrics.verdictLogErrors.value(), 2U);
}

TEST(VerdictLog, LostLinesAreCounted) {
  Metrics metrics;
  VerdictLog log(metrics);
  conf::Log settings;
  settings.verdicts = "/dev/full";
  log.use(openSink(settings));
  std::string line = "x";
  log.write(line);
  line = "y";
  log.write(line);
  EXPECT_EQ(metrics.verdictLogErrors.value(), 2U);
}

}  // namespace
}  // namespace alignd::milter
