#include "milter/read_ahead.h"

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace alignd::milter {
namespace {

// The kernel's calls, counted.
int reads = 0;
int polls = 0;

ssize_t countedRead(int descriptor, void* to, std::size_t most) {
  ++reads;
  return ::read(descriptor, to, most);
}
ssize_t countedReadv(int descriptor, const iovec* places, int count) {
  ++reads;
  return ::readv(descriptor, places, count);
}
int countedPoll(pollfd* descriptors, nfds_t count, int timeout) {
  ++polls;
  return ::poll(descriptors, count, timeout);
}
constexpr ReadAhead::Kernel kKernel{countedRead, countedReadv, countedPoll};

// Two ends of a connection, of which the near one is read ahead.
class Pair {
 public:
  Pair() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_.data()), 0);
    ahead_->watch(near());
    reads = polls = 0;
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  ~Pair() {
    ahead_->forget(near());
    ::close(ends_[0]);
    endSending();
  }
  [[nodiscard]] int near() const { return ends_[0]; }
  void send(std::string_view octets) const {
    ASSERT_EQ(::write(ends_[1], octets.data(), octets.size()), static_cast<ssize_t>(octets.size()));
  }
  void endSending() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }
  // What one read of `most` octets gives.
  std::string read(std::size_t most) {
    std::string out(most, '\0');
    const ssize_t got = ahead_->read(kKernel, near(), out.data(), most);
    EXPECT_GE(got, 0) << std::strerror(errno);
    out.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return out;
  }
  // As libmilter asks before each read; not at all readable after so many milliseconds: 0.
  int readable(int timeout = 1) {
    pollfd descriptor{near(), POLLIN | POLLPRI, 0};
    const int ready = ahead_->poll(kKernel, &descriptor, 1, timeout);
    EXPECT_EQ(ready == 1, descriptor.revents != 0);
    return descriptor.revents;
  }
  ReadAhead& ahead() { return *ahead_; }

 private:
  std::array<int, 2> ends_{-1, -1};
  std::unique_ptr<ReadAhead> ahead_ = std::make_unique<ReadAhead>();
};

std::string packet(char command, std::string_view data) {
  const auto length = data.size() + 1;
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(length >> shift & 0xff);
  return (out += command).append(data);
}

