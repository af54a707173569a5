#include "verifier/spf/near_miss.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "dns/data/ascii.h"
#include "verifier/excerpt.h"

namespace alignd::spf {

namespace {

constexpr std::string_view kVersion = "v=spf1";
constexpr std::size_t kLooked = 1000;

// What gets in front of a record, or behind its version, when it is pasted; the first that fits names it.
struct Junk {
  std::string_view octets;
  std::string_view name;
};
constexpr std::array<Junk, 17> kJunk{{{" ", "a blank"},
                                      {"\t", "a TAB"},
                                      {"\r", "a line end"},
                                      {"\n", "a line end"},
                                      {"\"", "a quote"},
                                      {"'", "a quote"},
                                      {"`", "a quote"},
                                      {"\\", "a backslash"},
                                      {"(", "a parenthesis"},
                                      {"\xc2\xa0", "a no-break space"},
                                      {"\xef\xbb\xbf", "a byte order mark"},
                                      {"\xe2\x80\x8b", "a zero-width space"},
                                      {"\xe2\x80\x9c", "a typographic quote"},
                                      {"\xe2\x80\x9d", "a typographic quote"},
                                      {"\xe2\x80\x9e", "a typographic quote"},
                                      {"\xe2\x80\x98", "a typographic quote"},
                                      {"\xe2\x80\x99", "a typographic quote"}}};

const Junk* junkAt(std::string_view text) {
  const auto* found =
      std::find_if(kJunk.begin(), kJunk.end(), [&](const Junk& one) { return text.starts_with(one.octets); });
  return found == kJunk.end() ? nullptr : found;
}

std::string quoted(std::string_view text) {
  return ascii::cat({"\"", excerpt(text, 40), "\""});
}

bool startsWith(std::string_view text, std::string_view prefix) {
  return ascii::equalIgnoreCase(text.substr(0, prefix.size()), prefix);
}

// `text` starts with the version, and something is wrong behind it.
std::string behindVersion(std::string_view text) {
  const std::string_view rest = text.substr(kVersion.size());
  const std::string shown = quoted(text);
  if (const Junk* junk = junkAt(rest)) {
    return ascii::cat({junk->name, " follows \"v=spf1\" in ", shown, "; one blank has to"});
  }
  if (ascii::isDigit(rest.front()) || rest.front() == '.') {
    return ascii::cat({shown, " is of another version than \"v=spf1\""});
  }
  if (rest.front() == ';' || rest.front() == ',' || rest.front() == ':') {
    return ascii::cat({"\"", rest.substr(0, 1), "\" follows \"v=spf1\" in ", shown,
                       "; SPF puts blanks alone between its terms"});
  }
  return ascii::cat({"the blank behind \"v=spf1\" is missing in ", shown});
}

// Letters, digits, "=" and "." of the first word or two: how the version reads when blanks and the like do not count.
std::string spelling(std::string_view text) {
  std::string out;
  for (char c : text.substr(0, 16)) {
    if (ascii::isWsp(c) || c == '-' || c == '_') continue;
    out += ascii::lower(c);
  }
  return out;
}

// Something that was to be "v=spf1".
bool misspelt(std::string_view text) {
  static constexpr std::string_view kSpellings[] = {"v=spf", "v:spf",   "vspf",       "=spf",   "spf1",
                                                    "spf=1", "v=spf1",  "v=sfp",      "v=fps1", "v==spf",
                                                    "v;spf", "ver=spf", "version=spf"};
  const std::string start = spelling(text);
  return std::any_of(std::begin(kSpellings), std::end(kSpellings),
                     [&](std::string_view one) { return start.starts_with(one); });
}

bool isTerm(std::string_view word) {
  if (!word.empty() && std::string_view("+-~?").find(word.front()) != std::string_view::npos)
    word.remove_prefix(1);
  static constexpr std::string_view kStarts[] = {"include:", "ip4:", "ip6:", "exists:", "redirect="};
  return std::any_of(std::begin(kStarts), std::end(kStarts),
                     [&](std::string_view start) { return startsWith(word, start); });
}

bool isAll(std::string_view word) {
  return word.size() == 4 && std::string_view("+-~?").find(word.front()) != std::string_view::npos &&
         ascii::equalIgnoreCase(word.substr(1), "all");
}

// Terms without a version, as the second of two halves has them.
bool isRest(std::string_view text) {
  bool terms = false;
  bool all = false;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    terms = terms || isTerm(text.substr(0, end));
    all = all || isAll(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return terms && all;
}

}  // namespace

std::optional<std::string> nearMiss(std::string_view text) {
  text = text.substr(0, kLooked);
  const std::string_view whole = text;
  const Junk* before = nullptr;
  while (const Junk* junk = junkAt(text)) {
    if (before == nullptr) before = junk;
    text.remove_prefix(junk->octets.size());
  }
  if (startsWith(text, kVersion)) {
    if (before == nullptr) return behindVersion(text);
    return ascii::cat(
        {before->name, " stands before \"v=spf1\" in ", quoted(whole), "; the record has to start with it"});
  }
  if (startsWith(text, "spf2.0")) {
    return ascii::cat(
        {quoted(text), " is a Sender ID record, which SPF does not read; it has to start with \"v=spf1\""});
  }
  if (misspelt(text)) return ascii::cat({quoted(text), " has to start with \"v=spf1\""});
  const std::string lower = ascii::toLower(text);
  if (const auto at = lower.find(kVersion); at != std::string::npos) {
    return ascii::cat({"\"v=spf1\" stands within ", quoted(text.substr(at > 20 ? at - 20 : 0)),
                       "; it has to start a record of its own"});
  }
  if (isRest(text)) {
    return ascii::cat({quoted(text),
                       " has SPF terms, but does not start with \"v=spf1\"; "
                       "the strings of one long record belong into one TXT record"});
  }
  return std::nullopt;
}

std::optional<std::string> nearMissIn(const dns::Answer& answer) {
  for (const dns::Record& record : answer.records) {
    const auto* text = std::get_if<dns::Txt>(&record.data);
    if (text == nullptr) continue;
    if (auto found = nearMiss(*text)) return found;
  }
  return std::nullopt;
}

}  // namespace alignd::spf
