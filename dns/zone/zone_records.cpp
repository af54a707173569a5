#include "dns/zone/zone_records.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "dns/data/ascii.h"

namespace alignd::dns {

namespace {

constexpr std::uint32_t kMaxTtl = 0x7fffffff;  // RFC 2181 section 8
constexpr std::size_t kMaxRdata = 65535;
constexpr std::size_t kMaxString = 255;

// Types whose data nobody here asks for.
constexpr std::array<std::string_view, 26> kOtherTypes{
    "AFSDB", "CAA", "CDNSKEY", "CDS",        "CERT",       "DHCID", "DNSKEY", "DS",    "HINFO",
    "HTTPS", "KEY", "LOC",     "NAPTR",      "NSEC",       "NSEC3", "RP",     "RRSIG", "SMIMEA",
    "SPF",   "SRV", "SSHFP",   "NSEC3PARAM", "OPENPGPKEY", "SVCB",  "TLSA",   "URI"};

constexpr std::array<std::pair<std::string_view, Type>, 9> kTypes{{{"A", Type::A},
                                                                   {"AAAA", Type::AAAA},
                                                                   {"CNAME", Type::CNAME},
                                                                   {"DNAME", Type::DNAME},
                                                                   {"MX", Type::MX},
                                                                   {"NS", Type::NS},
                                                                   {"PTR", Type::PTR},
                                                                   {"SOA", Type::SOA},
                                                                   {"TXT", Type::TXT}}};

std::optional<Type> typeOf(std::string_view word) {
  for (const auto& [text, type] : kTypes) {
    if (ascii::equalIgnoreCase(text, word)) return type;
  }
  return std::nullopt;
}

bool allDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), ascii::isDigit);
}

bool isOtherType(std::string_view word) {
  if (ascii::equalIgnoreCase(word.substr(0, 4), "TYPE") && allDigits(word.substr(4))) return true;
  return std::any_of(kOtherTypes.begin(), kOtherTypes.end(),
                     [&](std::string_view text) { return ascii::equalIgnoreCase(text, word); });
}

bool isClass(std::string_view word) {
  static constexpr std::array<std::string_view, 5> kClasses{"IN", "CH", "CS", "HS", "ANY"};
  return std::any_of(kClasses.begin(), kClasses.end(),
                     [&](std::string_view text) { return ascii::equalIgnoreCase(text, word); });
}

std::optional<std::uint32_t> number(std::string_view text, std::uint32_t most) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > most)
    return std::nullopt;
  return value;
}

std::uint32_t secondsIn(char unit) {
  switch (ascii::lower(unit)) {
    case 's': return 1;
    case 'm': return 60;
    case 'h': return 3600;
    case 'd': return 86400;
    case 'w': return 604800;
    default: return 0;
  }
}

// "3600", "1h30m", "2W".
std::optional<std::uint32_t> ttlOf(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::uint64_t total = 0;
  while (!text.empty()) {
    const auto digits =
        static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), ascii::isDigit) - text.begin());
    const auto value = number(text.substr(0, digits), kMaxTtl);
    const std::uint32_t unit = digits < text.size() ? secondsIn(text[digits]) : 1;
    if (!value || unit == 0) return std::nullopt;
    total += std::uint64_t{*value} * unit;
    if (total > kMaxTtl) return std::nullopt;
    text.remove_prefix(std::min(text.size(), digits + 1));
  }
  return static_cast<std::uint32_t>(total);
}

}  // namespace

bool ZoneRecordReader::fail(const ZoneToken& at, std::string message) {
  error_ = ZoneError{at.line, at.column, std::move(message)};
  return false;
}

bool ZoneRecordReader::read() {
  ZoneEntry entry;
  while (lexer_.next(entry)) {
    const auto& first = entry.tokens.front();
    const bool isDirective = !entry.startsWithBlank && !first.quoted && first.raw.starts_with('$');
    if (!(isDirective ? directive(entry.tokens) : record(entry))) return false;
  }
  if (lexer_.error()) error_ = lexer_.error();
  return !error_;
}