// Reads as libmilter's mi_rd_cmd() does: five octets, then the rest, each as often as it takes.
std::string readExactly(Pair& pair, std::size_t count) {
  std::string out;
  while (out.size() < count) {
    if (pair.readable(10'000) == 0) break;
    const std::string piece = pair.read(count - out.size());
    if (piece.empty()) break;
    out += piece;
  }
  return out;
}
std::string readPacket(Pair& pair) {
  std::string head = readExactly(pair, 5);
  if (head.size() < 5) return head;
  std::size_t length = 0;
  for (const char c : head.substr(0, 4)) length = length << 8 | static_cast<unsigned char>(c);
  return head + readExactly(pair, length - 1);
}

TEST(ReadAhead, TakesFromTheKernelOnceWhatWasSentAtOnce) {
  Pair pair;
  std::vector<std::string> packets;
  for (std::size_t i = 0; i < 40; ++i)
    packets.push_back(packet('L', "Subject" + std::to_string(i) + std::string(i, 'x')));
  std::string all;
  for (const std::string& one : packets) all += one;
  pair.send(all);
  for (const std::string& one : packets) EXPECT_EQ(readPacket(pair), one);
  EXPECT_EQ(pair.ahead().held(pair.near()), 0U);
  EXPECT_EQ(reads, 1);
  EXPECT_EQ(polls, 1);
  EXPECT_EQ(pair.readable(), 0);
  EXPECT_EQ(polls, 2) << "nothing is held: the kernel knows";
}

TEST(ReadAhead, GivesTheSameOctetsWhereverTheyAreCut) {
  const std::string all =
      packet('C', "mail.example.org") + packet('H', "") + packet('B', std::string(50, 'b'));
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    Pair pair;
    std::string got;
    pair.send(all.substr(0, cut));
    while (pair.readable() != 0) got += pair.read(7);
    pair.send(all.substr(cut));
    pair.endSending();
    for (std::string piece; !(piece = pair.read(7)).empty();) got += piece;
    EXPECT_EQ(got, all) << cut;
  }
}

// A chunk of a body is larger than what is kept: it goes to its own place, whatever has come with it.
TEST(ReadAhead, LargePacketsPassThrough) {
  Pair pair;
  std::string body;
  for (std::size_t i = 0; i < 65'535; ++i) body += static_cast<char>(i * 7 % 251);
  const std::string all = packet('T', "") + packet('B', body) + packet('B', body) + packet('E', "");
  std::thread sender([&] { pair.send(all); });
  for (const std::string& wanted : {packet('T', ""), packet('B', body), packet('B', body), packet('E', "")}) {
    EXPECT_TRUE(readPacket(pair) == wanted) << wanted.substr(4, 1);
  }
  sender.join();
  EXPECT_EQ(pair.ahead().held(pair.near()), 0U);
}

TEST(ReadAhead, WhatIsHeldComesBeforeTheEndOfTheConnection) {
  Pair pair;
  pair.send("QUIT..");
  pair.endSending();
  EXPECT_EQ(pair.read(2), "QU");
  EXPECT_EQ(pair.readable(), POLLIN) << "and no POLLHUP, for which libmilter would throw the rest away";
  EXPECT_EQ(pair.read(100), "IT..");
  EXPECT_NE(pair.readable() & POLLHUP, 0);
  EXPECT_EQ(pair.read(100), "");
}

TEST(ReadAhead, ErrorsAreTheKernels) {
  Pair pair;
  const int other = ::dup(pair.near());
  pair.ahead().watch(other);
  ::close(other);
  char c = 0;
  EXPECT_EQ(pair.ahead().read(kKernel, other, &c, 1), -1);
  EXPECT_EQ(errno, EBADF);
  for (const int none : {-1, ReadAhead::kDescriptors, ReadAhead::kDescriptors + 1}) {
    pair.ahead().watch(none);
    EXPECT_EQ(pair.ahead().read(kKernel, none, &c, 1), -1) << none;
    EXPECT_EQ(errno, EBADF);
    EXPECT_EQ(pair.ahead().held(none), 0U);
    pair.ahead().forget(none);
  }
  pair.send("x");
  EXPECT_EQ(pair.ahead().read(kKernel, pair.near(), &c, 0), 0)
      << "nothing was asked for, and nothing is taken";
  EXPECT_EQ(pair.read(1), "x");
}

TEST(ReadAhead, LeavesOthersAlone) {
  Pair pair;
  pair.ahead().forget(pair.near());
  pair.send("abc");
  EXPECT_EQ(pair.read(1), "a");
  EXPECT_EQ(pair.ahead().held(pair.near()), 0U);
  EXPECT_EQ(pair.read(9), "bc");
  EXPECT_EQ(reads, 2);
}

// A number is used again by the next connection, which may not see what the last one left.
TEST(ReadAhead, ANewConnectionBeginsWithNothing) {
  for (const bool forgotten : {true, false}) {
    Pair pair;
    pair.send("one after another");
    EXPECT_EQ(pair.read(3), "one");
    EXPECT_EQ(pair.ahead().held(pair.near()), 14U);
    if (forgotten) pair.ahead().forget(pair.near());
    pair.ahead().watch(pair.near());
    EXPECT_EQ(pair.ahead().held(pair.near()), 0U);
    pair.send("two");
    EXPECT_EQ(pair.read(9), "two");
  }
}

TEST(ReadAhead, PollOfManyNamesThoseThatHoldSomething) {
  Pair one;
  Pair two;
  one.ahead().watch(two.near());
  two.send("later");
  one.send("held");
  one.read(1);
  pollfd all[] = {{two.near(), POLLIN, 0}, {one.near(), POLLIN, 77}, {one.near(), POLLOUT, 77}};
  polls = 0;
  EXPECT_EQ(one.ahead().poll(kKernel, all, 3, 10'000), 1);
  EXPECT_EQ(polls, 0);
  EXPECT_THAT(std::vector({all[0].revents, all[1].revents, all[2].revents}),
              testing::ElementsAre(0, POLLIN, 0));
  EXPECT_EQ(one.ahead().poll(kKernel, &all[2], 1, 0), 1)
      << "whether it can be written to, only the kernel knows";
  EXPECT_EQ(all[2].revents, POLLOUT);
  one.read(9);
  EXPECT_EQ(one.ahead().poll(kKernel, all, 2, 10'000), 1);
  EXPECT_EQ(all[0].revents, POLLIN);
  one.ahead().forget(two.near());
}

// libmilter's workers pass connections to each other: what one has read, another hands out.
TEST(ReadAhead, WhatOneThreadHasReadAnotherTakes) {
  Pair pair;
  pair.send(std::string(1'000, 'a') + std::string(1'000, 'b'));
  std::thread([&] { EXPECT_EQ(pair.read(1'000), std::string(1'000, 'a')); }).join();
  std::thread([&] { EXPECT_EQ(pair.read(999), std::string(999, 'b')); }).join();
  EXPECT_EQ(pair.read(999), "b");
}

}  // namespace
}  // namespace alignd::milter
