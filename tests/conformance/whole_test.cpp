// Every case with a message, through the class that joins all mechanisms: what a milter session does, without
// the milter.
#include <cstddef>
#include <cstring>
#include <fstream>
#include <map>
#include <regex>

#include <gtest/gtest.h>

#include "tests/support/judge.h"
#include "tests/support/suites.h"
#include "verifier/authres/write.h"
#include "verifier/cause/explain.h"
#include "verifier/message/split.h"
#include "verifier/verification.h"

namespace alignd {
namespace {

using test::Case;

const std::vector<std::string>& suites() {
  static const std::vector<std::string> kSuites{
      "rfc-examples",      "mail-dkim",        "opendkim",  "dkimpy",         "mox",
      "go-msgauth",        "mailauth",         "edge-dkim", "arc-validation", "rfc9989-examples",
      "mailauth-js-dmarc", "mail-dmarc-parse", "espoofer",  "attacks-from",   "attacks-ar",
      "attacks-dkim",      "field-reports"};
  return kSuites;
}

dns::ProgressThreads& progress() {
  static dns::ProgressThreads thread;
  return thread;
}

Verdict judge(const Case& one) {
  const auto options = std::make_shared<const VerificationOptions>();
  const Time now{};
  Verification verification(options, std::make_shared<dns::ZoneResolver>(one.zone), progress());
  Client client;
  client.address = IpAddress::parse(one.text("client_ip"));
  client.helo = one.text("helo");
  verification.begin(client, one.text("mail_from"), false, Exemption::None, now, one.arrival());
  const std::string recipient = one.text("rcpt_to");
  verification.recipient(recipient.empty() ? "rcpt@example.net" : recipient);
  const auto message = message::split(one.message);
  for (const auto& field : message.fields) verification.field(field, now);
  verification.endOfHeader(now);
  if (verification.wantsBody()) {
    verification.body(std::as_bytes(std::span(message.body.data(), message.body.size())));
  }
  while (!verification.ready(now)) verification.wait();
  return verification.finish(now);
}

// Comments removed, quoted strings blanked: what a careless reader still sees.
std::string naked(std::string_view value) {
  std::string out;
  int comment = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if ((quoted || comment > 0) && c == '\\') {
      ++i;
    } else if (quoted) {
      if (c == '"') quoted = false;
    } else if (c == '(') {
      ++comment;
    } else if (c == ')' && comment > 0) {
      --comment;
    } else if (comment == 0 && c == '"') {
      quoted = true;
      out += "\"\"";
    } else if (comment == 0) {
      out += c;
    }
  }
  return out;
}

// tests/data/why.txt: "CAUSE CASE" a line.
const std::map<std::string, std::string>& causes() {
  static const auto kCauses = [] {
    std::map<std::string, std::string> out;
    std::ifstream in(ALIGND_TEST_DATA "/why.txt");
    std::string word;
    std::string id;
    while (in >> word && std::getline(in >> std::ws, id)) out[id] = word;
    return out;
  }();
  return kCauses;
}

// The cause is the one in the list, never contradicts the verdict, and each that is to be mended says how.
void checkCause(const Case& one, const Verdict& verdict) {
  using cause::Why;
  const Why why = cause::whyOf(verdict);
  const auto known = causes().find(one.id);
  if (known == causes().end()) {
    ADD_FAILURE() << "not in why.txt: " << cause::word(why) << ' ' << one.id;
  } else {
    EXPECT_EQ(cause::word(why), known->second) << one.id << ": " << cause::explain(verdict);
  }
  const dmarc::Status status = verdict.dmarc.status;
  EXPECT_EQ(why == Why::Aligned, status == dmarc::Status::Pass);
  EXPECT_EQ(why == Why::AmbiguousAuthor, verdict.author.ambiguous());
  if (why == Why::NoPolicy) {
    EXPECT_EQ(status, dmarc::Status::None);
  }
  if (why == Why::DnsTrouble) {
    EXPECT_EQ(status, dmarc::Status::TempError);
  }
  EXPECT_NE(cause::explain(verdict), "") << one.id;
  EXPECT_LE(cause::explain(verdict).size(), cause::kMaxText) << one.id;
  EXPECT_EQ(cause::remedy(verdict).empty(), why == Why::Aligned) << one.id;
}

void play(const Case& one) {
  const Verdict verdict = judge(one);
  for (const auto& line : test::disagreements(one, verdict, {"spf", "dkim", "arc", "dmarc"})) {
    ADD_FAILURE() << line;
  }
  checkCause(one, verdict);
  authres::Options options;
  options.authservId = "mx.receiver.example";
  const std::string value = authres::write(verdict, policy::Decision(), options);
  const std::string bare = naked(value);
  const auto expect = one.expect();
  for (const auto& pattern : expect.value("ar_forbid", nlohmann::json::array())) {
    EXPECT_FALSE(std::regex_search(bare, std::regex(pattern.get<std::string>()))) << value;
  }
}

}  // namespace
}  // namespace alignd

int main(int argc, char** argv) {
  return alignd::test::runSuites(
      argc, argv, [] { alignd::test::registerSuites({"Whole", alignd::suites(), true}, alignd::play); });
}
