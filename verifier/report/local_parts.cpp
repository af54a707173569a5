#include "verifier/report/local_parts.h"

#include <algorithm>
#include <array>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "dns/data/ascii.h"

namespace alignd::report {

namespace {

// What no dot-atom has (RFC 5322 section 3.2.3), as far as it ends a word for a reader.
bool endsAWord(char c) {
  return ascii::isControl(c) || std::string_view(" <>()[],:;").find(c) != std::string_view::npos;
}

// Where the local part that ends at `end` begins; nothing before `least` is looked at. Words are dot-atoms, or, before the
// "@" or a dot, quoted strings. A quotation mark anywhere else is the text's own.
std::size_t beginOfLocalPart(std::string_view text, std::size_t least, std::size_t end) {
  std::size_t begin = end;
  bool joint = true;  // what stands before ends a word of the local part
  while (begin > least && !endsAWord(text[begin - 1])) {
    if (text[begin - 1] != '"') {
      joint = text[--begin] == '.';
      continue;
    }
    if (!joint) break;
    --begin;
    joint = false;
    const auto quote = begin == 0 ? std::string_view::npos : text.rfind('"', begin - 1);
    if (quote != std::string_view::npos && quote >= least) begin = quote;
  }
  return begin;
}

}  // namespace

void LocalPartFilter::appendHidden(std::string& out, std::string_view localPart) const {
  if (localPart.empty() || mode_ == LocalParts::Drop) return;
  constexpr std::size_t kOctets = 8;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  // HMAC fails without memory only: then nothing is told.
  if (HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
           reinterpret_cast<const unsigned char*>(localPart.data()), localPart.size(), digest.data(),
           &length) == nullptr) {
    return;
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  for (std::size_t i = 0; i < kOctets; ++i) {
    out += kHex[digest[i] >> 4U];
    out += kHex[digest[i] & 0xfU];
  }
}

std::string_view LocalPartFilter::address(std::string_view text, std::string& room) const {
  if (mode_ == LocalParts::Keep) return text;
  const auto at = std::min(text.rfind('@'), text.size());
  room.clear();
  appendHidden(room, text.substr(0, at));
  room += text.substr(at);
  return room;
}

std::string_view LocalPartFilter::sentence(std::string_view text, std::string& room) const {
  if (mode_ == LocalParts::Keep) return text;
  room.clear();
  std::size_t done = 0;
  for (auto at = text.find('@'); at != std::string_view::npos; at = text.find('@', done)) {
    const std::size_t begin = beginOfLocalPart(text, done, at);
    room += text.substr(done, begin - done);
    appendHidden(room, text.substr(begin, at - begin));
    room += '@';
    done = at + 1;
  }
  room += text.substr(done);
  return room;
}

}  // namespace alignd::report
