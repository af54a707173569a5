#include "verifier/dkim/signature.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "dns/data/ascii.h"
#include "dns/data/idna.h"
#include "verifier/dkim/base64.h"
#include "verifier/dkim/quoted_printable.h"
#include "verifier/dkim/tag_list.h"

namespace alignd::dkim {

namespace {

constexpr std::size_t kShown = 64;  // octets of a foreign value that go into a reason

std::string_view shown(std::string_view value) {
  return value.empty() ? "empty" : value.substr(0, kShown);
}

std::string badDomainText(std::string_view tag, std::string_view value, std::string_view what) {
  if (value.size() > 1 && value.ends_with('.')) {
    return ascii::cat({tag, "= ends in a dot: ", shown(value)});
  }
  if (std::string pasted = pastedOctets(value); !pasted.empty()) {
    return ascii::cat({tag, "= is no ", what, ", it holds ", pasted, ": ", shown(value)});
  }
  return ascii::cat({tag, "= is no ", what, ": ", shown(value)});
}

// Reads the tags in the order in which their faults are reported. Each read...() gives false after refuse().
class Reader {
 public:
  Reader(const TagList& tags, SignatureKind kind, std::size_t maximumNames, Signature& out)
      : tags_(tags), kind_(kind), maximumNames_(maximumNames), out_(out) {}

  // What logs show even of a field that is refused later on.
  void copyForLogs() {
    if (const auto a = tags_.value("a")) out_.algorithmText = *a;
    if (const auto d = tags_.value("d")) out_.domain = *d;
    if (const auto s = tags_.value("s")) out_.selector = *s;
    out_.domainAscii = hostName(out_.domain);
    if (const Tag* b = tags_.find("b")) {
      out_.signatureText = removeFws(b->value);
      out_.bBegin = b->rawBegin;
      out_.bEnd = b->rawEnd;
    }
    if (const auto z = tags_.value("z")) out_.copiedFields = *z;
  }

  void read() {
    if (!(requireTags() && readVersion() && readAlgorithm() && readCanonicalization() && readQueryMethods() &&
          readEncoded() && readNumbers() && readSignedFields() && readDomain() && readIdentity()))
      out_.keyName.reset();  // nothing is asked for a faulty field
  }

 private:
  bool refuse(Reason fault, std::string text) {
    out_.fault = fault;
    out_.text = std::move(text);
    return false;
  }

  // RFC 6376 section 6.1.1: "... a missing required tag ... MUST ignore", section 3.5 says which.
  bool requireTags() {
    static constexpr std::array<std::string_view, 7> kRequired{"v", "a", "b", "bh", "d", "h", "s"};
    for (const auto name : kRequired) {
      if (name == "v" && kind_ == SignatureKind::ArcMessage) continue;
      if (tags_.find(name) == nullptr) return refuse(Reason::MissingTag, ascii::cat({"no ", name, "= tag"}));
    }
    return true;
  }

  // RFC 6376 section 6.1.1: any version but 1 is refused. RFC 8617 section 4.1.2: in ARC a v= is ignored.
  bool readVersion() {
    if (kind_ == SignatureKind::ArcMessage) return true;
    const auto v = tags_.value("v");
    return *v == "1" || refuse(Reason::UnknownVersion, ascii::cat({"v= is not 1 but ", shown(*v)}));
  }

  // RFC 6376 section 3.3, RFC 8463 section 3. Case is ignored: DESIGN.md decision 8.
  bool readAlgorithm() {
    static constexpr std::array<std::pair<std::string_view, Algorithm>, 3> kKnown{
        {{"rsa-sha256", Algorithm::RsaSha256},
         {"ed25519-sha256", Algorithm::Ed25519Sha256},
         {"rsa-sha1", Algorithm::RsaSha1}}};
    for (const auto& [name, algorithm] : kKnown) {
      if (!ascii::equalIgnoreCase(out_.algorithmText, name)) continue;
      out_.algorithm = algorithm;
      return true;
    }
    return refuse(Reason::UnknownAlgorithm,
                  ascii::cat({"a= is ", shown(out_.algorithmText), ", which is not known"}));
  }

  // RFC 6376 section 3.5, c=: header "/" body, each simple when absent.
  bool readCanonicalization() {
    const auto c = tags_.value("c");
    if (!c) return true;
    const std::size_t slash = c->find('/');
    const auto one = [](std::string_view name, Canonicalization& to) {
      to = ascii::equalIgnoreCase(name, "relaxed") ? Canonicalization::Relaxed : Canonicalization::Simple;
      return to == Canonicalization::Relaxed || ascii::equalIgnoreCase(name, "simple");
    };
    if (one(c->substr(0, slash), out_.header) &&
        (slash == std::string_view::npos || one(c->substr(slash + 1), out_.body))) {
      return true;
    }
    return refuse(Reason::UnknownCanonicalization, ascii::cat({"c= is ", shown(*c), ", which is not known"}));
  }

