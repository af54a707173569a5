// The DKIM suites beside the project, played through dkim::MessageVerifier: a GoogleTest case a case.
#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/suites.h"
#include "verifier/dkim/verifier.h"
#include "verifier/message/split.h"

namespace alignd {
namespace {

using test::Case;

const std::vector<std::string>& suites() {
  static const std::vector<std::string> kSuites{"rfc-examples", "mail-dkim", "opendkim",
                                                "dkimpy",       "mox",       "go-msgauth",
                                                "mailauth",     "edge-dkim", "attacks-dkim"};
  return kSuites;
}

// The body in pieces of `cut` octets.
dkim::Result verify(const Case& one, std::size_t cut) {
  dns::Lookups lookups(std::make_shared<dns::ZoneResolver>(one.zone), {});
  const dkim::Options options;
  dkim::BodyHashes bodies(options.maximumBodyHashes);
  dkim::MessageVerifier verifier(options);
  message::HeaderBlock header;
  const auto message = message::split(one.message);
  for (const auto& field : message.fields) {
    header.add(field);
    verifier.field(header, header.size() - 1, lookups);
  }
  verifier.endOfHeader(header, message::Author(), bodies, lookups);
  const auto body = std::as_bytes(std::span(message.body.data(), message.body.size()));
  for (std::size_t at = 0; at < body.size(); at += cut) {
    bodies.feed(body.subspan(at, std::min(cut, body.size() - at)));
  }
  bodies.finish();
  EXPECT_TRUE(verifier.ready(lookups)) << "a zone answers at once";
  const std::string recipient = one.text("rcpt_to");
  return verifier.finish(header, bodies, lookups, {recipient}, one.arrival());
}

std::string told(const dkim::SignatureResult& result) {
  return std::string(dkim::statusWord(result.status)) + " (" + std::string(dkim::reasonWord(result.reason)) +
         ": " + result.text + ")";
}

void compare(const Case& one, const dkim::Result& result) {
  const auto expected = one.expect().value("dkim", nlohmann::json::array());
  for (const auto& entry : expected) {
    const auto words = entry.at("result").get<std::vector<std::string>>();
    const auto accepts = [&](std::string_view word) {
      return std::find(words.begin(), words.end(), word) != words.end();
    };
    if (entry.value("domain", nlohmann::json()).is_null()) {
      EXPECT_TRUE(result.signatures.empty() ? accepts("none")
                                            : accepts(dkim::statusWord(result.signatures[0].status)));
      continue;
    }
    const auto index = entry.at("index").get<std::size_t>();
    if (index >= result.signatures.size()) {
      EXPECT_TRUE(accepts("none")) << "signature " << index << " was not looked at";
      continue;
    }
    const auto& signature = result.signatures[index];
    EXPECT_TRUE(accepts(dkim::statusWord(signature.status)))
        << "signature " << index << ": " << told(signature) << ", expected " << entry.at("result");
    // A field that is no tag list at all may tell no domain.
    if (!signature.domain.empty()) {
      EXPECT_EQ(signature.domain, test::octets(entry.at("domain")));
    }
    if (const auto b = entry.find("b"); b != entry.end() && !signature.signature.empty()) {
      EXPECT_EQ(signature.signature.substr(0, 8), b->get<std::string>().substr(0, 8));
    }
  }
  if (expected.empty()) {  // nothing that could pass
    for (const auto& signature : result.signatures) EXPECT_FALSE(signature.passes()) << told(signature);
  }
}

void expectSame(const dkim::Result& a, const dkim::Result& b) {
  ASSERT_EQ(a.signatures.size(), b.signatures.size());
  for (std::size_t i = 0; i < a.signatures.size(); ++i) {
    EXPECT_EQ(told(a.signatures[i]), told(b.signatures[i]));
    EXPECT_EQ(a.signatures[i].unsignedBytes, b.signatures[i].unsignedBytes);
  }
}

void play(const Case& one) {
  const auto whole = verify(one, one.message.size() + 1);
  compare(one, whole);
  for (const std::size_t cut : {std::size_t{1}, std::size_t{7}, std::size_t{4096}}) {
    expectSame(whole, verify(one, cut));
  }
}

}  // namespace
}  // namespace alignd

int main(int argc, char** argv) {
  return alignd::test::runSuites(
      argc, argv, [] { alignd::test::registerSuites({"Dkim", alignd::suites(), true}, alignd::play); });
}
