// What a message is read and judged with, each alone: a signature, its author, the walk to its policy.
#include <string>

#include <benchmark/benchmark.h>

#include "tests/bench/milter/letters.h"
#include "tests/bench/verifier/cached_zone.h"
#include "verifier/dkim/signature.h"
#include "verifier/dmarc/evaluate.h"
#include "verifier/message/author.h"

namespace {

using namespace alignd;

void signatureParse(benchmark::State& state) {
  const std::string value = makeLetters().front().fields.front().second;
  for (auto _ : state) {
    auto signature = dkim::parseSignature(value, dkim::SignatureKind::Dkim, 256);
    if (!signature.ok()) state.SkipWithError("not a signature");
    benchmark::DoNotOptimize(signature);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(value.size()) * state.iterations());
}
BENCHMARK(signatureParse);

void fromParse(benchmark::State& state, const std::string& value, bool ambiguous) {
  message::HeaderBlock header;
  header.add({"Subject", " a letter"});
  header.add({"From", value});
  header.add({"To", " you@example.net"});
  for (auto _ : state) {
    const auto author = message::findAuthor(header);
    if (author.ambiguous() != ambiguous) state.SkipWithError("not the author that is meant");
    benchmark::DoNotOptimize(author);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(value.size()) * state.iterations());
}
BENCHMARK_CAPTURE(fromParse, plain, " Somebody <somebody@example.org>", false);
BENCHMARK_CAPTURE(fromParse, encoded, " =?utf-8?B?SsO8cmdlbiBNw7xsbGVy?= <j.mueller@example.org>", false);

// Comments in comments, quotes and brackets that never end: what a sender can make the parser do.
void fromParseHostile(benchmark::State& state) {
  std::string value = " ";
  for (int i = 0; static_cast<std::int64_t>(value.size()) < state.range(0); ++i)
    value += i % 3 == 0 ? "(\"(" : "\\\"<,;";
  fromParse(state, value + " a@example.org",
            message::findAuthor([&] {
              message::HeaderBlock header;
              header.add({"From", value + " a@example.org"});
              return header;
            }())
                .ambiguous());
}
BENCHMARK(fromParseHostile)->Arg(4 << 10)->Arg(16 << 10);

// The domain has no record; `parents` names above it are asked, the last but one has it.
void treeWalk(benchmark::State& state) {
  std::string author;
  for (std::int64_t i = 0; i < state.range(0); ++i) author += "l" + std::to_string(i) + ".";
  author += "example.org";
  const auto zone = std::make_shared<dns::Zone>();
  bench::addTxt(*zone, "_dmarc.example.org", "v=DMARC1; p=reject; sp=quarantine; rua=mailto:d@example.org");
  const auto resolver = std::make_shared<bench::CachedZone>(zone);
  message::Author from;
  from.domain = author;
  from.problem = message::AuthorProblem::None;
  dmarc::IdentifierInput spf;
  spf.kind = dmarc::Identifier::Kind::Spf;
  spf.domain = "example.org";
  spf.state = dmarc::IdentifierState::Pass;
  const std::vector<dmarc::IdentifierInput> identifiers{spf};
  const dmarc::Options options;
  for (auto _ : state) {
    dns::Lookups lookups(resolver, {});
    dmarc::askAhead(author, lookups);
    const auto result = dmarc::evaluate(from, identifiers, options, lookups);
    if (!result || result->status != dmarc::Status::Pass) state.SkipWithError("not a pass");
    benchmark::DoNotOptimize(result);
  }
}
BENCHMARK(treeWalk)->Arg(0)->Arg(1)->Arg(6);

}  // namespace
