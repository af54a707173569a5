// A whole message through MessageVerifier, keys cached, against what cannot be avoided: one SHA-256 over the body a
// canonicalization and one RSA verification a signature.
#include <algorithm>
#include <memory>
#include <random>
#include <span>
#include <string>

#include <benchmark/benchmark.h>

#include "dns/zone/zone.h"
#include "tests/unit/dkim/signer.h"
#include "verifier/dkim/verifier.h"

namespace {

using namespace alignd;

struct Mail {
  test::Fields fields{
      "Received: from a.example.org by b.example.net with ESMTPS id 123; Thu, 1 Jan 2026 00:00:00 +0000",
      "From: Ann Author <ann@example.org>",
      "To: Bob Reader <bob@example.net>",
      "Subject: a message of some length, as they are sent every day",
      "Date: Thu, 1 Jan 2026 00:00:00 +0000",
      "Message-ID: <1234567890.abcdef@example.org>",
      "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=utf-8"};
  std::string body;
  std::shared_ptr<dns::Resolver> resolver;
};

Mail makeMail(std::size_t bodySize, int signatures) {
  Mail mail;
  std::mt19937 random(4);
  while (mail.body.size() < bodySize) {
    for (int i = 0; i < 11; ++i) {
      for (std::size_t j = 2 + random() % 8; j > 0; --j) mail.body += static_cast<char>('a' + random() % 26);
      mail.body += i == 10 ? "\r\n" : " ";
    }
  }
  auto zone = std::make_shared<dns::Zone>();
  const auto& key = test::SigningKey::rsa(2048);
  for (int i = 0; i < signatures; ++i) {
    test::SignOptions how;
    how.s = "s" + std::to_string(i);
    how.h = "from:to:subject:date:message-id:mime-version:content-type";
    mail.fields.insert(mail.fields.begin(), test::sign(mail.fields, mail.body, key, how));
    zone->add(*dns::Name::parse(how.s + "._domainkey.example.org"), dns::Type::TXT,
              {300, dns::Txt(key.record())});
  }
  // Answers are shared from message to message, as the answer table does it.
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
  mail.resolver = std::make_shared<Cache>(zone);
  return mail;
}

void wholeMessage(benchmark::State& state) {
  const auto signatures = static_cast<int>(state.range(1));
  const Mail mail = makeMail(static_cast<std::size_t>(state.range(0)), signatures);
  const dkim::Options options;
  dkim::MessageVerifier verifier(options);
  dkim::BodyHashes bodies;
  message::HeaderBlock header;
  message::Author author;
  author.domain = "example.org";
  for (auto _ : state) {
    dns::Lookups lookups(mail.resolver, {});
    header.clear();
    verifier.reset();
    bodies.reset();
    for (const auto& field : mail.fields) {
      const std::size_t colon = field.find(':');
      header.add({std::string_view(field).substr(0, colon), std::string_view(field).substr(colon + 1)});
      verifier.field(header, header.size() - 1, lookups);
    }
    verifier.endOfHeader(header, author, bodies, lookups);
    bodies.feed(std::as_bytes(std::span(mail.body.data(), mail.body.size())));
    bodies.finish();
    if (!verifier.ready(lookups)) state.SkipWithError("not ready");
    const auto result = verifier.finish(header, bodies, lookups, {}, UnixTime{});
    if (std::any_of(result.signatures.begin(), result.signatures.end(),
                    [](auto& one) { return !one.passes(); })) {
      state.SkipWithError("does not pass");
    }
  }
}

void floorOfIt(benchmark::State& state) {
  const Mail mail = makeMail(static_cast<std::size_t>(state.range(0)), 0);
  const auto& key = test::SigningKey::rsa(2048);
  const auto record = dkim::parseKeyRecord(key.record());
  const std::string signature = key.sign(mail.body);
  dkim::Sha256 hash;
  for (auto _ : state) {
    hash.reset();
    hash.update(mail.body);
    const auto digest = hash.finish();
    for (std::int64_t i = 0; i < state.range(1); ++i) {
      if (!record.key->verify(digest, signature)) state.SkipWithError("does not verify");
    }
  }
}

void sizes(benchmark::internal::Benchmark* one) {
  one->Args({4096, 1})->Args({20480, 2})->Args({1 << 20, 1});
}
BENCHMARK(floorOfIt)->Apply(sizes);
BENCHMARK(wholeMessage)->Apply(sizes);
BENCHMARK(wholeMessage)->Args({4096, 0});

}  // namespace
