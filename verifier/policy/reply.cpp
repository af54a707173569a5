#include "verifier/policy/reply.h"

#include <algorithm>

#include "dns/ascii.h"

namespace alignd::policy {

namespace {

// The word that stands in braces at the beginning of `text`; its length with them, 0 when there is none.
struct Placeholder {
  std::size_t length = 0;
  std::string_view value;
};

Placeholder placeholderAt(std::string_view text, const ReplyWords& words) {
  constexpr std::string_view kDomain = "{domain}";
  constexpr std::string_view kReason = "{reason}";
  constexpr std::string_view kRule = "{rule}";
  if (text.starts_with(kDomain)) return {kDomain.size(), words.domain};
  if (text.starts_with(kReason)) return {kReason.size(), words.reason};
  if (text.starts_with(kRule)) return {kRule.size(), words.rule};
  return {};
}

bool isPrintable(char c) {
  return c >= 0x20 && c <= 0x7e;
}

}  // namespace

std::string fillReply(std::string_view text, const ReplyWords& words) {
  std::string out;
  for (std::size_t i = 0; i < text.size() && out.size() < kMaxReplyText;) {
    const Placeholder found = placeholderAt(text.substr(i), words);
    if (found.length == 0) {
      out += text[i++];
    } else {
      out += found.value.substr(0, kMaxReplyText);
      i += found.length;
    }
  }
  if (out.size() > kMaxReplyText) out.resize(kMaxReplyText);
  std::replace_if(out.begin(), out.end(), [](char c) { return !isPrintable(c); }, '?');
  return out;
}

std::optional<std::string> templateFault(std::string_view text) {
  if (ascii::trimWsp(text).empty()) return "is empty";
  if (text.size() > kMaxReplyText / 2) return "is longer than 240 characters";
  if (!std::all_of(text.begin(), text.end(), isPrintable)) return "holds more than printable US-ASCII";
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = placeholderAt(text.substr(i), {}).length;
    if (length == 0 && (text[i] == '{' || text[i] == '}'))
      return "knows only {domain}, {reason} and {rule} in braces";
    i += std::max<std::size_t>(length, 1);
  }
  return std::nullopt;
}

}  // namespace alignd::policy
