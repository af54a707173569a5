// What an evaluation costs when all answers are here, and what parsing costs.
#include <memory>
#include <string>

#include <benchmark/benchmark.h>

#include "dns/zone/zone.h"
#include "verifier/spf/evaluate.h"
#include "verifier/spf/record.h"

namespace {

using namespace alignd;

// Answers made once, as the cache holds them, so that parsed records are found again.
class Warm final : public dns::Resolver {
 public:
  explicit Warm(std::shared_ptr<const dns::Zone> zone) : zone_(std::move(zone)) {}
  dns::AnswerPtr findOrAsk(const dns::Question& question, const std::shared_ptr<dns::Mailbox>&, dns::Need,
                           Time) override {
    dns::AnswerPtr& answer = answers_[question];
    if (!answer) answer = zone_->answer(question, {});
    return answer;
  }

 private:
  std::shared_ptr<const dns::Zone> zone_;
  std::unordered_map<dns::Question, dns::AnswerPtr> answers_;
};

void addTxt(dns::Zone& zone, const std::string& name, const std::string& text) {
  zone.add(dns::Name::parse(name).value(), dns::Type::TXT, {300, text});
}

std::string networks(int count) {
  std::string out = "v=spf1";
  for (int i = 0; i < count; ++i)
    out += " ip4:10." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ".0/24";
  return out;
}

void warm(benchmark::State& state, const std::shared_ptr<dns::Zone>& zone) {
  const auto resolver = std::make_shared<Warm>(zone);
  spf::Request request;
  request.client = IpAddress::v4({192, 0, 2, 1});
  request.mailFrom = "user@example.com";
  request.helo = "mail.example.com";
  for (auto _ : state) {
    dns::Lookups lookups(resolver, {});
    auto result = spf::evaluate(request, {}, lookups);
    if (!result || result->status != spf::Status::Pass) state.SkipWithError("not a pass");
    benchmark::DoNotOptimize(result);
  }
}

void warmSmall(benchmark::State& state) {
  auto zone = std::make_shared<dns::Zone>();
  addTxt(*zone, "example.com", "v=spf1 include:_spf.example.net ~all");
  addTxt(*zone, "_spf.example.net", "v=spf1 ip4:198.51.100.0/24 ip4:192.0.2.0/24 ~all");
  warm(state, zone);
}
BENCHMARK(warmSmall);

// As large as is read: 8 KiB.
void warmLarge(benchmark::State& state) {
  auto zone = std::make_shared<dns::Zone>();
  addTxt(*zone, "example.com", networks(430) + " ip4:192.0.2.1 -all");
  warm(state, zone);
}
BENCHMARK(warmLarge)->Unit(benchmark::kMicrosecond);

void parse(benchmark::State& state) {
  const std::string text = networks(static_cast<int>(state.range(0))) + " include:%{ir}._spf.%{d2} -all";
  for (auto _ : state) benchmark::DoNotOptimize(spf::parseRecord(text));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
BENCHMARK(parse)->Arg(5)->Arg(430)->Unit(benchmark::kMicrosecond);

}  // namespace
