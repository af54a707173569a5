#include "verifier/dkim/tag_list.h"

#include <algorithm>
#include <utility>

#include "dns/data/ascii.h"
#include "dns/data/octets.h"

namespace alignd::dkim {

namespace {

bool isFwsAt(std::string_view text, std::size_t at) {
  if (ascii::isWsp(text[at])) return true;
  // A CRLF is white space only where it folds.
  return text[at] == '\r' && at + 2 < text.size() && text[at + 1] == '\n' && ascii::isWsp(text[at + 2]);
}

constexpr std::size_t kShown = 32;  // octets of a foreign name that go into a reason

// RFC 6376 section 3.2: ALPHA *( ALPHA / DIGIT / "_" ); and hyphens, which others take.
bool isTagName(std::string_view name) {
  return !name.empty() && ascii::isAlpha(name.front()) && std::all_of(name.begin(), name.end(), [](char c) {
    return ascii::isAlnum(c) || c == '_' || c == '-';
  });
}

std::string badNameText(std::string_view spec, std::string_view name) {
  if (spec.starts_with("=?") && spec.find("?=") != std::string_view::npos) {
    return "the field was turned into encoded-words (RFC 2047) on its way";
  }
  if (name.empty()) return "a tag without a name";
  if (std::string pasted = pastedOctets(name); !pasted.empty()) return "the name of a tag holds " + pasted;
  return ascii::cat({"bad tag name: ", name.substr(0, kShown)});
}

std::string_view controlName(char c) {
  switch (c) {
    case '\0': return "a NUL";
    case '\r': return "a carriage return that folds nothing";
    case '\n': return "a bare line feed";
    case '\v': return "a vertical tab";
    case '\f': return "a form feed";
    default: return "a control character";
  }
}

// RFC 6376 section 3.2: VALCHAR is %x21-3A / %x3C-7E; blanks and folds between them. A bare CR, a bare LF,
// NUL are none of these. Returns the offset of the first octet that may not stand there.
std::size_t badValueOctet(std::string_view value) {
  const auto suspect = [](octets::Word word) {
    return octets::anyBelow(word, ' ') | octets::anyEqual(word, '\x7f');
  };
  for (std::size_t i = 0;; ++i) {
    i = octets::find(value, i, suspect, ascii::isControl);
    if (i == value.size()) return std::string_view::npos;
    if (!isFwsAt(value, i)) return i;
    if (value[i] == '\r') ++i;
  }
}

}  // namespace

std::string pastedOctets(std::string_view text) {
  const auto has = [&](std::string_view octets) { return text.find(octets) != std::string_view::npos; };
  if (has("\xc2\xa0")) return "a no-break space";
  if (has("\xe2\x80\x8b") || has("\xef\xbb\xbf")) return "an invisible character";
  if (has("\"") || has("\xe2\x80\x9c") || has("\xe2\x80\x9d")) return "a quotation mark, as of a zone file";
  if (has("\\")) return "a backslash, as of a zone file";
  return {};
}

void addRemark(std::string& remarks, std::string_view remark) {
  if (remark.empty()) return;
  if (!remarks.empty()) remarks += ", ";
  remarks += remark;
}

std::string_view trimFws(std::string_view text) {
  const auto plain = [](char c) { return c > ' ' || ascii::is8Bit(c); };
  if (!text.empty() && plain(text.front()) && plain(text.back())) return text;  // mostly
  std::size_t begin = 0;
  while (begin < text.size() && isFwsAt(text, begin)) begin += text[begin] == '\r' ? 2 : 1;
  text.remove_prefix(begin);
  while (!text.empty() && ascii::isWsp(text.back())) {
    text.remove_suffix(1);
    if (text.ends_with("\r\n")) text.remove_suffix(2);  // followed by a blank: it was a fold
  }
  return text;
}

std::string removeFws(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::size_t run = 0;  // where what stays begins
  const auto suspect = [](octets::Word word) { return octets::anyBelow(word, ' ' + 1); };
  const auto special = [](char c) { return ascii::isWsp(c) || c == '\r'; };
  for (std::size_t i = 0;; ++i) {
    i = octets::find(text, i, suspect, special);
    if (i == text.size()) break;
    if (!isFwsAt(text, i)) continue;
    out.append(text, run, i - run);
    if (text[i] == '\r') ++i;
    run = i + 1;
  }
  out.append(text, run);
  return out;
}

std::vector<std::string_view> splitList(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  out.reserve(static_cast<std::size_t>(std::count(text.begin(), text.end(), separator)) + 1);
  for (std::size_t begin = 0;;) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    out.push_back(trimFws(text.substr(begin, end - begin)));
    if (end == text.size()) return out;
    begin = end + 1;
  }
}

TagList TagList::parse(std::string_view text) {
  TagList list;
  list.tags_.reserve(12);
  for (std::size_t begin = 0, count = 1;; ++count) {
    const std::size_t end = std::min(text.find(';', begin), text.size());
    const bool last = end == text.size();
    // The list may end in ";" and blanks; nothing else may be empty.
    if (last && begin > 0 && trimFws(text.substr(begin)).empty()) break;
    if (count > kMaxTags) {
      list.fail(TagFault::Syntax, "too many tags");
      break;
    }
    list.parseTag(text, begin, end);
    if (last) break;
    begin = end + 1;
  }
  return list;
}

void TagList::parseTag(std::string_view text, std::size_t begin, std::size_t end) {
  const std::string_view spec = text.substr(begin, end - begin);
  if (trimFws(spec).empty()) {
    return fail(TagFault::Syntax, trimFws(text).empty() ? "there is nothing in it"
                                                        : "an empty tag: a semicolon with nothing before it");
  }
  const std::size_t equals = spec.find('=');
  const std::string_view name = trimFws(spec.substr(0, equals));
  if (equals == std::string_view::npos) {
    return fail(TagFault::Syntax, ascii::cat({"no equals sign after ", name.substr(0, kShown)}));
  }
  if (!isTagName(name)) return fail(TagFault::Syntax, badNameText(trimFws(spec), name));
  if (name.find('-') != std::string_view::npos && tolerated_.empty()) {
    tolerated_ = ascii::cat({"a hyphen in the tag name ", name.substr(0, kShown)});
  }

  const std::string_view raw = spec.substr(equals + 1);
  if (const std::size_t bad = badValueOctet(raw); bad != std::string_view::npos) {
    return fail(TagFault::Syntax, ascii::cat({controlName(raw[bad]), " in ", name.substr(0, kShown), "="}));
  }
  if (find(name) != nullptr) {
    return fail(TagFault::Duplicate, ascii::cat({"tag ", name.substr(0, kShown), "= stands twice"}));
  }
  tags_.push_back({name, trimFws(raw), begin + equals + 1, end});
}

// The first fault is the one that is reported; reading goes on for the sake of logs.
void TagList::fail(TagFault fault, std::string problem) {
  if (!ok()) return;
  fault_ = fault;
  problem_ = std::move(problem);
}

const Tag* TagList::find(std::string_view name) const {
  // The first letter tells nearly all of them apart.
  const auto found = std::find_if(tags_.begin(), tags_.end(), [&](const Tag& tag) {
    return !name.empty() && tag.name.front() == name.front() && tag.name == name;
  });
  return found == tags_.end() ? nullptr : &*found;
}

std::optional<std::string_view> TagList::value(std::string_view name) const {
  const Tag* tag = find(name);
  return tag == nullptr ? std::nullopt : std::optional(tag->value);
}

}  // namespace alignd::dkim