bool ZoneRecordReader::directive(const Tokens& tokens) {
  const auto& word = tokens.front();
  const bool ttl = ascii::equalIgnoreCase(word.raw, "$TTL");
  if (!ttl && !ascii::equalIgnoreCase(word.raw, "$ORIGIN")) {
    return fail(word, "the directive " + quoteForMessage(word.raw) + " is not supported");
  }
  if (tokens.size() != 2) return fail(tokens.back(), "a directive wants one value");
  if (!ttl) return name(tokens[1], origin_);
  defaultTtl_ = ttlOf(tokens[1].raw);
  return defaultTtl_ || fail(tokens[1], "no TTL: " + quoteForMessage(tokens[1].raw));
}

bool ZoneRecordReader::owner(const ZoneEntry& entry, Rest& rest) {
  if (entry.startsWithBlank) {
    return hasOwner_ || fail(entry.tokens.front(), "a record without an owner before any owner was named");
  }
  hasOwner_ = true;
  return name(rest.take(), owner_);
}

// RFC 2308 section 4; RFC 1035 section 5.1 before there was a $TTL.
std::uint32_t ZoneRecordReader::ttlWithout() const {
  return defaultTtl_.value_or(lastTtl_.value_or(options_.ttl));
}

bool ZoneRecordReader::record(const ZoneEntry& entry) {
  Rest rest{entry.tokens, 0};
  const ZoneToken& start = entry.tokens.front();
  std::optional<std::uint32_t> ttl;
  if (!owner(entry, rest) || !ttlAndClass(rest, ttl)) return false;
  if (rest.empty()) return fail(rest.last(), "no record type");
  const ZoneToken& word = rest.take();
  const auto type = word.quoted ? std::nullopt : typeOf(word.raw);
  if (!type && (word.quoted || !isOtherType(word.raw))) {
    return fail(word, "unknown record type " + quoteForMessage(word.raw));
  }
  if (items_.size() >= options_.maxRecords) return fail(start, "too many records");

  ZoneItem item;
  item.owner = owner_;
  item.type = type;
  item.record.ttl = ttl.value_or(ttlWithout());
  item.line = start.line;
  item.column = start.column;
  if (type) {
    if (!data(rest, item)) return false;
    if (!rest.empty()) return fail(rest.take(), "more than a record of this type holds");
  } else {
    // An owner of NSEC3 is a hash, no name that anybody has; no more is that of its signature.
    const bool signature = ascii::equalIgnoreCase(word.raw, "RRSIG") && !rest.empty();
    if (ascii::equalIgnoreCase(signature ? rest.take().raw : word.raw, "NSEC3")) return true;
  }
  items_.push_back(std::move(item));
  return true;
}

// RFC 1035 section 5.1: `[<TTL>] [<class>]` or `[<class>] [<TTL>]`.
bool ZoneRecordReader::ttlAndClass(Rest& rest, std::optional<std::uint32_t>& ttl) {
  bool seenClass = false;
  while (!rest.empty()) {
    const ZoneToken& token = rest.tokens[rest.next];
    if (!token.quoted && !token.raw.empty() && ascii::isDigit(token.raw.front()) && !ttl) {
      ttl = ttlOf(token.raw);
      if (!ttl) return fail(token, "no TTL: " + quoteForMessage(token.raw));
      lastTtl_ = ttl;
    } else if (!token.quoted && !seenClass && isClass(token.raw)) {
      if (!ascii::equalIgnoreCase(token.raw, "IN")) return fail(token, "only class IN is supported");
      seenClass = true;
    } else {
      return true;
    }
    ++rest.next;
  }
  return true;
}

bool ZoneRecordReader::data(Rest& rest, ZoneItem& item) {
  switch (item.type.value_or(Type::NS)) {
    case Type::A:
    case Type::AAAA: return address(rest, item);
    case Type::TXT: return text(rest, item);
    case Type::SOA: return soa(rest, item);
    case Type::MX: return mx(rest, item);
    default: break;
  }
  Name target;
  if (!nameNext(rest, target)) return false;
  item.record.data = std::move(target);
  return true;
}

bool ZoneRecordReader::mx(Rest& rest, ZoneItem& item) {
  std::uint32_t preference = 0;
  Mx made;
  if (!numberNext(rest, "preference", 0xffff, preference) || !nameNext(rest, made.exchange)) return false;
  made.preference = static_cast<std::uint16_t>(preference);
  item.record.data = std::move(made);
  return true;
}

