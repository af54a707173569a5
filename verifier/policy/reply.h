// SMTP reply texts from templates.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace alignd::policy {

inline constexpr std::size_t kMaxReplyText = 480;  // RFC 5321 section 4.5.3.1.5: 512 with the codes and CRLF

struct ReplyWords {
  std::string_view domain;
  std::string_view reason;
  std::string_view rule;
};

/// `text` with {domain}, {reason} and {rule} replaced; foreign octets made printable US-ASCII; cut to
/// kMaxReplyText.
std::string fillReply(std::string_view text, const ReplyWords& words);

/// What is wrong with a template: something in braces that is no word of ours, octets outside printable
/// US-ASCII, or its length. Nothing when it is good.
std::optional<std::string> templateFault(std::string_view text);

}  // namespace alignd::policy