  // RFC 6376 section 3.5, q=: unknown methods are skipped; without dns/txt there is no way to the key.
  bool readQueryMethods() {
    const auto q = tags_.value("q");
    if (!q) return true;
    const auto methods = splitList(*q, ':');
    if (std::any_of(methods.begin(), methods.end(),
                    [](auto one) { return ascii::equalIgnoreCase(one, "dns/txt"); })) {
      return true;
    }
    return refuse(Reason::UnknownQueryMethod, ascii::cat({"q= is ", shown(*q), ", without dns/txt"}));
  }

  bool readEncoded() {
    const auto b = decodeBase64(out_.signatureText);
    if (!b || b->empty()) return refuse(Reason::Syntax, "b= is empty or not base64");
    out_.signature = *b;
    const auto bh = decodeBase64(removeFws(*tags_.value("bh")));
    if (!bh || bh->empty()) return refuse(Reason::Syntax, "bh= is empty or not base64");
    out_.bodyHash = *bh;
    return true;
  }

  bool readNumber(std::string_view name, std::size_t digits, std::optional<std::uint64_t>& to) {
    const auto text = tags_.value(name);
    if (!text) return true;
    to = parseNumber(*text, digits);
    return to || refuse(Reason::Syntax, ascii::cat({name, "= is ", shown(*text), ", which is no number"}));
  }

  bool readNumbers() {
    // RFC 6376 section 3.5 gives l= 76 digits, and t= and x= twelve; of those longer ones may be taken as
    // infinity.
    if (!readNumber("l", 76, out_.bodyLength) || !readNumber("t", 76, out_.signedAt) ||
        !readNumber("x", 76, out_.expiresAt)) {
      return false;
    }
    // "The value of the "x=" tag MUST be greater than the value of the "t=" tag if both are present."
    if (out_.signedAt && out_.expiresAt && *out_.expiresAt <= *out_.signedAt &&
        *out_.signedAt != std::numeric_limits<std::uint64_t>::max()) {
      return refuse(Reason::ExpiresBeforeSigned, "x= is not after t=");
    }
    return true;
  }

  // RFC 6376 section 3.5, h=: field names with ":" between, at least one; section 5.4: From among them.
  bool readSignedFields() {
    const std::string_view h = *tags_.value("h");
    if (static_cast<std::size_t>(std::count(h.begin(), h.end(), ':')) >= maximumNames_) {
      return refuse(Reason::TooManyFields,
                    ascii::cat({"h= has more than ", std::to_string(maximumNames_), " names"}));
    }
    bool emptyItem = false;
    const auto names = splitList(h, ':');
    out_.signedFields.reserve(names.size());
    for (const auto name : names) {
      // ARC validators take an empty h=, and empty items in it: they pick no field. So does the suite that
      // all of them are checked with (arc_test_suite, ams_fields_h_empty and ams_fields_h_mis_hdr). In DKIM
      // they are tolerated.
      if (name.empty()) {
        emptyItem = true;
        continue;
      }
      // field-name of RFC 5322 section 3.6.8: printable, no colon; a blank inside is none.
      if (std::any_of(name.begin(), name.end(), [](char c) { return c == ' ' || ascii::isControl(c); })) {
        return refuse(Reason::Syntax, ascii::cat({"h= has a bad field name: \"", shown(name), "\""}));
      }
      out_.signedFields.push_back(ascii::toLower(name));
    }
    if (kind_ == SignatureKind::ArcMessage) return true;
    if (out_.signedFields.empty()) return refuse(Reason::Syntax, "h= names no field");
    if (!out_.signs("from")) return refuse(Reason::FromNotSigned, "From is not in h=");
    if (emptyItem) addRemark(out_.tolerated, "an empty item in h=");
    return true;
  }

  bool readDomain() {
    // RFC 6376 section 3.5: d= is sub-domain 1*("." sub-domain): "com" signs for nobody.
    if (out_.domainAscii.empty() || out_.domainAscii.find('.') == std::string::npos) {
      return refuse(Reason::BadDomain, badDomainText("d", out_.domain, "domain name"));
    }
    const std::string selector = hostName(out_.selector);
    if (selector.empty()) return refuse(Reason::BadDomain, badDomainText("s", out_.selector, "selector"));
    // RFC 6376 section 3.6.2.1
    out_.keyName = dns::Name::parse(ascii::cat({selector, "._domainkey.", out_.domainAscii}));
    return out_.keyName.has_value() || refuse(Reason::BadDomain, "s= and d= make no name that can be asked");
  }