bool ZoneRecordReader::address(Rest& rest, ZoneItem& item) {
  if (rest.empty()) return fail(rest.last(), "no address");
  const ZoneToken& token = rest.take();
  const auto parsed = IpAddress::parse(token.raw);
  const bool wantsV4 = item.type == Type::A;
  if (!parsed || parsed->isV4() != wantsV4) {
    return fail(token, (wantsV4 ? "no IPv4 address: " : "no IPv6 address: ") + quoteForMessage(token.raw));
  }
  item.record.data = *parsed;
  return true;
}

// RFC 1035 section 3.3.13. SERIAL is a number, the four others are times.
bool ZoneRecordReader::soa(Rest& rest, ZoneItem& item) {
  Name mname;
  Name rname;
  std::uint32_t ignored = 0;
  if (!nameNext(rest, mname) || !nameNext(rest, rname)) return false;
  if (!numberNext(rest, "serial", 0xffffffff, ignored)) return false;
  for (const auto* what : {"refresh", "retry", "expire"}) {
    if (!timeNext(rest, what, ignored)) return false;
  }
  if (!timeNext(rest, "minimum", item.minimum)) return false;
  item.record.data = std::move(mname);
  return true;
}

bool ZoneRecordReader::text(Rest& rest, ZoneItem& item) {
  Txt joined;
  if (rest.empty()) return fail(rest.last(), "a TXT record wants at least one string");
  std::size_t wire = 0;
  while (!rest.empty()) {
    const ZoneToken& token = rest.take();
    const auto octets = unescape(token, error_);
    if (!octets) return false;
    if (octets->size() > kMaxString) {
      return fail(token, "a string of " + std::to_string(octets->size()) +
                             " octets; 255 are allowed, split it into several strings");
    }
    wire += octets->size() + 1;
    if (wire > kMaxRdata) return fail(token, "the strings are longer than a record can be");
    for (const auto& octet : *octets) joined += octet.value;
    item.stringLengths += static_cast<char>(octets->size());
  }
  item.record.data = std::move(joined);
  return true;
}

bool ZoneRecordReader::numberNext(Rest& rest, std::string_view what, std::uint32_t most, std::uint32_t& out) {
  if (rest.empty()) return fail(rest.last(), ascii::cat({"no ", what}));
  const ZoneToken& token = rest.take();
  const auto value = token.quoted ? std::nullopt : number(token.raw, most);
  if (!value) return fail(token, ascii::cat({"no ", what, ": ", quoteForMessage(token.raw)}));
  out = *value;
  return true;
}

bool ZoneRecordReader::timeNext(Rest& rest, std::string_view what, std::uint32_t& out) {
  if (rest.empty()) return fail(rest.last(), ascii::cat({"no ", what}));
  const ZoneToken& token = rest.take();
  const auto value = token.quoted ? std::nullopt : ttlOf(token.raw);
  if (!value) return fail(token, ascii::cat({"no ", what, ": ", quoteForMessage(token.raw)}));
  out = *value;
  return true;
}

bool ZoneRecordReader::nameNext(Rest& rest, Name& out) {
  if (rest.empty()) return fail(rest.last(), "no domain name");
  return name(rest.take(), out);
}

// RFC 1035 section 5.1: absolute with a final dot, relative to the origin without, "@" for the origin itself.
bool ZoneRecordReader::name(const ZoneToken& token, Name& out) {
  if (token.quoted || token.raw.empty()) return fail(token, "a domain name stands without quotes");
  if (token.raw == "@") {
    out = origin_;
    return true;
  }
  const auto octets = unescape(token, error_);
  if (!octets) return false;
  std::string text;
  bool absolute = false;
  for (const auto& octet : *octets) {
    if (octet.escaped && octet.value == '.') {
      return fail(token, "a dot inside a label is not supported: " + quoteForMessage(token.raw));
    }
    absolute = octet.value == '.';
    text += octet.value;
  }
  const auto made = absolute ? Name::parse(text) : origin_.under(text);
  if (!made) return fail(token, "no domain name (empty label, or too long): " + quoteForMessage(token.raw));
  out = *made;
  return true;
}

}  // namespace alignd::dns
