#include "tests/bench/milter/letters.h"

#include <chrono>
#include <ctime>
#include <stdexcept>

#include "tests/unit/dkim/signer.h"
#include "verifier/dkim/crypto.h"
#include "verifier/dkim/public_key.h"

namespace alignd {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kMostSignatures = 5;

// Of this thread: others may be busy.
double cpuMilliseconds() {
  timespec time{};
  (void)::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

std::string textOf(std::size_t octets) {
  std::string out;
  for (int line = 0; out.size() < octets; ++line) {
    out += "Line " + std::to_string(line) + " of a letter, with words and blanks as people write them.\r\n";
  }
  return out;
}

std::string htmlOf(std::size_t octets) {
  std::string out;
  for (int cell = 0; out.size() < octets; ++cell) {
    out +=
        "    <td class=\"c\"><a href=\"https://example.org/" + std::to_string(cell) + "\">more</a></td>\r\n";
  }
  return out;
}

Mail makeMail(std::string name, std::string body, int signatures) {
  Mail mail{std::move(name), {}, std::move(body), signatures};
  const std::vector<std::pair<std::string, std::string>> letter{
      {"Received", " from a.example.org by b.example.org; Mon, 2 Nov 2026 10:00:00 +0000"},
      {"From", " Somebody <somebody@example.org>"},
      {"To", " You <rcpt@example.net>"},
      {"Subject", " About the matter of last week"},
      {"Date", " Mon, 2 Nov 2026 10:00:00 +0000"},
      {"Message-ID", " <20261102100000.1@example.org>"},
      {"MIME-Version", " 1.0"},
      {"Content-Type", " text/plain; charset=utf-8"}};
  std::vector<std::string> whole;
  for (const auto& [field, value] : letter) whole.push_back(field + ":" + value);
  for (int i = 0; i < signatures; ++i) {
    test::SignOptions options;
    options.s = "s" + std::to_string(i + 1);
    std::string field = test::sign(whole, mail.body, test::SigningKey::rsa(2048), options);
    std::erase(field, '\r');
    mail.fields.emplace_back("DKIM-Signature", field.substr(field.find(':') + 1));
  }
  mail.fields.insert(mail.fields.end(), letter.begin(), letter.end());
  return mail;
}

}  // namespace

std::vector<Mail> makeLetters() {
  return {makeMail("4 KiB text, 1 signature", textOf(3500), 1),
          makeMail("4 KiB text, 5 signatures", textOf(3500), kMostSignatures),
          makeMail("4 KiB text, unsigned", textOf(3500), 0),
          makeMail("100 KiB HTML, 1 signature", htmlOf(100'000), 1)};
}

std::string letterKeyRecord() {
  return test::SigningKey::rsa(2048).record();
}

std::vector<std::string> letterKeyNames() {
  std::vector<std::string> out;
  for (int i = 1; i <= kMostSignatures; ++i)
    out.push_back("s" + std::to_string(i) + "._domainkey.example.org");
  return out;
}

double arithmeticOf(const Mail& mail) {
  const auto& key = test::SigningKey::rsa(2048);
  const auto record = dkim::parseKeyRecord(key.record());
  const std::string signature = key.sign(mail.body);
  dkim::Sha256 hash;
  long rounds = 0;
  const double before = cpuMilliseconds();
  const auto start = Clock::now();
  for (; Clock::now() - start < 100ms; ++rounds) {
    hash.reset();
    hash.update(mail.body);
    const auto digest = hash.finish();
    for (int i = 0; i < mail.signatures; ++i) {
      if (!record.key->verify(digest, signature)) throw std::runtime_error("does not verify");
    }
  }
  return (cpuMilliseconds() - before) / static_cast<double>(rounds);
}

}  // namespace alignd
