#include "verifier/spf/record.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "dns/data/ascii.h"
#include "verifier/spf/options.h"

namespace alignd::spf {

namespace {

constexpr std::string_view kVersion = "v=spf1";

struct MechanismName {
  std::string_view name;
  Mechanism mechanism;
};
constexpr std::array<MechanismName, 8> kMechanisms{{{"all", Mechanism::All},
                                                    {"include", Mechanism::Include},
                                                    {"a", Mechanism::A},
                                                    {"mx", Mechanism::Mx},
                                                    {"ptr", Mechanism::Ptr},
                                                    {"ip4", Mechanism::Ip4},
                                                    {"ip6", Mechanism::Ip6},
                                                    {"exists", Mechanism::Exists}}};

bool isNameOctet(char c) {
  return ascii::isAlnum(c) || c == '-' || c == '_' || c == '.';
}

// name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." ); its length, 0 when there is none.
std::size_t nameLength(std::string_view text) {
  if (text.empty() || !ascii::isAlpha(text.front())) return 0;
  std::size_t i = 1;
  while (i < text.size() && isNameOctet(text[i])) ++i;
  return i;
}

// Decimal without leading zeros, at most `limit` (qnum and the cidr lengths of section 5.6).
std::optional<std::uint8_t> number(std::string_view digits, unsigned limit) {
  if (digits.empty() || digits.size() > 3 || (digits.size() > 1 && digits.front() == '0'))
    return std::nullopt;
  unsigned value = 0;
  for (char c : digits) {
    if (!ascii::isDigit(c)) return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  if (value > limit) return std::nullopt;
  return static_cast<std::uint8_t>(value);
}

// Cuts "/digits" off the end of `text`. Nothing when it does not end so.
std::optional<std::string_view> cutLength(std::string_view& text) {
  std::size_t digits = 0;
  while (digits < text.size() && ascii::isDigit(text[text.size() - digits - 1])) ++digits;
  if (digits == text.size() || text[text.size() - digits - 1] != '/') return std::nullopt;
  const auto out = text.substr(text.size() - digits);
  text.remove_suffix(digits + 1);
  return out;
}

std::optional<IpAddress> dottedQuad(std::string_view text) {
  std::array<std::uint8_t, 4> octets{};
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const auto dot = i < 3 ? text.find('.') : text.size();
    if (dot == std::string_view::npos) return std::nullopt;
    const auto octet = number(text.substr(0, dot), 255);
    if (!octet) return std::nullopt;
    octets[i] = *octet;
    if (i < 3) text.remove_prefix(dot + 1);
  }
  return IpAddress::v4(octets);
}

// What a term that names no mechanism was probably to be.
std::string unknownMechanism(std::string_view term) {
  const auto with = [](std::string_view why) { return ascii::cat({"an unknown mechanism (", why, ")"}); };
  const std::string name = ascii::toLower(term.substr(0, term.find_first_of(":/")));
  if (name.empty()) return with("a name is missing behind the qualifier or before \":\"");
  if (name.ends_with(';') || name.ends_with(',')) {
    return with(ascii::cat(
        {"take the \"", name.substr(name.size() - 1), "\" away: SPF puts blanks alone between terms"}));
  }
  if (name.find_first_of("\"'\\`") != std::string::npos) return with("take quotes and backslashes away");
  if (name.find('\t') != std::string::npos) return with("a TAB separates no terms: put a blank");
  if (std::any_of(name.begin(), name.end(), ascii::is8Bit)) return with("it holds octets outside ASCII");
  if (name == "ip" || name == "ipv4") return with("write ip4:");
  if (name == "ipv6") return with("write ip6:");
  if (name == "inc" || name == "includes") return with("write include:");
  if (IpAddress::parse(term.substr(0, term.find('/')))) {
    return with(term.find('.') != std::string_view::npos ? "write ip4: before the address"
                                                         : "write ip6: before the address");
  }
  return "an unknown mechanism";
}

class Parser {
 public:
  explicit Parser(std::string_view text) { record_.text = text; }

  std::variant<Record, SyntaxError> parse() {
    const std::string_view text = record_.text;
    std::size_t at = kVersion.size();
    while (at < text.size()) {
      if (text[at] == ' ') {  // terms = *( 1*SP term ), and *SP at the end: SP alone, no other blank
        ++at;
        continue;
      }
      const std::size_t end = std::min(text.find(' ', at), text.size());
      offset_ = at;
      if (!parseTerm(text.substr(at, end - at))) {
        return SyntaxError{std::string(text.substr(at, end - at)), problem_};
      }
      at = end;
    }
    return std::move(record_);
  }

 private:
  bool fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  bool parseTerm(std::string_view term) {
    const std::size_t name = nameLength(term);
    if (name > 0 && name < term.size() && term[name] == '=') {
      return parseModifier(term.substr(0, name), term.substr(name + 1));
    }
    return parseDirective(term);
  }

  // Section 6.
  bool parseModifier(std::string_view name, std::string_view value) {
    if (ascii::equalIgnoreCase(name, "redirect")) return parseKnown(record_.redirect, value);
    if (ascii::equalIgnoreCase(name, "exp")) return parseKnown(record_.explanation, value);
    // Ignored, but its syntax counts like everything else's.
    return MacroString::parse(value, Grammar::MacroString, problem_).has_value();
  }

