#include "verifier/message/encoded_word.h"

#include <optional>

#include "dns/data/ascii.h"
#include "verifier/message/charset_ascii.h"
#include "verifier/message/from_text.h"
#include "verifier/message/word_octets.h"

namespace alignd::message {

namespace {

struct EncodedWord {
  std::string_view charset;
  char encoding = 0;  // 'b' or 'q'
  std::string_view text;
  std::size_t end = 0;
};

// Finds the encoded-words of a text from left to right: "=?" charset "?" encoding "?" encoded-text "?=" (RFC 2047 section
// 2), without its limit of 75, which many readers do not know. Linear: what was looked for ahead is remembered.
class WordReader {
 public:
  WordReader(std::string_view text, WordRules rules) : text_(text), rules_(rules) {}

  // The one that begins at `begin`; never called with less than before.
  std::optional<EncodedWord> at(std::size_t begin) {
    if (!text_.substr(begin).starts_with("=?")) return std::nullopt;
    const std::size_t charset = begin + 2;
    const std::size_t mark = text_.find('?', charset);
    if (mark == std::string_view::npos || mark + 2 >= text_.size() || text_[mark + 2] != '?')
      return std::nullopt;
    if (mark == charset && !rules_.marks) return std::nullopt;
    const char encoding = ascii::lower(text_[mark + 1]);
    if (encoding != 'b' && encoding != 'q') return std::nullopt;
    const std::size_t body = mark + 3;
    const std::size_t end = ahead(end_, body, [&] { return text_.find("?=", body); });
    if (end == std::string_view::npos) return std::nullopt;
    if (!rules_.marks && text_.find('?', body) != end) return std::nullopt;
    if (!rules_.blanks &&
        ahead(blank_, charset, [&] { return text_.find_first_of(" \t\r\n", charset); }) < end)
      return std::nullopt;
    return EncodedWord{text_.substr(charset, mark - charset), encoding, text_.substr(body, end - body),
                       end + 2};
  }

 private:
  // `found` is where something stood when it was last looked for, from no later a place than `from`.
  template <class Find>
  static std::size_t ahead(std::size_t& found, std::size_t from, Find&& find) {
    if (found < from) found = find();
    return found;
  }

  std::string_view text_;
  WordRules rules_;
  std::size_t end_ = 0;    // the next "?="
  std::size_t blank_ = 0;  // the next blank
};

std::string decodeWord(const EncodedWord& word) {
  std::string octets;
  if (word.encoding == 'b') {
    appendB(word.text, octets);
  } else {
    appendQ(word.text, octets);
  }
  return asciiIn(word.charset, octets);
}

}  // namespace

// Where a word begins, all rules that take it take the same; the strictest take no more than any, the most lenient no less.
std::span<const WordRules> rulesFor(std::string_view text) {
  const std::span<const WordRules> all(kAllWordRules);
  WordReader strict(text, all[0]);
  WordReader lenient(text, all[1]);
  for (std::size_t at = text.find("=?"); at != std::string_view::npos; at = text.find("=?", at)) {
    const auto word = lenient.at(at);
    if (word && !strict.at(at)) return all;
    at = word ? word->end : at + 1;
  }
  return all.first(1);
}

std::string decodeEncodedWords(std::string_view text, WordRules rules, std::string_view without) {
  WordReader words(text, rules);
  std::string out;
  out.reserve(text.size());
  std::size_t keep = std::string::npos;  // end of `out` before blanks that follow an encoded-word
  for (std::size_t at = 0; at < text.size();) {
    if (const auto word = words.at(at)) {
      if (keep != std::string::npos) out.resize(keep);
      for (const char c : decodeWord(*word)) {
        if (without.find(c) == std::string_view::npos) out += c;
      }
      at = word->end;
      keep = out.size();
      continue;
    }
    if (!isBlank(text[at])) keep = std::string::npos;
    out += text[at++];
  }
  return out;
}

std::vector<EncodedWords> findEncodedWords(std::string_view text, WordRules rules) {
  WordReader words(text, rules);
  std::vector<EncodedWords> out;
  bool joined = false;  // nothing but blanks since the last one
  for (std::size_t at = 0; at < text.size();) {
    if (const auto word = words.at(at)) {
      if (!joined) out.push_back({at, at});
      at = out.back().end = word->end;
      joined = true;
      continue;
    }
    joined = joined && isBlank(text[at]);
    ++at;
  }
  return out;
}

}  // namespace alignd::message
