// Any octets as a message: the verifier ends, its result does not depend on how the body was cut, and the
// header digest is the one that RFC 6376 section 5.4.2 describes.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dns/zone/zone.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/dkim/message_syntax.h"
#include "tests/unit/dkim/naive.h"
#include "verifier/dkim/verifier.h"
#include "verifier/message/split.h"

namespace {

using namespace alignd;
using test::check;

// The keys of RFC 8463 appendix A.2 under the selectors of its example, aliases, trouble, and odd records.
std::shared_ptr<dns::Resolver> resolver() {
  auto zone = std::make_shared<dns::Zone>();
  const auto name = [](const char* text) { return *dns::Name::parse(text); };
  const auto txt = [&](const char* at, const char* text) {
    zone->add(name(at), dns::Type::TXT, {300, dns::Txt(text)});
  };
  txt("brisbane._domainkey.football.example.com",
      "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
  txt("test._domainkey.football.example.com",
      "v=DKIM1; k=rsa; "
      "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/"
      "J16JYi0Qvx/"
      "byYzCNb3W91y3FutACDfzwQ/BC/e/"
      "8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB");
  txt("s._domainkey.football.example.com", "v=DKIM1; t=y:s; h=sha256; s=email; p=");
  zone->add(name("a._domainkey.football.example.com"), dns::Type::CNAME,
            {300, name("test._domainkey.football.example.com")});
  const auto type = dns::Type::TXT;
  zone->fail(name("f._domainkey.football.example.com"), &type, dns::Status::ServerFailure);
  return std::make_shared<dns::ZoneResolver>(zone);
}

// The digest once more, field by field from the top, with nothing cached.
std::string naiveData(const message::HeaderBlock& header, const dkim::Signature& signature, std::size_t own) {
  std::string data;
  std::vector<bool> taken(header.size());
  for (const auto& wanted : signature.signedFields) {
    for (std::size_t i = header.size(); i-- > 0;) {
      if (taken[i] || i == own || !header.is(i, wanted)) continue;
      taken[i] = true;
      data += dkim::naive::field(signature.header, header[i].whole) + "\r\n";
      break;
    }
  }
  std::string whole(header[own].whole);
  const std::size_t value = whole.size() - header[own].value.size();
  whole.erase(value + signature.bBegin, signature.bEnd - signature.bBegin);
  return data + dkim::naive::field(signature.header, whole);
}

void compareDigests(const message::HeaderBlock& header) {
  dkim::HeaderHasher hasher(1 << 24);
  hasher.start(header);
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (!header.is(i, "dkim-signature")) continue;
    const auto signature = dkim::parseSignature(header[i].value, dkim::SignatureKind::Dkim, 256);
    if (!signature.ok()) continue;
    const auto digest =
        hasher.hash(signature.header, signature.signedFields, {i, signature.bBegin, signature.bEnd});
    dkim::Sha256 naive;
    naive.update(naiveData(header, signature, i));
    check(digest == naive.finish(), "the header digest is that of the naive form");
  }
}

// Linear in the header, whatever stands in it: ten signatures, a dozen digests each, and what finds their fields.
void checkWork(const Work& work, const message::HeaderBlock& header) {
  std::uint64_t octets = 4096;
  for (std::size_t i = 0; i < header.size(); ++i) octets += header[i].whole.size() + 2;
  check(work.canonicalizedOctets + work.hashedOctets <= 2500 * octets, "work with octets is linear");
  check(work.rsaUnits <= 10 * 5 * 113'000, "ten signatures, one verification and four tries each");
}

dkim::Result play(const message::HeaderBlock& header, std::string_view body, std::size_t cut) {
  static const auto kResolver = resolver();
  dns::Lookups lookups(kResolver, {});
  const dkim::Options options;
  WorkBudget work(1'000'000'000'000);
  dkim::MessageVerifier verifier(options, &work);
  dkim::BodyHashes bodies(options.maximumBodyHashes);
  message::HeaderBlock growing;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const auto field = header[i];
    const auto colon = field.whole.size() - field.value.size() - 1;
    growing.add({field.whole.substr(0, colon), field.value});
    verifier.field(growing, i, lookups);
  }
  message::Author author;
  author.domain = "football.example.com";
  verifier.endOfHeader(growing, author, bodies, lookups);
  const auto octets = std::as_bytes(std::span(body.data(), body.size()));
  for (std::size_t at = 0; at < octets.size(); at += cut) {
    bodies.feed(octets.subspan(at, std::min(cut, octets.size() - at)));
  }
  bodies.finish();
  check(verifier.ready(lookups), "a zone answers at once");
  auto result = verifier.finish(growing, bodies, lookups, {"joe@football.example.com"},
                                UnixTime{std::chrono::seconds(1528637909)});
  checkWork(work.spent(), header);
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message = message::split({reinterpret_cast<const char*>(data), size});
  message::HeaderBlock header;
  for (const auto& field : message.fields) header.add(field);
  const auto whole = play(header, message.body, size + 1);
  const auto pieces = play(header, message.body, size % 13 + 1);
  check(whole.signatures.size() == pieces.signatures.size(), "as many results");
  check(whole.signatures.size() + whole.unparsed == whole.fields, "every field is accounted for");
  for (std::size_t i = 0; i < whole.signatures.size(); ++i) {
    const auto& a = whole.signatures[i];
    const auto& b = pieces.signatures[i];
    check(a.status == b.status && a.text == b.text && a.unsignedBytes == b.unsignedBytes &&
              a.diagnosis == b.diagnosis,
          "the cut makes no difference");
    check(a.passes() || a.reason != dkim::Reason::Verified, "verified is a pass");
    check(a.passes() || !a.text.empty(), "what does not pass says why");
  }
  compareDigests(header);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t room,
                                               unsigned seed) {
  return alignd::test::mutate(alignd::test::kSignedMessage, data, size, room, seed);
}
