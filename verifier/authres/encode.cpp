#include "verifier/authres/encode.h"

#include <algorithm>

#include "dns/data/address.h"
#include "dns/data/ascii.h"
#include "dns/data/name.h"

namespace alignd::authres {

namespace {

constexpr std::size_t kMaxLocalPart = 128;  // RFC 5321 section 4.5.3.1.1 allows 64
constexpr std::size_t kMaxBase64 = 700;     // b= of RSA-4096 has 684

constexpr bool isHostOctet(char c) {
  return ascii::isAlnum(c) || c == '-' || c == '_';
}

// Token characters of RFC 2045 section 5.1 that are atext of RFC 5322 too, without those that some reader
// takes for a quote or an escape (' ` %).
constexpr bool isPlain(char c) {
  return ascii::isAlnum(c) || std::string_view("!#$&*+-^_{|}~").find(c) != std::string_view::npos;
}

void appendEncoded(char c, std::string& out) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto octet = static_cast<unsigned char>(c);
  out += '%';
  out += kHex[octet >> 4];
  out += kHex[octet & 15];
}

bool isHostName(std::string_view domain) {
  return std::all_of(domain.begin(), domain.end(), [](char c) { return isHostOctet(c) || c == '.'; });
}

bool isAddressLiteral(std::string_view text) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return false;
  text = text.substr(1, text.size() - 2);
  if (text.size() > 5 && ascii::equalIgnoreCase(text.substr(0, 5), "IPv6:")) text.remove_prefix(5);
  return IpAddress::parse(text).has_value();
}

// A dot stays where a dot-atom may have one (RFC 5322 section 3.2.3), unless there is something to be
// encoded.
std::string encodeDotAtom(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return isPlain(c) || c == '.'; }) &&
                     !text.starts_with('.') && !text.ends_with('.') &&
                     text.find("..") == std::string_view::npos;
  if (plain) return std::string(text);
  std::string out;
  for (const char c : text) {
    if (isPlain(c)) {
      out += c;
    } else {
      appendEncoded(c, out);
    }
  }
  return out;
}

int hexDigit(char c) {
  if (ascii::isDigit(c)) return c - '0';
  const char lower = ascii::lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

std::string encodeDomain(std::string_view domain) {
  if (domain.empty() || domain.size() > dns::kMaxNameText) return {};
  if (isHostName(domain)) return std::string(domain);
  if (isAddressLiteral(domain)) return ascii::cat({"\"", domain, "\""});
  std::string out;
  for (const char c : domain) {
    if (isHostOctet(c)) {
      out += c;
    } else {
      appendEncoded(c, out);
    }
  }
  return out;
}

std::string encodeIdentity(std::string_view identity) {
  const auto at = identity.rfind('@');
  if (at == std::string_view::npos) return {};
  const std::string domain = encodeDomain(identity.substr(at + 1));
  if (domain.empty()) return {};
  const std::string_view local = identity.substr(0, at);
  if (domain.front() == '"') return {};  // an address literal: nobody signs or logs in as one
  return ascii::cat({local.size() > kMaxLocalPart ? "" : encodeDotAtom(local), "@", domain});
}

std::string encodeUser(std::string_view user) {
  if (user.find('@') != std::string_view::npos) return encodeIdentity(user);
  return encodeToken(user);
}

std::string encodeToken(std::string_view text) {
  if (text.empty() || text.size() > kMaxLocalPart) return {};
  return encodeDotAtom(text);
}

std::string encodeBase64(std::string_view text) {
  text = text.substr(0, kMaxBase64);
  const auto padding = text.find_last_not_of('=') + 1;
  std::string out;
  bool quote = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool pad = c == '=' && i >= padding && text.size() - padding <= 2;
    // A b= that is no base64 is reported as it was written, as far as it is a token (RFC 8601 section 2.2).
    if (ascii::isAlnum(c) || c == '+' || c == '/' || c == '!' || c == '-' || c == '_' || c == '.' || pad) {
      out += c;
      quote = quote || c == '/' || c == '=';
    } else {
      appendEncoded(c, out);
    }
  }
  return quote ? ascii::cat({"\"", out, "\""}) : out;
}

std::string encodeAddress(std::string_view text) {
  if (text.find(':') == std::string_view::npos) return std::string(text);
  return ascii::cat({"\"", text, "\""});
}

std::string quoteReason(std::string_view text, std::size_t maximum) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (out.size() >= maximum) {
      const std::string_view mark = std::string_view("...").substr(0, maximum);
      out.resize(maximum - mark.size());
      out += mark;
      break;
    }
    const char c = text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : ' ';
    switch (c) {
      case '=':
        if (!ascii::isWsp(next)) out += ':';  // "d= is no host name" reads "d is no host name"
        break;
      case ';': out += ','; break;
      case '"':
      case '`': out += '\''; break;
      case '(':
      case ')':
      case '<':
      case '>':
      case '\\': out += ' '; break;
      default: out += ascii::is8Bit(c) ? '?' : ascii::isControl(c) ? ' ' : c;
    }
    // One blank at a time: a line of blanks alone, where folded, would be obsolete syntax.
    if (out.size() >= 2 && out.ends_with("  ")) out.pop_back();
  }
  return ascii::cat({"\"", ascii::trimWsp(out), "\""});
}

std::string encodeAuthservId(std::string_view id) {
  std::string out;
  bool token = !id.empty();
  for (const char c : id) {
    if (ascii::isControl(c)) continue;  // from our own settings: nothing to be kept of it
    token = token && (isPlain(c) || c == '.');
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return token ? out : ascii::cat({"\"", out, "\""});
}

std::string percentDecode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = hexDigit(text[i + 1]);
      const int low = hexDigit(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

}  // namespace alignd::authres
