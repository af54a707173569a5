#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "verifier/dkim/canonicalize.h"
#include "verifier/dkim/crypto.h"
#include "verifier/dkim/diagnosis.h"

namespace alignd::dkim {

namespace {

constexpr std::size_t kMaxLineTries = 200'000;  // ends of lines at which the signed body may have ended

class Collector final : public OctetSink {
 public:
  void write(std::string_view octets) override { text += octets; }
  std::string text;
};

std::string canonical(Canonicalization canonicalization, std::string_view body) {
  Collector out;
  BodyCanonicalizer canonicalizer(canonicalization, out);
  canonicalizer.feed(body);
  canonicalizer.finish();
  return std::move(out.text);
}

std::string replaceAll(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  for (std::size_t at = 0;;) {
    const std::size_t found = std::min(text.find(from, at), text.size());
    out += text.substr(at, found - at);
    if (found == text.size()) return out;
    out += to;
    at = found + from.size();
  }
}

// Every CR, LF and CRLF made a CRLF.
std::string withCrlf(std::string_view text) {
  return replaceAll(replaceAll(replaceAll(text, "\r\n", "\n"), "\r", "\n"), "\n", "\r\n");
}

class BodyDiagnosis {
 public:
  BodyDiagnosis(const Signature& signature, std::string_view body) : signature_(signature), body_(body) {}

  std::string find() {
    const auto own = signature_.body;
    const auto other = own == Canonicalization::Simple ? Canonicalization::Relaxed : Canonicalization::Simple;
    if (fits(own, body_)) return {};  // it verifies
    if (fits(own, "") || fits(other, "")) return "body_was_empty";
    if (fits(other, body_)) return "body_verifies_as=" + std::string(canonicalizationName(other));
    if (fits(own, withCrlf(body_))) return "body_verifies_with=crlf";
    if (isSigned(replaceAll(canonical(own, body_), "\r\n", "\n"))) return "body_verifies_with=lf";
    const std::string atStart = "\r\n" + std::string(body_);
    if (fits(own, std::string_view(replaceAll(atStart, "\r\n..", "\r\n.")).substr(2)))
      return "body_dot=stuffed";
    if (fits(own, std::string_view(replaceAll(atStart, "\r\n.", "\r\n..")).substr(2)))
      return "body_dot=removed";
    if (const auto length = prefix(canonical(own, body_))) return "body_prefix=" + std::to_string(*length);
    return {};
  }

 private:
  bool isSigned(std::string_view canonicalBody) const {
    if (signature_.bodyLength) {
      canonicalBody = canonicalBody.substr(
          0, static_cast<std::size_t>(std::min<std::uint64_t>(*signature_.bodyLength, canonicalBody.size())));
    }
    Sha256 hash;
    hash.update(canonicalBody);
    return equal(hash.finish());
  }

  bool equal(const Digest& digest) const {
    return signature_.bodyHash == std::string(digest.begin(), digest.end());
  }

  bool fits(Canonicalization canonicalization, std::string_view body) const {
    return isSigned(canonical(canonicalization, body));
  }

  // Footers go behind the last line: the signed body may have ended at the end of any line.
  std::optional<std::size_t> prefix(std::string_view text) const {
    Sha256 hash;
    std::size_t at = 0;
    for (std::size_t tries = 0; tries < kMaxLineTries; ++tries) {
      const std::size_t end = text.find("\r\n", at);
      if (end == std::string_view::npos) return std::nullopt;
      hash.update(text.substr(at, end + 2 - at));
      at = end + 2;
      if (equal(hash.snapshot())) return at;
    }
    return std::nullopt;
  }

  const Signature& signature_;
  std::string_view body_;
};

}  // namespace

std::string diagnoseBody(const message::HeaderBlock& header, std::size_t field, std::string_view body) {
  constexpr std::size_t kNames = 1000;
  const Signature signature = parseSignature(header[field].value, SignatureKind::Dkim, kNames);
  if (!signature.ok()) return {};
  return BodyDiagnosis(signature, body).find();
}

}  // namespace alignd::dkim
