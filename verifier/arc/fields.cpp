#include "verifier/arc/fields.h"

#include <algorithm>
#include <array>

#include "dns/data/ascii.h"
#include "verifier/authres/scanner.h"
#include "verifier/dkim/base64.h"
#include "verifier/dkim/signature.h"
#include "verifier/dkim/tag_list.h"

namespace alignd::arc {

namespace {

constexpr std::size_t kShown = 64;  // octets of a foreign value that go into a reason

// RFC 8617 section 3.9: 1*2DIGIT, 1 to 50.
int instanceNumber(std::string_view text) {
  const auto number = dkim::parseNumber(text, 2);
  if (!number || *number < 1) return 0;
  return *number > kMaxInstance ? kMaxInstance + 1 : static_cast<int>(*number);
}

int instanceOf(const dkim::TagList& tags) {
  return instanceNumber(tags.value("i").value_or(""));
}

// instance = [CFWS] %s"i" [CFWS] "=" [CFWS] position; with the [CFWS] behind it, up to its semicolon. The
// position as written; nothing when it is something else. The scanner stands behind what could be read.
std::optional<std::string_view> takeInstance(authres::Scanner& scanner) {
  scanner.skipCfws();
  if (!scanner.take('i')) return std::nullopt;
  scanner.skipCfws();
  if (!scanner.take('=')) return std::nullopt;
  scanner.skipCfws();
  const std::string_view position = scanner.run("=");
  scanner.skipCfws();
  if (scanner.unterminated() || scanner.peek() != ';') return std::nullopt;
  return position;
}

// seal-cv-tag = %s"cv" [CFWS] "=" [CFWS] chain-status
std::string chainStatus(std::string_view value) {
  authres::Scanner scanner(value);
  scanner.skipCfws();
  const std::string_view word = scanner.run("");
  scanner.skipCfws();
  const bool clean = scanner.atEnd() && !scanner.unterminated();
  return ascii::toLower((clean ? word : value).substr(0, kShown));
}

class SealReader {
 public:
  SealReader(const dkim::TagList& tags, dkim::Syntax syntax, Seal& out)
      : tags_(tags), syntax_(syntax), out_(out) {}

  void read() {
    out_.instance = instanceOf(tags_);
    readNames();
    static_cast<void>(readTags() && readAlgorithm() && readStatus() && readSignature() && readKeyName());
  }

 private:
  bool refuse(std::string fault) {
    out_.fault = std::move(fault);
    return false;
  }

  // For logs these are set whatever else is wrong.
  void readNames() {
    out_.domain = dkim::hostName(tags_.value("d").value_or(""));
    out_.selector = tags_.value("s").value_or("");
    out_.cv = chainStatus(tags_.value("cv").value_or(""));
  }

  bool readTags() {
    if (!tags_.ok()) return refuse(tags_.problem());
    if (syntax_ == dkim::Syntax::Strict && !tags_.tolerated().empty()) return refuse(tags_.tolerated());
    for (const std::string_view name : {"i", "a", "b", "cv", "d", "s"}) {
      if (tags_.find(name) == nullptr) return refuse(ascii::cat({"no ", name, "= tag"}));
    }
    if (out_.instance < 1 || out_.instance > kMaxInstance) return refuse("i= is no instance");
    // RFC 8617 section 4.1.3: "NOT allowed and, if found, MUST result in a cv status of "fail""
    if (tags_.find("h") != nullptr) return refuse("h= stands in an ARC-Seal");
    const auto t = tags_.value("t");
    if (t && !dkim::parseNumber(*t, 76)) return refuse("t= is no number");
    return true;
  }

  bool readAlgorithm() {
    const std::string_view a = *tags_.value("a");
    out_.keyType = ascii::equalIgnoreCase(a, "ed25519-sha256") ? dkim::KeyType::Ed25519 : dkim::KeyType::Rsa;
    if (out_.keyType == dkim::KeyType::Ed25519 || ascii::equalIgnoreCase(a, "rsa-sha256")) return true;
    if (ascii::equalIgnoreCase(a, "rsa-sha1")) return refuse("rsa-sha1 is not valid any more (RFC 8301)");
    return refuse(ascii::cat({"a= is ", a.empty() ? "empty" : a.substr(0, kShown), ", which is not known"}));
  }

  bool readStatus() {
    if (out_.cv == "none" || out_.cv == "fail" || out_.cv == "pass") return true;
    return refuse(ascii::cat({"cv= is ", out_.cv.empty() ? "empty" : out_.cv, ", which is not known"}));
  }

  bool readSignature() {
    const dkim::Tag* b = tags_.find("b");
    const auto decoded = dkim::decodeBase64(dkim::removeFws(b->value));
    if (!decoded || decoded->empty()) return refuse("b= is empty or not base64");
    out_.signature = *decoded;
    out_.bBegin = b->rawBegin;
    out_.bEnd = b->rawEnd;
    return true;
  }

  bool readKeyName() {
    if (out_.domain.find('.') == std::string::npos) {
      return refuse(ascii::cat({"d= is no domain name: ", tags_.value("d")->substr(0, kShown)}));
    }
    const std::string selector = dkim::hostName(out_.selector);
    if (selector.empty()) {
      return refuse(ascii::cat({"s= is no selector: ", std::string_view(out_.selector).substr(0, kShown)}));
    }
    out_.keyName = dns::Name::parse(ascii::cat({selector, "._domainkey.", out_.domain}));
    return out_.keyName.has_value() || refuse("s= and d= make no name that can be asked");
  }

  const dkim::TagList& tags_;
  dkim::Syntax syntax_;
  Seal& out_;
};

}  // namespace

std::string blankComments(std::string_view value) {
  std::string out(value);
  if (value.find('(') > value.find(';')) return out;
  authres::Scanner whole(value);
  if (!takeInstance(whole)) return out;
  authres::Scanner scanner(value);
  while (scanner.position() < whole.position()) {
    const std::size_t begin = scanner.position();
    if (scanner.peek() != '(') {
      scanner.advance();
      continue;
    }
    scanner.comment();
    std::fill(out.begin() + static_cast<std::ptrdiff_t>(begin),
              out.begin() + static_cast<std::ptrdiff_t>(scanner.position()), ' ');
  }
  return out;
}

Seal parseSeal(std::string_view value, dkim::Syntax syntax) {
  Seal out;
  const std::string plain = blankComments(value);
  const auto tags = dkim::TagList::parse(plain);
  SealReader(tags, syntax, out).read();
  return out;
}

MessageHead parseMessageHead(std::string_view value) {
  const auto tags = dkim::TagList::parse(value);
  if (!tags.ok()) return {};
  return {instanceOf(tags), tags.find("c") == nullptr};
}

// arc-info = instance [CFWS] ";" authres-payload
AuthResults parseAuthResults(std::string_view value) {
  AuthResults out;
  authres::Scanner scanner(value);
  const auto position = takeInstance(scanner);
  if (!position) return out;
  scanner.advance();  // the semicolon
  out.instance = instanceNumber(*position);
  out.payload = value.substr(scanner.position());
  return out;
}

}  // namespace alignd::arc
