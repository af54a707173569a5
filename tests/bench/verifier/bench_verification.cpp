// A whole message from MAIL FROM to its Verdict: warm, without a server (what it costs, and how many allocations), and
// cold, with a server that answers after 20 ms. And what is made of a Verdict: the field, the log line.
#include <chrono>
#include <string>

#include <benchmark/benchmark.h>

#include "dns/engine/service.h"
#include "tests/bench/milter/letters.h"
#include "tests/bench/verifier/allocations.h"
#include "tests/bench/verifier/cached_zone.h"
#include "tests/support/fault_dns_server.h"
#include "verifier/authres/write.h"
#include "verifier/policy/decide.h"
#include "verifier/report/line.h"
#include "verifier/verification.h"

namespace {

using namespace alignd;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

void fill(dns::Zone& zone) {
  bench::addTxt(zone, "example.org", "v=spf1 include:_spf.example.net -all");
  bench::addTxt(zone, "_spf.example.net", "v=spf1 ip4:192.0.2.0/24 ~all");
  bench::addTxt(zone, "_dmarc.example.org", "v=DMARC1; p=reject; rua=mailto:d@example.org");
  for (const auto& name : letterKeyNames()) bench::addTxt(zone, name, letterKeyRecord());
}

// As the letters hold them for an MTA, with folds of LF; a verifier wants the octets of the message.
Mail asSent(std::size_t letter) {
  Mail mail = makeLetters().at(letter);
  for (auto& [name, value] : mail.fields) {
    for (auto lf = value.find('\n'); lf != std::string::npos; lf = value.find('\n', lf + 2))
      value.insert(lf, "\r");
  }
  return mail;
}

const Verdict& verify(Verification& verification, const Mail& mail) {
  const Time now = steady_clock::now();
  Client client;
  client.address = IpAddress::parse("192.0.2.1");
  client.helo = "mail.example.org";
  verification.begin(client, "somebody@example.org", false, Exemption::None, now,
                     UnixTime(std::chrono::seconds(1'793'614'000)));
  verification.recipient("you@example.net");
  for (const auto& [name, value] : mail.fields) verification.field({name, value}, now);
  verification.endOfHeader(now);
  verification.body(std::as_bytes(std::span(mail.body)));
  while (!verification.ready(steady_clock::now())) verification.wait();
  const Verdict& verdict = verification.finish(steady_clock::now());
  if (verdict.dmarc.status != dmarc::Status::Pass) throw std::runtime_error(verdict.dmarc.text);
  return verdict;
}

dns::ProgressThreads& progress() {
  static dns::ProgressThreads threads;
  return threads;
}

std::shared_ptr<bench::CachedZone> warmResolver() {
  auto zone = std::make_shared<dns::Zone>();
  fill(*zone);
  return std::make_shared<bench::CachedZone>(zone);
}

// Arguments: the letter.
void warm(benchmark::State& state) {
  const Mail mail = asSent(static_cast<std::size_t>(state.range(0)));
  Verification verification(std::make_shared<VerificationOptions>(), warmResolver(), progress());
  verify(verification, mail);
  const std::size_t before = bench::allocations();
  for (auto _ : state) benchmark::DoNotOptimize(verify(verification, mail));
  state.counters["allocations"] =
      static_cast<double>(bench::allocations() - before) / static_cast<double>(state.iterations());
  state.SetLabel(mail.name);
}
BENCHMARK(warm)->DenseRange(0, 3)->Unit(benchmark::kMicrosecond);

// One round trip for what is known at MAIL FROM, one for the include; the keys and the policy travel with them.
void cold(benchmark::State& state) {
  test::FaultDnsServer server;
  server.edit(fill);
  server.setLatency(20ms);
  dns::Options options;
  options.engine.servers = {std::get<dns::ServerAddress>(dns::parseServerAddress(server.address()))};
  options.table.bytes = 0;  // nothing is kept: every message is cold
  dns::Service service(options);
  const Mail mail = asSent(static_cast<std::size_t>(state.range(0)));
  Verification verification(std::make_shared<VerificationOptions>(), service.resolver(), progress());
  for (auto _ : state) verify(verification, mail);
  state.SetLabel(mail.name);
}
BENCHMARK(cold)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond)->UseRealTime();

struct Judged {
  explicit Judged(std::int64_t letter) {
    const Mail mail = asSent(static_cast<std::size_t>(letter));
    Verification verification(std::make_shared<VerificationOptions>(), warmResolver(), progress());
    verdict = verify(verification, mail);
    decision = policy::decide(verdict, policy::Facts(), policy::Options());
  }
  Verdict verdict;
  policy::Decision decision;
};

void writeField(benchmark::State& state) {
  const Judged judged(state.range(0));
  authres::Options options;
  options.authservId = "mx.example.net";
  const std::size_t before = bench::allocations();
  for (auto _ : state) benchmark::DoNotOptimize(authres::write(judged.verdict, judged.decision, options));
  state.counters["allocations"] =
      static_cast<double>(bench::allocations() - before) / static_cast<double>(state.iterations());
}
BENCHMARK(writeField)->DenseRange(0, 2);

void verdictLine(benchmark::State& state) {
  const Judged judged(state.range(0));
  report::Context context;
  context.queueId = "4QueueId0";
  std::string line;
  const std::size_t before = bench::allocations();
  for (auto _ : state) {
    line.clear();
    report::appendLine(line, report::Format::Json, judged.verdict, judged.decision, context);
  }
  state.counters["allocations"] =
      static_cast<double>(bench::allocations() - before) / static_cast<double>(state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(line.size()) * state.iterations());
}
BENCHMARK(verdictLine)->DenseRange(0, 2);

}  // namespace