  bool parseKnown(std::int32_t& slot, std::string_view value) {
    if (slot >= 0) return fail("a modifier that may stand only once");
    return addSpec(slot, value);
  }

  bool addSpec(std::int32_t& slot, std::string_view value) {
    auto spec = MacroString::parse(value, Grammar::DomainSpec, problem_);
    if (!spec) return false;
    slot = static_cast<std::int32_t>(record_.specs.size());
    record_.specs.push_back(std::move(*spec));
    return true;
  }

  // Section 5: [ qualifier ] mechanism.
  bool parseDirective(std::string_view term) {
    Directive directive;
    directive.offset = static_cast<std::uint32_t>(offset_);
    directive.length = static_cast<std::uint32_t>(term.size());
    constexpr std::string_view kQualifiers = "+-~?";
    if (const auto which = kQualifiers.find(term.front()); which != std::string_view::npos) {
      directive.qualifier = static_cast<Qualifier>(which);
      term.remove_prefix(1);
    }
    const auto nameEnd = std::min(term.find_first_of(":/"), term.size());
    const auto* known = std::find_if(kMechanisms.begin(), kMechanisms.end(), [&](const MechanismName& one) {
      return ascii::equalIgnoreCase(one.name, term.substr(0, nameEnd));
    });
    if (known == kMechanisms.end()) return fail(unknownMechanism(term));
    directive.mechanism = known->mechanism;
    const std::size_t specs = record_.specs.size();
    if (!parseArguments(directive, term.substr(nameEnd))) return false;
    if (record_.hasAll || dnsTerms_ > kMaxTerms) {  // well-formed, and that is all that is wanted of it
      ++record_.unreachable;
      record_.specs.resize(specs);
    } else {
      record_.directives.push_back(directive);
      if (directive.needsDns()) ++dnsTerms_;
    }
    record_.hasAll = record_.hasAll || directive.mechanism == Mechanism::All;
    return true;
  }

  bool parseArguments(Directive& directive, std::string_view rest) {
    switch (directive.mechanism) {
      case Mechanism::All: return rest.empty() || fail("a mechanism that takes no arguments");
      case Mechanism::Ip4:
      case Mechanism::Ip6: return parseNetwork(directive, rest);
      case Mechanism::Include:
      case Mechanism::Exists:
        if (!rest.starts_with(':')) return fail("a mechanism without its domain");
        return addSpec(directive.target, rest.substr(1));
      case Mechanism::A:
      case Mechanism::Mx:
        if (!parseDualLength(directive, rest)) return false;
        break;
      case Mechanism::Ptr: break;
    }
    if (rest.empty()) return true;
    if (!rest.starts_with(':')) return fail("a mechanism with something other than a domain");
    return addSpec(directive.target, rest.substr(1));
  }

  // dual-cidr-length = [ ip4-cidr-length ] [ "/" ip6-cidr-length ]; cuts it off. A domain-spec may hold
  // slashes, but it never ends in slash and digits.
  bool parseDualLength(Directive& directive, std::string_view& rest) {
    auto length = cutLength(rest);
    if (!length) return true;
    if (rest.ends_with('/')) {
      rest.remove_suffix(1);
      const auto prefix = number(*length, 128);
      if (!prefix) return fail("an IPv6 prefix length that is not 0 to 128");
      directive.prefix6 = *prefix;
      length = cutLength(rest);
      if (!length) return true;
    }
    const auto prefix = number(*length, 32);
    if (!prefix) return fail("an IPv4 prefix length that is not 0 to 32");
    directive.prefix4 = *prefix;
    return true;
  }

  // Section 5.6.
  bool parseNetwork(Directive& directive, std::string_view rest) {
    const bool v4 = directive.mechanism == Mechanism::Ip4;
    if (!rest.starts_with(':')) return fail("a mechanism without its network");
    rest.remove_prefix(1);
    if (const auto slash = rest.find('/'); slash != std::string_view::npos) {
      const auto prefix = number(rest.substr(slash + 1), v4 ? 32 : 128);
      if (!prefix)
        return fail(v4 ? "an IPv4 prefix length that is not 0 to 32"
                       : "an IPv6 prefix length that is not 0 to 128");
      (v4 ? directive.prefix4 : directive.prefix6) = *prefix;
      rest = rest.substr(0, slash);
    }
    const auto network = v4 ? dottedQuad(rest) : IpAddress::parse(rest);
    if (!network || network->isV4() != v4) return fail(v4 ? "no IPv4 address" : "no IPv6 address");
    directive.network = *network;
    return true;
  }

  Record record_;
  std::size_t offset_ = 0;  // of the term that is parsed
  int dnsTerms_ = 0;        // in directives
  std::string problem_;
};

}  // namespace

std::size_t Record::cost() const {
  std::size_t out = sizeof(Record) + text.capacity() + directives.capacity() * sizeof(Directive);
  for (const MacroString& spec : specs) out += sizeof(MacroString) + spec.cost();
  return out;
}

bool hasSpfVersion(std::string_view text) {
  return ascii::equalIgnoreCase(text.substr(0, kVersion.size()), kVersion) &&
         (text.size() == kVersion.size() || text[kVersion.size()] == ' ');
}

std::variant<Record, SyntaxError> parseRecord(std::string_view text) {
  return Parser(text).parse();
}

}  // namespace alignd::spf
