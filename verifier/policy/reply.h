// SMTP reply texts from templates.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace alignd::policy {

inline constexpr std::size_t kMaxReplyText = 480;  // RFC 5321 section 4.5.3.1.5: 512 with the codes and CRLF

/// What may stand in braces.
struct ReplyWords {
  std::string_view domain;   // {domain}: of the author
  std::string_view reason;   // {reason}: what was found
  std::string_view rule;     // {rule}: its name
  std::string_view why;      // {why}: the cause in one word
  std::string_view spf;      // {spf}: what SPF says
  std::string_view dkim;     // {dkim}: what the signatures say
  std::string_view client;   // {client}: its address
  std::string_view queueId;  // {queue_id}
};

/// `text` with its words replaced; foreign octets made printable US-ASCII; cut to kMaxReplyText. `help` is the
/// filled-in URL of fillHelp: it stands for {help_url}, or behind a text that does not have it, and is never cut.
std::string fillReply(std::string_view text, const ReplyWords& words, std::string_view help = {});

/// The URL of the operator's help page with {why}, {domain} and {queue_id} filled in; octets that have a meaning in
/// a URL are replaced by underscores. "" for "".
std::string fillHelp(std::string_view url, const ReplyWords& words);

/// What is wrong with a template: something in braces that is no word of ours, octets outside printable
/// US-ASCII, or its length. Nothing when it is good.
std::optional<std::string> templateFault(std::string_view text);
/// Likewise with the URL of a help page; an empty one is good.
std::optional<std::string> helpFault(std::string_view url);

}  // namespace alignd::policy
