#include "verifier/dkim/public_key.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <utility>

#include "dns/data/ascii.h"
#include "verifier/dkim/base64.h"
#include "verifier/dkim/tag_list.h"

namespace alignd::dkim {

namespace {

// ---- DER ----

constexpr std::uint8_t kInteger = 0x02;
constexpr std::uint8_t kBitString = 0x03;
constexpr std::uint8_t kSequence = 0x30;
// AlgorithmIdentifier of rsaEncryption (1.2.840.113549.1.1.1): the OID, and the NULL that belongs to it.
constexpr std::string_view kRsaOid("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 11);
constexpr std::string_view kNull("\x05\x00", 2);

// Takes one element with this tag off the front of `der`. Definite lengths of up to four octets in their
// shortest form, as DER has them; never reads beyond the view.
std::optional<std::string_view> take(std::string_view& der, std::uint8_t tag) {
  const auto octet = [&](std::size_t at) { return static_cast<std::uint8_t>(der[at]); };
  if (der.size() < 2 || octet(0) != tag) return std::nullopt;
  std::size_t length = octet(1);
  std::size_t header = 2;
  if (length >= 0x80) {
    const std::size_t count = length & 0x7f;
    if (count == 0 || count > 4 || der.size() < 2 + count) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < count; ++i) length = length << 8 | octet(2 + i);
    if (length < 0x80 || octet(2) == 0) return std::nullopt;
    header += count;
  }
  if (der.size() - header < length) return std::nullopt;
  const std::string_view content = der.substr(header, length);
  der.remove_prefix(header + length);
  return content;
}

// A positive INTEGER without its sign octet.
std::optional<std::string_view> takePositive(std::string_view& der) {
  auto number = take(der, kInteger);
  if (!number || number->empty() || (static_cast<std::uint8_t>(number->front()) & 0x80) != 0)
    return std::nullopt;
  while (!number->empty() && number->front() == '\0') number->remove_prefix(1);
  if (number->empty()) return std::nullopt;
  return number;
}

bool readRsaPublicKey(std::string_view der, RsaNumbers& numbers) {
  auto sequence = take(der, kSequence);
  if (!sequence || !der.empty()) return false;
  const auto modulus = takePositive(*sequence);
  const auto exponent = modulus ? takePositive(*sequence) : std::nullopt;
  if (!exponent || !sequence->empty()) return false;
  numbers = {*modulus, *exponent};
  return true;
}

int bitLength(std::string_view number) {
  return static_cast<int>(number.size()) * 8 - std::countl_zero(static_cast<std::uint8_t>(number.front()));
}

bool isEven(std::string_view number) {
  return (static_cast<std::uint8_t>(number.back()) & 1) == 0;
}

// ---- records ----

void refuse(KeyRecord& record, Reason fault, std::string text) {
  record.fault = fault;
  record.text = std::move(text);
}

void tolerate(KeyRecord& record, Reason strictFault, std::string_view remark) {
  if (record.strictFault == Reason::Verified) record.strictFault = strictFault;
  addRemark(record.tolerated, remark);
}

// Of a v= that is not DKIM1.
std::string versionText(std::string_view v) {
  if (std::string pasted = pastedOctets(v); !pasted.empty()) {
    return ascii::cat({"v= is ", v.substr(0, 32), " and holds ", pasted});
  }
  if (ascii::equalIgnoreCase(v, "DKIM1")) return ascii::cat({"v= is ", v, ", it must be in capitals"});
  if (v.substr(0, 4) == "spf1") return "an SPF record";
  if (v.substr(0, 6) == "DMARC1") return "a DMARC record";
  return ascii::cat({"v= is not DKIM1 but ", v.empty() ? "empty" : v.substr(0, 32)});
}

bool isLineEnd(char c) {
  return c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

bool listHas(std::string_view list, std::string_view word) {
  const auto words = splitList(list, ':');
  return std::any_of(words.begin(), words.end(), [&](auto one) { return ascii::equalIgnoreCase(one, word); });
}

// The size that the first element of `der` says it has, header included; 0 when that cannot be told, or is more than any
// key has.
std::size_t sizeByDer(std::string_view der) {
  constexpr std::size_t kMost = 8192;
  const auto octet = [&](std::size_t at) { return static_cast<std::uint8_t>(der[at]); };
  if (der.size() < 4 || octet(0) != kSequence) return 0;
  std::size_t size = 0;
  if (octet(1) < 0x80) {
    size = 2U + octet(1);
  } else if (octet(1) == 0x81) {
    size = 3U + octet(2);
  } else if (octet(1) == 0x82) {
    size = 4U + (static_cast<std::size_t>(octet(2)) << 8U | octet(3));
  }
  return size <= kMost ? size : 0;
}

// Names of keys longer than one character-string are cut by whoever stores them; DER tells by how much.
std::string cutText(std::string_view der, std::size_t there) {
  const std::size_t whole = sizeByDer(der);
  if (whole <= there) return {};
  return ascii::cat({"p= is cut by ", std::to_string(whole - there), " octets: the key has ",
                     std::to_string(whole), ", ", std::to_string(there), " are there"});
}

std::string noRsaText(std::string_view octets) {
  if (std::string cut = cutText(octets, octets.size()); !cut.empty()) return cut;
  if (octets.size() == 32) return "p= holds 32 octets, as Ed25519 keys have, but k= is not ed25519";
  const std::size_t whole = sizeByDer(octets);
  if (whole != 0 && whole < octets.size()) {
    return ascii::cat({"p= has ", std::to_string(octets.size() - whole), " octets behind the key"});
  }
  return "p= holds no RSA public key";
}

// The octets of the whole groups of four at the beginning.
std::optional<std::string> wholeGroups(std::string_view digits) {
  return decodeBase64(digits.substr(0, digits.size() / 4 * 4));
}

std::string_view withoutPadding(std::string_view base64) {
  while (base64.ends_with('=')) base64.remove_suffix(1);
  return base64;
}

// `p` without white space, which decodeBase64 refuses.
std::string noBase64Text(std::string_view p) {
  if (std::string pasted = pastedOctets(p); !pasted.empty()) return ascii::cat({"p= holds ", pasted});
  if (p.find("BEGIN") != std::string_view::npos)
    return "p= holds the lines around a PEM file, not its base64 alone";
  const std::string_view digits = withoutPadding(p);
  if (const auto start = wholeGroups(digits)) {
    if (std::string cut = cutText(*start, digits.size() * 3 / 4); !cut.empty()) return cut;
    return "p= is not base64: it ends within a group of four";
  }
  return "p= is not base64";
}

void loadRsa(KeyRecord& record, std::string_view der) {
  RsaNumbers numbers;
  if (!readRsaKey(der, numbers)) return refuse(record, Reason::KeySyntax, noRsaText(der));
  record.bits = bitLength(numbers.modulus);
  if (record.bits > kMaxRsaBits) {
    return refuse(record, Reason::KeyTooLarge,
                  ascii::cat({"RSA key of ", std::to_string(record.bits), " bits"}));
  }
  if (isEven(numbers.modulus)) return refuse(record, Reason::KeySyntax, "the RSA modulus is even");
  // With exponent 1 every text is its own signature.
  const int exponentBits = bitLength(numbers.exponent);
  if (isEven(numbers.exponent) || exponentBits < 2) {
    return refuse(record, Reason::KeyBadExponent, "the RSA exponent is even or 1");
  }
  if (exponentBits > kMaxExponentBits) {
    return refuse(record, Reason::KeyBadExponent,
                  ascii::cat({"RSA exponent of ", std::to_string(exponentBits), " bits"}));
  }
  record.key = PublicKey::rsa(numbers.modulus, numbers.exponent);
}

// True for the points of small order on edwards25519 (RFC 8032 section 5.1), of which there are eight: under such
// a key one signature is good for many texts, under the neutral element for every text. `raw` is the y coordinate,
// little-endian, with the sign of x in the highest bit; 0 and 1 may also be written as p and p + 1.
bool hasSmallOrder(std::string_view raw) {
  const auto y = [](char first, char middle, char last) {
    return std::string(1, first) + std::string(30, middle) + last;
  };
  static const std::array<std::string, 7> kSmall{
      y('\x00', '\x00', '\x00'),
      y('\x01', '\x00', '\x00'),  // order 4, 1
      y('\xec', '\xff', '\x7f'),
      y('\xed', '\xff', '\x7f'),
      y('\xee', '\xff', '\x7f'),  // p - 1: order 2; p, p + 1
      "\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0"
      "\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05",  // order 8
      "\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f"
      "\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a"};
  std::string unsignedY(raw);
  unsignedY.back() = static_cast<char>(unsignedY.back() & 0x7f);
  return std::find(kSmall.begin(), kSmall.end(), unsignedY) != kSmall.end();
}

void loadEd25519(KeyRecord& record, std::string_view raw) {
  // RFC 8463 section 4.2: the 32 octets themselves, no DER around them.
  // RFC 8410's prefix of a SubjectPublicKeyInfo.
  constexpr std::string_view kInfo("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);
  if (raw.size() == 44 && raw.starts_with(kInfo)) {
    return refuse(
        record, Reason::KeySyntax,
        "p= holds a SubjectPublicKeyInfo, of which an Ed25519 key record has the last 32 octets alone "
        "(RFC 8463 section 4.2)");
  }
  if (raw.size() != 32) {
    return refuse(record, Reason::KeySyntax,
                  ascii::cat({"an Ed25519 key has 32 octets, p= has ", std::to_string(raw.size())}));
  }
  if (hasSmallOrder(raw)) {
    return refuse(record, Reason::KeySyntax, "an Ed25519 key of small order: anybody can sign for it");
  }
  record.bits = 256;
  record.key = PublicKey::ed25519(raw);
}

void loadKey(KeyRecord& record, std::string_view p) {
  const std::string packed = removeFws(p);
  const auto octets = decodeBase64(packed);
  if (!octets) return refuse(record, Reason::KeySyntax, noBase64Text(packed));
  record.fault = Reason::Verified;
  if (record.type == KeyType::Rsa) {
    loadRsa(record, *octets);
  } else {
    loadEd25519(record, *octets);
  }
  if (record.usable() && record.key == nullptr) refuse(record, Reason::KeySyntax, "p= holds no usable key");
}

// RFC 6376 section 3.6.1, tag by tag, cheapest refusal first.
void readTags(KeyRecord& record, const TagList& tags) {
  if (const auto v = tags.value("v")) {
    // "MUST be the first tag in the record", "MUST" equal DKIM1 "with a simple string comparison". That it does
    // not come first is tolerated (DESIGN.md decision 7).
    if (*v != "DKIM1") return refuse(record, Reason::KeyVersion, versionText(*v));
    if (tags.tags().front().name != "v") tolerate(record, Reason::KeyVersion, "v= is not the first tag");
  }
  const auto p = tags.value("p");
  if (!p) return refuse(record, Reason::KeySyntax, "no p= tag");
  record.isKey = true;

  if (const auto t = tags.value("t")) {
    record.testing = listHas(*t, "y");
    record.strictIdentity = listHas(*t, "s");
  }
  if (const auto h = tags.value("h"); h && !listHas(*h, "sha256")) {
    record.allowsSha256 = false;
    record.hashes = h->substr(0, 64);
  }
  if (const auto k = tags.value("k")) {
    if (ascii::equalIgnoreCase(*k, "ed25519")) {
      record.type = KeyType::Ed25519;
    } else if (!ascii::equalIgnoreCase(*k, "rsa")) {
      return refuse(record, Reason::KeyWrongType,
                    ascii::cat({"k= is ", k->empty() ? "empty" : k->substr(0, 32), ", which is not known"}));
    }
  }
  if (const auto s = tags.value("s"); s && !listHas(*s, "*") && !listHas(*s, "email")) {
    return refuse(record, Reason::KeyWrongService,
                  ascii::cat({"s= does not include email: ", s->empty() ? "empty" : s->substr(0, 64)}));
  }
  if (p->empty()) return refuse(record, Reason::KeyRevoked, "p= is empty");
  loadKey(record, *p);
}

}  // namespace

bool readRsaKey(std::string_view der, RsaNumbers& numbers) {
  if (readRsaPublicKey(der, numbers)) return true;
  auto info = take(der, kSequence);
  if (!info || !der.empty()) return false;
  auto algorithm = take(*info, kSequence);
  const auto bits = algorithm ? take(*info, kBitString) : std::nullopt;
  if (!bits || !info->empty() || !algorithm->starts_with(kRsaOid)) return false;
  algorithm->remove_prefix(kRsaOid.size());
  if (!algorithm->empty() && *algorithm != kNull) return false;
  // The first octet of a BIT STRING counts its unused bits.
  return !bits->empty() && bits->front() == '\0' && readRsaPublicKey(bits->substr(1), numbers);
}

KeyRecord parseKeyRecord(std::string_view text) {
  KeyRecord record;
  if (text.size() > kMaxKeyRecord) {
    record.isKey = true;
    refuse(record, Reason::KeyTooLarge,
           ascii::cat({"key record of ", std::to_string(text.size()), " octets"}));
    return record;
  }
  TagList tags = TagList::parse(text);
  // Records come from files, with all the white space of a file: where the letter refuses it, it reads as blanks.
  std::string plain;
  if (!tags.ok() && std::any_of(text.begin(), text.end(), isLineEnd)) {
    plain = text;
    std::replace_if(plain.begin(), plain.end(), isLineEnd, ' ');
    tags = TagList::parse(plain);
    if (tags.ok()) tolerate(record, Reason::KeySyntax, "line ends as white space in the key record");
  }
  if (!tags.ok()) {
    refuse(record, Reason::KeySyntax, tags.problem());
    return record;
  }
  if (!tags.tolerated().empty()) tolerate(record, Reason::KeySyntax, tags.tolerated());
  readTags(record, tags);
  return record;
}

std::optional<std::size_t> missingOctets(std::string_view base64) {
  const std::string_view digits = withoutPadding(base64);
  const auto start = wholeGroups(digits);
  const std::size_t whole = start ? sizeByDer(*start) : 0;
  const std::size_t there = digits.size() * 3 / 4;
  if (whole <= there) return std::nullopt;
  return whole - there;
}

std::string hashText(const KeyRecord& record) {
  const std::string_view h = record.hashes;
  if (h.empty()) return "h= of the key is empty: it allows no hash";
  if (ascii::toLower(h).find("sha256") != std::string::npos) {
    return ascii::cat({"h= of the key holds ", h, ", where sha256 alone is the name of the hash"});
  }
  return ascii::cat({"h= of the key allows ", h, ", not sha256"});
}

KeySet parseKeySet(const dns::Answer& answer) {
  KeySet set;
  std::optional<KeyRecord> other;
  std::size_t seen = 0;
  for (const auto& record : answer.records) {
    const auto* text = std::get_if<dns::Txt>(&record.data);
    if (text == nullptr) continue;
    if (++seen > kMaxTxtRecords) break;
    KeyRecord key = parseKeyRecord(*text);
    if (key.isKey) {
      set.records.push_back(std::move(key));
    } else if (!other) {
      other = std::move(key);
    }
  }
  if (set.records.empty() && other) set.records.push_back(std::move(*other));
  return set;
}

std::size_t derivedCost(const KeySet& keys) {
  std::size_t cost = sizeof keys;
  for (const auto& record : keys.records) {
    cost += sizeof record + record.text.capacity() + record.tolerated.capacity() + record.hashes.capacity();
    // An EVP_PKEY with its numbers, Montgomery constants and the prepared context: about 2 KiB and eight
    // times the modulus.
    if (record.key != nullptr) cost += 2048 + static_cast<std::size_t>(record.bits);
  }
  return cost;
}

}  // namespace alignd::dkim
