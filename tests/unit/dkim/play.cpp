#include "tests/unit/dkim/play.h"

#include <span>

#include <gtest/gtest.h>

namespace alignd::test {

namespace {

dns::Name nameOf(std::string_view text) {
  return dns::Name::parse(text).value();
}

}  // namespace

void Play::txt(std::string_view name, std::string record) {
  resolver->zone.add(nameOf(name), dns::Type::TXT, {300, dns::Txt(std::move(record))});
}

void Play::cname(std::string_view name, std::string_view target) {
  resolver->zone.add(nameOf(name), dns::Type::CNAME, {300, nameOf(target)});
}

void Play::fail(std::string_view name, dns::Status status) {
  resolver->zone.fail(nameOf(name), nullptr, status);
}

void Play::sign(const SigningKey& key, const SignOptions& how) {
  txt(how.s + "._domainkey." + how.d, key.record());
  fields.insert(fields.begin(), test::sign(fields, body, key, how));
}

dkim::Result Play::run() {
  dns::Lookups lookups(resolver, {});
  dkim::BodyHashes bodies(options.maximumBodyHashes);
  work.reset();
  dkim::MessageVerifier verifier(options, bounded ? &work : nullptr);
  message::HeaderBlock header;
  for (const std::string& field : fields) {
    const std::size_t colon = field.find(':');
    header.add({std::string_view(field).substr(0, colon), std::string_view(field).substr(colon + 1)});
    verifier.field(header, header.size() - 1, lookups);
  }
  message::Author author;
  author.domain = authorDomain;
  verifier.endOfHeader(header, author, bodies, lookups);
  bodies.feed(std::as_bytes(std::span(body.data(), body.size())));
  bodies.finish();
  if (!verifier.ready(lookups)) {
    lookups.close();
    EXPECT_TRUE(verifier.ready(lookups)) << "after the deadline every answer is known";
  }
  return verifier.finish(header, bodies, lookups, recipients, UnixTime{std::chrono::seconds(now)});
}

dkim::SignatureResult Play::one() {
  const auto result = run();
  EXPECT_EQ(result.signatures.size(), 1U);
  return result.signatures.empty() ? dkim::SignatureResult() : result.signatures.front();
}

}  // namespace alignd::test