  // RFC 6376 section 3.5, i=; section 6.1.1: its domain is d= or below it. RFC 8617 section 4.2.1 for ARC.
  bool readIdentity() {
    const auto i = tags_.value("i");
    if (kind_ == SignatureKind::ArcMessage) {
      const auto instance = i ? parseNumber(*i, 2) : std::nullopt;
      if (!instance || *instance < 1 || *instance > 50) return refuse(Reason::Syntax, "i= is no instance");
      out_.instance = static_cast<int>(*instance);
      return true;
    }
    if (!i) {
      out_.identity = "@" + out_.domain;
      return true;
    }
    // VERP and SRS have equals signs of their own, which not every signer encodes.
    auto decoded = decodeQuotedPrintable(*i);
    if (!decoded) {
      decoded = removeFws(*i);
      addRemark(out_.tolerated, "i= is no quoted-printable and taken as it is");
    }
    const std::size_t at = decoded->rfind('@');
    if (at == std::string::npos) {
      return refuse(Reason::Syntax, ascii::cat({"i= is no identity: ", shown(*i)}));
    }
    out_.identity = *decoded;
    const std::string domain = hostName(std::string_view(*decoded).substr(at + 1));
    if (domain == out_.domainAscii) return true;
    if (!domain.empty() && domain.size() > out_.domainAscii.size() &&
        domain.ends_with("." + out_.domainAscii)) {
      out_.identityInSubdomain = true;
      return true;
    }
    return refuse(Reason::IdentityOutside,
                  ascii::cat({"i= is not within d= ", out_.domain, ": ", shown(*decoded)}));
  }

  const TagList& tags_;
  SignatureKind kind_;
  std::size_t maximumNames_;
  Signature& out_;
};

}  // namespace

bool Signature::signs(std::string_view lowerCaseName) const {
  return std::find(signedFields.begin(), signedFields.end(), lowerCaseName) != signedFields.end();
}

Signature parseSignature(std::string_view value, SignatureKind kind, std::size_t maximumNames,
                         Syntax syntax) {
  Signature out;
  const TagList tags = TagList::parse(value);
  Reader reader(tags, kind, maximumNames, out);
  reader.copyForLogs();
  if (tags.ok()) {
    out.tolerated = tags.tolerated();
    reader.read();
  } else {
    out.fault = tags.fault() == TagFault::Duplicate ? Reason::DuplicateTag : Reason::Syntax;
    out.text = tags.problem();
  }
  if (syntax == Syntax::Strict && out.ok() && !out.tolerated.empty()) {
    out.fault = Reason::Syntax;
    out.text = out.tolerated;
    out.keyName.reset();
  }
  if (!out.ok()) out.tolerated.clear();
  return out;
}

Status statusOfFault(Reason fault) {
  switch (fault) {
    case Reason::Syntax:
    case Reason::DuplicateTag:
    case Reason::UnknownVersion:
    case Reason::UnknownAlgorithm:
    case Reason::UnknownCanonicalization:
    case Reason::UnknownQueryMethod: return Status::Neutral;
    default: return Status::PermError;
  }
}

std::string hostName(std::string_view domain) {
  constexpr std::size_t kMost = 1024;  // U-labels may be longer than the A-labels that they stand for
  if (domain.size() > kMost) return {};
  std::string ascii(domain);
  if (std::any_of(domain.begin(), domain.end(), ascii::is8Bit)) {
    auto converted = dns::toAscii(domain);
    if (!converted) return {};
    ascii = std::move(*converted);
  }
  const auto allowed = [](char c) { return ascii::isAlnum(c) || c == '-' || c == '_' || c == '.'; };
  if (ascii.empty() || ascii.back() == '.' || !std::all_of(ascii.begin(), ascii.end(), allowed)) return {};
  const auto name = dns::Name::parse(ascii);  // lower case; label and name lengths
  return name ? name->text() : std::string();
}

std::optional<std::uint64_t> parseNumber(std::string_view text, std::size_t maximumDigits) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  if (text.empty() || text.size() > maximumDigits) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : text) {
    if (!ascii::isDigit(c)) return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    number = number > (kMost - digit) / 10 ? kMost : number * 10 + digit;
  }
  return number;
}

}  // namespace alignd::dkim
