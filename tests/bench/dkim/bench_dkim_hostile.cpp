// What an attacker can make the verifier do with 900 kB of header or with keys of his own (issue 12 item 8). No test
// asserts a time; tests/unit/dkim/work_test.cpp asserts the work.
#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

#include "dns/zone/zone.h"
#include "tests/unit/dkim/signer.h"
#include "verifier/dkim/verifier.h"

namespace {

using namespace alignd;

constexpr std::size_t kFat = 900'000;

struct Attack {
  test::Fields fields{"From: Ann <ann@example.org>"};
  std::vector<std::string> recipients;
  std::shared_ptr<dns::Zone> zone = std::make_shared<dns::Zone>();

  void txt(const std::string& selector, std::string record) {
    zone->add(*dns::Name::parse(selector + "._domainkey.example.org"), dns::Type::TXT,
              {300, dns::Txt(std::move(record))});
  }
  void sign(const std::string& selector, const std::string& h, const std::string& extra = {}) {
    const auto& key = test::SigningKey::rsa(1024);
    txt(selector, key.record());
    fields.insert(fields.begin(), test::sign(fields, "", key, {.s = selector, .h = h, .extra = extra}));
  }
};

// Ten signatures over 250 To fields, a hundred recipients that stand in none of them.
Attack recipients() {
  Attack out;
  std::string names = "from";
  for (int i = 0; i < 250; ++i) {
    std::string list = "To: ";
    while (list.size() < kFat / 250) list += "rcpt" + std::to_string(list.size()) + "@example.net,";
    out.fields.push_back(list + "x@example.net");
    names += ":to";
  }
  for (int i = 0; i < 100; ++i) out.recipients.push_back("rcpt" + std::to_string(i) + "@example.com");
  for (int i = 0; i < 10; ++i) out.sign("s" + std::to_string(i), names);
  return out;
}

// A hundred copies in z= of a field that stands a hundred times, in ten signatures that fail.
Attack copies() {
  Attack out;
  std::string z = "z=X-Fat:0";
  for (int i = 1; i < 100; ++i) z += "|X-Fat:" + std::to_string(i);
  for (int i = 0; i < 100; ++i) out.fields.push_back("X-Fat: " + std::string(kFat / 100, 'x'));
  for (int i = 0; i < 10; ++i) out.sign("s" + std::to_string(i), "from", z + "; ");
  out.fields[10] += "x";
  return out;
}

std::string der(char tag, std::string_view content) {
  std::string out(1, tag);
  if (content.size() >= 0x100) {
    out += "\x82";
    out += static_cast<char>(content.size() >> 8);
  } else if (content.size() >= 0x80) {
    out += "\x81";
  }
  out += static_cast<char>(content.size() & 0xff);
  return out + std::string(content);
}

// Ten signatures, four keys of 8192 bits at each name, exponents of this many octets.
Attack keys(std::size_t exponentOctets) {
  Attack out;
  for (int i = 0; i < 10; ++i) out.sign("s" + std::to_string(i), "from");
  out.zone = std::make_shared<dns::Zone>();
  for (int i = 0; i < 10; ++i) {
    for (int j = 0; j < 4; ++j) {
      const std::string modulus =
          std::string(1, '\0') + std::string(1023, '\xc5') + static_cast<char>(2 * j + 1);
      const std::string exponent = std::string(1, '\0') + (exponentOctets == 5 ? "\x01" : "\xff") +
                                   std::string(exponentOctets - 1, '\xff');
      out.txt("s" + std::to_string(i),
              "p=" + test::base64(der('\x30', der('\x02', modulus) + der('\x02', exponent))));
    }
  }
  for (auto& field : out.fields) {
    const std::size_t b = field.rfind("b=");
    if (field.starts_with("DKIM-Signature")) {
      field = field.substr(0, b + 2) + test::base64(std::string(1024, '\x42'));
    }
  }
  return out;
}

void play(benchmark::State& state, const Attack& attack) {
  class Cache final : public dns::Resolver {
   public:
    explicit Cache(std::shared_ptr<dns::Zone> zone) : zone_(std::move(zone)) {}
    dns::AnswerPtr findOrAsk(const dns::Question& question, const std::shared_ptr<dns::Mailbox>&, dns::Need,
                             Time now) override {
      auto& answer = answers_[question];
      if (answer == nullptr) answer = zone_->answer(question, now);
      return answer;
    }

   private:
    std::shared_ptr<dns::Zone> zone_;
    std::unordered_map<dns::Question, dns::AnswerPtr> answers_;
  };
  const auto resolver = std::make_shared<Cache>(attack.zone);
  dkim::MessageVerifier verifier{dkim::Options()};
  dkim::BodyHashes bodies;
  message::HeaderBlock header;
  message::Author author;
  for (auto _ : state) {
    dns::Lookups lookups(resolver, {});
    header.clear();
    verifier.reset();
    bodies.reset();
    for (const auto& field : attack.fields) {
      const std::size_t colon = field.find(':');
      header.add({std::string_view(field).substr(0, colon), std::string_view(field).substr(colon + 1)});
      verifier.field(header, header.size() - 1, lookups);
    }
    verifier.endOfHeader(header, author, bodies, lookups);
    bodies.finish();
    if (!verifier.ready(lookups)) state.SkipWithError("not ready");
    benchmark::DoNotOptimize(verifier.finish(header, bodies, lookups, attack.recipients, UnixTime{}));
  }
}

void hostileRecipients(benchmark::State& state) {
  play(state, recipients());
}
void hostileCopies(benchmark::State& state) {
  play(state, copies());
}
// The argument is the size of the exponent in octets; over five it is refused.
void hostileKeys(benchmark::State& state) {
  play(state, keys(static_cast<std::size_t>(state.range(0))));
}

BENCHMARK(hostileRecipients)->Unit(benchmark::kMillisecond);
BENCHMARK(hostileCopies)->Unit(benchmark::kMillisecond);
BENCHMARK(hostileKeys)->Arg(3)->Arg(5)->Arg(8)->Unit(benchmark::kMillisecond);

}  // namespace
