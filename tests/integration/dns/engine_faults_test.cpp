// Every way in which a server can fail us ends in a named status, within the deadline, with nothing left
// behind.
#include <filesystem>
#include <functional>
#include <iterator>
#include <ostream>

#include <gtest/gtest.h>

#include "tests/integration/dns/asking.h"

namespace alignd::test {
namespace {

using dns::Status;
using dns::Type;

std::size_t openDescriptors() {
  std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

struct Fault {
  std::string name;
  Behavior behavior;
  Status status;
  bool once = false;  // only the first question meets it

  friend std::ostream& operator<<(std::ostream& out, const Fault& fault) { return out << fault.name; }
};

constexpr auto kUdp = Transport::Udp;
constexpr auto kTcp = Transport::Tcp;

// What happens to a TXT question at a lone server that misbehaves so.
const std::vector<Fault> kFaults{
    {"Honest", {}, Status::Ok},
    {"Slow", {.delay = 100ms}, Status::Ok},  // longer than the retry time: asked twice, answered
    {"SilentOnce", {.drop = true}, Status::Ok, true},
    {"Silent", {.drop = true}, Status::Timeout},
    {"ServFail", {.rcode = 2}, Status::ServerFailure},
    {"Refused", {.rcode = 5}, Status::Refused},
    {"FormErr", {.rcode = 1}, Status::ServerFailure},
    {"NotImp", {.rcode = 4}, Status::ServerFailure},
    {"UnknownRcode", {.rcode = 7}, Status::ServerFailure},
    {"NoEdnsFormErr", {.rcode = 1, .onlyWithEdns = true, .withoutOpt = true}, Status::Ok},
    {"NoEdnsNotImp", {.rcode = 4, .onlyWithEdns = true, .withoutOpt = true}, Status::Ok},
    {"Truncated", {.truncate = true}, Status::Ok},
    {"Oversized", {.oversized = true}, Status::Ok},
    {"WrongId", {.wrongId = true}, Status::Timeout},
    {"WrongIdThenRight", {.wrongId = true, .thenRight = true}, Status::Ok},
    {"WrongQuestion", {.wrongQuestion = true}, Status::Timeout},
    {"WrongQuestionThenRight", {.wrongQuestion = true, .thenRight = true}, Status::Ok},
    {"OtherPort", {.otherPort = true}, Status::Timeout},
    {"OtherPortThenRight", {.otherPort = true, .thenRight = true}, Status::Ok},
    {"ForeignOwners", {.foreignOwners = true}, Status::Ok},
    {"Reversed", {.reverse = true}, Status::Ok},
    {"GarbageOnce", {.damage = Damage::Garbage}, Status::Ok, true},
    {"HeaderOnlyOnce", {.damage = Damage::HeaderOnly}, Status::Ok, true},
    {"EmptyOnce", {.damage = Damage::Empty}, Status::Ok, true},
    {"Cut", {.damage = Damage::Cut}, Status::Malformed},
    {"CutUdp", {.only = kUdp, .damage = Damage::Cut}, Status::Ok},
    {"CompressionLoop", {.damage = Damage::CompressionLoop}, Status::Malformed},
    {"PointerLoop", {.damage = Damage::PointerLoop}, Status::Malformed},
    {"PointerBeyondEnd", {.damage = Damage::PointerBeyondEnd}, Status::Malformed},
    {"CountTooHigh", {.damage = Damage::CountTooHigh}, Status::Malformed},
    {"RdlengthTooLong", {.damage = Damage::RdlengthTooLong}, Status::Malformed},
    {"BadStringLength", {.damage = Damage::BadStringLength}, Status::Malformed},
    {"NotAReplyOnce", {.damage = Damage::NotAReply}, Status::Ok, true},
    {"ManyStrings", {.stringLength = 1}, Status::Ok},
    {"TcpSlow", {.truncate = true, .tcpOctetDelay = 200us}, Status::Ok},
    {"TcpTooSlow", {.truncate = true, .tcpOctetDelay = 100ms}, Status::Timeout},
    {"TcpHalfClosed", {.truncate = true, .tcpEnd = TcpEnd::HalfClose}, Status::Ok},
    {"TcpClosed", {.truncate = true, .tcpEnd = TcpEnd::Close}, Status::Ok},
    {"TcpCutHalfClosed",
     {.truncate = true, .tcpOctets = 30, .tcpEnd = TcpEnd::HalfClose},
     Status::Unreachable},
    {"TcpCutClosed", {.truncate = true, .tcpOctets = 1, .tcpEnd = TcpEnd::Close}, Status::Unreachable},
    {"TcpReset", {.truncate = true, .tcpOctets = 0, .tcpEnd = TcpEnd::Reset}, Status::Unreachable},
    {"TcpSilent", {.truncate = true, .tcpOctets = 5}, Status::Timeout},
    {"TcpServFail", {.rcode = 2, .only = kTcp}, Status::Ok},  // never gets there
};

class EngineFaults : public testing::TestWithParam<Fault> {};

TEST_P(EngineFaults, EndsInItsStatus) {
  const Fault& fault = GetParam();
  FaultDnsServer server;
  const std::string key = "v=DKIM1; p=" + std::string(600, 'A');
  server.edit(
      [&](dns::Zone& zone) { zone.add(name("s._domainkey.a.example"), Type::TXT, {300, dns::Txt(key)}); });
  // An odd name as well, which goes through our own sockets: the verdicts must be the same.
  server.edit([&](dns::Zone& zone) { zone.add(name("u+x=y.a.example"), Type::TXT, {300, dns::Txt(key)}); });
  const std::size_t before = openDescriptors();
  {
    // What comes in the end has the time for it on a busy machine, too.
    dns::Options options = optionsFor({&server}, fault.status == Status::Ok ? 10'000ms : 600ms);
    options.engine.retryAfter = 60ms;
    options.table.bytes = 0;
    dns::Service service(options);
    const std::vector<std::string> names{"s._domainkey.a.example", "u+x=y.a.example"};
    std::vector<Behavior> script{fault.behavior};
    if (fault.once) script.emplace_back();
    for (const auto& asked : names) server.behave(asked, std::nullopt, script);
    const auto answers = askAll(service.resolver(), {txt(names[0]), txt(names[1])});
    for (std::size_t i = 0; i < names.size(); ++i) {
      const dns::Answer& answer = *answers.at(i);
      EXPECT_EQ(dns::statusName(answer.status), dns::statusName(fault.status))
          << names[i] << ": " << answer.detail;
      if (fault.status == Status::Ok) {
        ASSERT_EQ(answer.records.size(), 1U) << names[i];
        EXPECT_EQ(std::get<dns::Txt>(answer.records[0].data), key) << names[i];
      } else {
        EXPECT_TRUE(answer.records.empty());
        // The resolver's own verdict, not that of a message that grew tired of waiting.
        EXPECT_NE(answer.detail.find(names[i]), std::string::npos) << answer.detail;
      }
    }
    const auto counters = service.counters();
    EXPECT_EQ(counters.engine.inFlight, 0U);
    EXPECT_EQ(counters.engine.waiting, 0U);
    EXPECT_EQ(counters.table.pending, 0U);
    EXPECT_EQ(counters.engine.overload, 0U);
  }
  server.forgetBehaviors();
  // The server's own connections end a moment after ours.
  for (int i = 0; i < 500 && openDescriptors() > before; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_LE(openDescriptors(), before);
}

INSTANTIATE_TEST_SUITE_P(Every, EngineFaults, testing::ValuesIn(kFaults),
                         [](const auto& fault) { return fault.param.name; });

// Octets that belong to no question of ours are no reply: what is asked ends as if nothing had come.
TEST(Engine, GarbageForeverIsSilenceOrMalformedButNeverData) {
  FaultDnsServer server;
  server.edit([](dns::Zone& zone) { zone.add(name("g.example"), Type::TXT, {300, dns::Txt("p=1")}); });
  dns::Service service(optionsFor({&server}, 500ms));
  for (const Damage damage : {Damage::Garbage, Damage::Empty, Damage::HeaderOnly, Damage::NotAReply}) {
    server.behave("g.example", std::nullopt, {{.damage = damage}});
    dns::Options options = optionsFor({&server}, 400ms);
    options.table.bytes = 0;
    dns::Service fresh(options);
    const auto answer = ask(fresh.resolver(), txt("g.example"));
    EXPECT_TRUE(answer->status == Status::Timeout || answer->status == Status::Malformed)
        << static_cast<int>(damage);
    EXPECT_TRUE(answer->records.empty());
  }
}

// RFC 1035 section 3.3.14 wants one string at least; c-ares 1.34 refuses such a reply, TCP of our own reads it. The same
// on every version: an empty text, and what stands beside it is not lost.
TEST(Engine, ATxtRecordWithoutAStringIsAnEmptyText) {
  FaultDnsServer server;
  server.edit([](dns::Zone& zone) { zone.add(name("e.example"), Type::TXT, {300, dns::Txt("p=1")}); });
  server.behave("e.example", std::nullopt, {{.damage = Damage::EmptyTxt}});
  dns::Service service(optionsFor({&server}, 2s));
  const auto answer = ask(service.resolver(), txt("e.example"));
  EXPECT_EQ(answer->status, Status::Ok) << answer->detail;
  ASSERT_EQ(answer->records.size(), 1U);
  EXPECT_EQ(std::get<dns::Txt>(answer->records[0].data), "");
}

// An answer that needs TCP, which then says nonsense.
TEST(Engine, DamageOverTcpIsMalformed) {
  FaultDnsServer server;
  server.edit([](dns::Zone& zone) {
    for (const char* text : {"big.a.example", "b+g.a.example"}) {
      zone.add(name(text), Type::TXT, {300, dns::Txt(std::string(5000, 'x'))});
    }
  });
  for (const char* text : {"big.a.example", "b+g.a.example"}) {
    for (const Damage damage : {Damage::Garbage, Damage::HeaderOnly, Damage::Cut, Damage::CompressionLoop,
                                Damage::NotAReply, Damage::Empty, Damage::CountTooHigh}) {
      dns::Service service(optionsFor({&server}, 600ms));
      server.behave(text, std::nullopt, {{.only = kTcp, .damage = damage}});
      const auto answer = ask(service.resolver(), txt(text));
      EXPECT_EQ(dns::statusName(answer->status), dns::statusName(Status::Malformed))
          << static_cast<int>(damage);
    }
    server.forgetBehaviors();
    dns::Service service(optionsFor({&server}));
    const auto answer = ask(service.resolver(), txt(text));
    ASSERT_EQ(answer->status, Status::Ok) << answer->detail;
    EXPECT_EQ(std::get<dns::Txt>(answer->records.at(0).data).size(), 5000U);
  }
}

// Part of the records is no answer: an SPF or key record may be among those that are missing (issue: TC=1 over TCP).
TEST(Engine, AReplyThatIsCutOffOverTcpTooIsATemporaryFailure) {
  FaultDnsServer server;
  server.edit([](dns::Zone& zone) {
    for (const char* text : {"half.a.example", "h+f.a.example"}) {
      zone.add(name(text), Type::TXT, {300, dns::Txt("v=spf1 -all")});
      zone.add(name(text), Type::TXT, {300, dns::Txt("another text")});
    }
  });
  server.behaveByDefault({.truncate = true, .partial = true});
  dns::Service service(optionsFor({&server}));
  for (const char* text : {"half.a.example", "h+f.a.example", "none.a.example"}) {
    const auto answer = ask(service.resolver(), txt(text));
    EXPECT_EQ(dns::statusName(answer->status), dns::statusName(Status::Malformed)) << text;
    EXPECT_TRUE(answer->temporary());
    EXPECT_TRUE(answer->records.empty());
    EXPECT_EQ(answer->detail,
              "a reply that is cut off (TC=1) over TCP from " + server.address() + " for " + text);
    EXPECT_GE(server.count(text, Type::TXT, kTcp), 1U);
  }
}

// A server that once says FORMERR must not cost every later question its EDNS.
TEST(Engine, OneFormErrWithoutOptChangesNothingForTheNextQuestions) {
  FaultDnsServer server;
  server.edit([](dns::Zone& zone) {
    zone.add(name("odd.example"), Type::TXT, {300, dns::Txt("x")});
    for (int i = 0; i < 8; ++i) {
      zone.add(name("k" + std::to_string(i) + ".example"), Type::TXT, {300, dns::Txt(std::string(800, 'k'))});
    }
  });
  server.behave("odd.example", std::nullopt, {{.rcode = 1, .onlyWithEdns = true, .withoutOpt = true}});
  dns::Options options = optionsFor({&server});
  options.engine.channels = 1;
  dns::Service service(options);
  EXPECT_EQ(ask(service.resolver(), txt("odd.example"))->status, Status::Ok);
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(ask(service.resolver(), txt("k" + std::to_string(i) + ".example"))->status, Status::Ok);
  }
  EXPECT_EQ(service.counters().engine.tcp, 0U);
}

}  // namespace
}  // namespace alignd::test
