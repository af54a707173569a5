#include "dns/data/idna.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <idn2.h>

#include "dns/data/ascii.h"
#include "dns/data/name.h"

namespace alignd::dns {

namespace {

constexpr std::string_view kAcePrefix = "xn--";  // RFC 5890 section 2.3.2.1

// No A-label of 63 octets needs more UTF-8 than this, decomposed characters included; libidn2 gets nothing
// longer.
constexpr std::size_t kMaxUtf8Label = 512;

struct FreeIdn2 {
  void operator()(void* memory) const { idn2_free(memory); }
};

bool isAscii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), ascii::is8Bit);
}

bool hasAcePrefix(std::string_view label) {
  return ascii::equalIgnoreCase(label.substr(0, kAcePrefix.size()), kAcePrefix);
}

bool isLdh(char c) {
  return ascii::isAlnum(c) || c == '-';
}

std::optional<std::string> lookup(const std::string& label, int flags) {
  std::uint8_t* out = nullptr;
  // libidn2 reads a C string of octets; the cast is its interface.
  if (idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(label.c_str()), &out, flags) != IDN2_OK) {
    return std::nullopt;
  }
  const std::unique_ptr<std::uint8_t, FreeIdn2> owned(out);
  return std::string(reinterpret_cast<const char*>(out));
}

// Punycode decoding alone: libidn2 tests nothing here, not even what the code points are.
std::optional<std::string> decode(const std::string& aLabel) {
  char* out = nullptr;
  if (idn2_to_unicode_8z8z(aLabel.c_str(), &out, 0) != IDN2_OK) return std::nullopt;
  const std::unique_ptr<char, FreeIdn2> owned(out);
  return std::string(out);
}

// The A-label of a label that holds octets outside ASCII.
std::optional<std::string> aLabelOf(std::string_view label) {
  if (label.size() > kMaxUtf8Label) return std::nullopt;
  // A U-label's ASCII is letters, digits and hyphens (RFC 5890 section 2.3.2.1). NUL would cut a C string
  // short.
  if (!std::all_of(label.begin(), label.end(), [](char c) { return ascii::is8Bit(c) || isLdh(c); })) {
    return std::nullopt;
  }
  // IDN2_USE_STD3_ASCII_RULES is no help: libidn2 2.3 silently drops what it forbids.
  const auto mapped = lookup(std::string(label), IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
  if (!mapped || !mapped->starts_with(kAcePrefix) || mapped->find('.') != std::string::npos)
    return std::nullopt;
  // The mapping may have brought in ASCII that no U-label holds ("＿", "℀"). Without UTS 46 libidn2 applies
  // the tests of RFC 5891 section 5.4 to what the A-label decodes to, and refuses a dot as any other such
  // octet.
  const auto strict = lookup(*mapped, IDN2_NO_TR46 | IDN2_ALABEL_ROUNDTRIP);
  return strict == mapped ? mapped : std::nullopt;
}

// One label in ASCII; nothing when it is invalid.
std::optional<std::string> asciiLabel(std::string_view label) {
  if (!isAscii(label)) return aLabelOf(label);
  std::string lower = ascii::toLower(label);
  if (!hasAcePrefix(lower)) return lower;
  if (lower.size() > kMaxLabel || !std::all_of(lower.begin(), lower.end(), isLdh)) return std::nullopt;
  const auto decoded = decode(lower);
  if (!decoded || isAscii(*decoded)) return std::nullopt;  // "xn--abc-" encodes nothing
  return lower;
}

std::string displayLabel(const std::string& label) {
  if (!hasAcePrefix(label)) return label;
  auto decoded = decode(label);
  return decoded && aLabelOf(*decoded) == label ? *std::move(decoded) : label;
}

// Calls `each` with every label of `domain`, which has no final dot, until it returns false.
template <class Each>
bool forEachLabel(std::string_view domain, Each each) {
  while (true) {
    const auto dot = domain.find('.');
    if (!each(domain.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    domain.remove_prefix(dot + 1);
  }
}

}  // namespace

std::optional<std::string> toAscii(std::string_view domain) {
  const bool finalDot = domain.ends_with('.');
  if (finalDot) domain.remove_suffix(1);
  if (domain.find("--") == std::string_view::npos && isAscii(domain)) {  // mostly: no label is encoded
    auto name = Name::parse(domain);
    if (!name || name->isRoot() || domain.ends_with('.')) return std::nullopt;
    return finalDot ? name->text() + '.' : name->text();
  }
  std::string out;
  out.reserve(std::min(domain.size(), kMaxNameText) + 1);
  const bool good = forEachLabel(domain, [&out](std::string_view label) {
    const auto made = asciiLabel(label);
    if (!made || made->empty() || made->size() > kMaxLabel) return false;
    if (!out.empty()) out += '.';
    out += *made;
    return out.size() <= kMaxNameText;
  });
  if (!good) return std::nullopt;
  if (finalDot) out += '.';
  return out;
}

std::string toUnicode(std::string_view domain) {
  const auto inAscii = toAscii(domain);
  if (!inAscii) return std::string(domain);
  std::string out;
  bool first = true;
  forEachLabel(*inAscii, [&](std::string_view label) {
    if (!first) out += '.';
    first = false;
    out += displayLabel(std::string(label));
    return true;
  });
  return out;
}

}  // namespace alignd::dns
