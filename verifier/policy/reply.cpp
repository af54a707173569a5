#include "verifier/policy/reply.h"

#include <algorithm>
#include <array>

#include "dns/data/ascii.h"

namespace alignd::policy {

namespace {

constexpr std::size_t kMaxUrl = 160;      // as set
constexpr std::size_t kMaxUrlWord = 100;  // of what is filled in
constexpr std::string_view kHelpWord = "{help_url}";

struct Word {
  std::string_view name;
  std::string_view ReplyWords::* value;
  bool inUrl;
};

constexpr std::array<Word, 8> kWords{{
    {"{domain}", &ReplyWords::domain, true},
    {"{reason}", &ReplyWords::reason, false},
    {"{rule}", &ReplyWords::rule, false},
    {"{why}", &ReplyWords::why, true},
    {"{spf}", &ReplyWords::spf, false},
    {"{dkim}", &ReplyWords::dkim, false},
    {"{client}", &ReplyWords::client, false},
    {"{queue_id}", &ReplyWords::queueId, true},
}};

// The word in braces that stands at the beginning of `text`; null when there is none.
const Word* wordAt(std::string_view text) {
  const auto* found = std::find_if(kWords.begin(), kWords.end(),
                                   [&](const Word& word) { return text.starts_with(word.name); });
  return found == kWords.end() ? nullptr : found;
}

bool isPrintable(char c) {
  return c >= 0x20 && c <= 0x7e;
}

bool plainInUrl(char c) {
  return ascii::isAlnum(c) || c == '.' || c == '-' || c == '_';
}

}  // namespace

std::string fillReply(std::string_view text, const ReplyWords& words, std::string_view help) {
  const bool named = text.find(kHelpWord) != std::string_view::npos;
  std::string behind = help.empty() || named ? std::string() : ascii::cat({". See ", help});
  const std::size_t room = kMaxReplyText - std::min(behind.size(), kMaxReplyText);
  std::string out;
  for (std::size_t i = 0; i < text.size() && out.size() < room;) {
    if (text.substr(i).starts_with(kHelpWord)) {
      out += help;
      i += kHelpWord.size();
    } else if (const Word* word = wordAt(text.substr(i))) {
      out += (words.*word->value).substr(0, kMaxReplyText);
      i += word->name.size();
    } else {
      out += text[i++];
    }
  }
  if (out.size() > room) out.resize(room);
  if (out.ends_with('.') && !behind.empty()) behind.erase(0, 1);
  out += behind;
  std::replace_if(out.begin(), out.end(), [](char c) { return !isPrintable(c); }, '?');
  return out;
}

std::string fillHelp(std::string_view url, const ReplyWords& words) {
  std::string out;
  for (std::size_t i = 0; i < url.size();) {
    const Word* word = wordAt(url.substr(i));
    if (word == nullptr) {
      out += url[i++];
      continue;
    }
    for (const char c : (words.*word->value).substr(0, kMaxUrlWord)) out += plainInUrl(c) ? c : '_';
    i += word->name.size();
  }
  return out;
}

std::optional<std::string> templateFault(std::string_view text) {
  if (ascii::trimWsp(text).empty()) return "is empty";
  if (text.size() > kMaxReplyText / 2) return "is longer than 240 characters";
  if (!std::all_of(text.begin(), text.end(), isPrintable)) return "holds more than printable US-ASCII";
  for (std::size_t i = 0; i < text.size();) {
    const Word* word = wordAt(text.substr(i));
    const std::size_t length = text.substr(i).starts_with(kHelpWord) ? kHelpWord.size()
                               : word != nullptr                     ? word->name.size()
                                                                     : 0;
    if (length == 0 && (text[i] == '{' || text[i] == '}')) {
      return "knows only {domain}, {reason}, {rule}, {why}, {spf}, {dkim}, {client}, {queue_id} and "
             "{help_url} in "
             "braces";
    }
    i += std::max<std::size_t>(length, 1);
  }
  return std::nullopt;
}

std::optional<std::string> helpFault(std::string_view url) {
  if (url.empty()) return std::nullopt;
  if (!url.starts_with("https://") && !url.starts_with("http://")) return "is no http:// or https:// URL";
  if (url.size() > kMaxUrl) return "is longer than 160 characters";
  for (std::size_t i = 0; i < url.size();) {
    const Word* word = wordAt(url.substr(i));
    if (word != nullptr && word->inUrl) {
      i += word->name.size();
      continue;
    }
    if (url[i] == '{' || url[i] == '}') return "knows only {why}, {domain} and {queue_id} in braces";
    if (!isPrintable(url[i]) || url[i] == ' ') return "holds more than printable US-ASCII, or a blank";
    ++i;
  }
  return std::nullopt;
}

}  // namespace alignd::policy
