// The OpenSPF suite for RFC 7208, every case twice: over a zone whose answers are there at once, and as a Run
// whose answers arrive one by one, in shuffled order, on another thread.
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "dns/table/lookups.h"
#include "tests/support/held_resolver.h"
#include "tests/support/suites.h"
#include "verifier/spf/run.h"

namespace alignd::test {
namespace {

constexpr const char* kSuite = "openspf-rfc7208";

// %{r} and %{t} are asked for by no case; the rest comes from the case.
spf::Request requestOf(const Case& one) {
  spf::Request request;
  request.client = IpAddress::parse(one.text("client_ip")).value();
  request.helo = one.text("helo");
  request.mailFrom = one.text("mail_from");
  request.receiver = "mx.example.org";
  request.now = UnixTime(std::chrono::seconds(1'700'000'000));
  return request;
}

// Where the suite allows several results, its first one is meant.
void compare(const Case& one, const spf::Result& result) {
  EXPECT_EQ(spf::statusWord(result.status), one.expect().at("spf").at(0).get<std::string>()) << result.text;
  std::string explanation = one.text("expect_explanation");
  if (explanation == "DEFAULT") explanation.clear();  // none of the domain's own
  if (!one.text("expect_explanation").empty()) {
    EXPECT_EQ(result.explanation, explanation);
  }
  EXPECT_LE(result.terms, spf::kMaxTerms);
  EXPECT_FALSE(result.text.empty());
}

void atOnce(const Case& one) {
  dns::Lookups lookups(std::make_shared<dns::ZoneResolver>(one.zone), {});
  const auto result = spf::evaluate(requestOf(one), {}, lookups);
  ASSERT_TRUE(result);
  compare(one, *result);
}

void shuffled(const Case& one) {
  dns::ProgressThreads progress;
  for (unsigned seed = 1; seed <= 4; ++seed) {
    auto resolver = std::make_shared<ShuffledResolver>(one.zone, seed);
    const Time now = std::chrono::steady_clock::now();
    dns::Lookups message(resolver, {});
    const auto run =
        spf::Run::start(requestOf(one), {}, resolver, {}, Time::max(), progress, message.mailbox(), now);
    while (!run->done()) message.wait(now + std::chrono::minutes(1));
    compare(one, run->mailFrom());
  }
}

}  // namespace
}  // namespace alignd::test

int main(int argc, char** argv) {
  using namespace alignd::test;
  return runSuites(argc, argv, [] {
    registerSuites({"Spf", {kSuite}}, atOnce);
    registerSuites({"SpfShuffled", {kSuite}}, shuffled);
  });
}
