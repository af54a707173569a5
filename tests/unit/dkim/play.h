// Plays one message through MessageVerifier with zones in memory: what the tests of whole messages share.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dns/zone/zone.h"
#include "tests/support/stale_resolver.h"
#include "tests/unit/dkim/signer.h"
#include "verifier/dkim/verifier.h"

namespace alignd::test {

/// Answers from a zone and notes what was asked.
class RecordingResolver final : public dns::Resolver {
 public:
  dns::AnswerPtr findOrAsk(const dns::Question& question, const std::shared_ptr<dns::Mailbox>&, dns::Need,
                           Time now) override {
    asked.push_back(question.name.text());
    if (stale) return failureBeside(zone, question);
    return silent ? nullptr : zone.answer(question, now);
  }
  dns::Zone zone;
  std::vector<std::string> asked;
  bool silent = false;  // no answer ever comes
  bool stale = false;   // all servers fail, and what they said before is known
};

/// A message, its surroundings, and the verifier that it is given to; everything may be changed before run().
struct Play {
  Fields fields{"From: Ann <ann@example.org>", "To: bob@example.net", "Subject: hello",
                "Date: Thu, 1 Jan 2026 00:00:00 +0000"};
  std::string body = "Some text.\r\n";
  dkim::Options options;
  std::string authorDomain = "example.org";
  std::vector<std::string> recipients{"bob@example.net"};
  std::int64_t now = 1767225600;
  WorkBudget work{1'000'000'000};
  bool bounded = true;  // by `work`
  std::shared_ptr<RecordingResolver> resolver = std::make_shared<RecordingResolver>();

  void txt(std::string_view name, std::string record);
  void cname(std::string_view name, std::string_view target);
  void fail(std::string_view name, dns::Status status);
  /// Signs what `fields` and `body` are now and puts the signature on top; publishes the key too.
  void sign(const SigningKey& key = SigningKey::rsa(2048), const SignOptions& how = {});
  /// The field on top, edited: for tests that break signatures.
  std::string& top() { return fields.front(); }

  dkim::Result run();
  /// run() of a message with one signature.
  dkim::SignatureResult one();
};

}  // namespace alignd::test
