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

// encoded-word = "=?" charset "?" encoding "?" encoded-text "?=" (RFC 2047 section 2), without its limit of
// 75: many readers do not know it. A blank ends the attempt, so that the scan stays linear.
std::optional<EncodedWord> wordAt(std::string_view text, std::size_t at) {
  std::size_t marks[3];
  std::size_t found = 0;
  for (std::size_t i = at + 2; i < text.size(); ++i) {
    if (isBlank(text[i])) return std::nullopt;
    if (text[i] != '?') continue;
    if (found < 2) {
      marks[found++] = i;
      continue;
    }
    if (i + 1 >= text.size() || text[i + 1] != '=') return std::nullopt;
    if (marks[0] == at + 2 || marks[1] != marks[0] + 2) return std::nullopt;
    const char encoding = ascii::lower(text[marks[0] + 1]);
    if (encoding != 'b' && encoding != 'q') return std::nullopt;
    return EncodedWord{text.substr(at + 2, marks[0] - at - 2), encoding,
                       text.substr(marks[1] + 1, i - marks[1] - 1), i + 2};
  }
  return std::nullopt;
}

std::string decodeWord(const EncodedWord& word) {
  std::string octets;
  if (word.encoding == 'b') {
    appendB(word.text, octets);
  } else {
    appendQ(word.text, octets);
  }
  return asciiIn(word.charset, octets);
}

// The encoded-word at `at`, if one begins there.
std::optional<EncodedWord> beginsAt(std::string_view text, std::size_t at) {
  if (text[at] != '=' || at + 1 >= text.size() || text[at + 1] != '?') return std::nullopt;
  return wordAt(text, at);
}

}  // namespace

std::string decodeEncodedWords(std::string_view text, std::string_view without) {
  std::string out;
  out.reserve(text.size());
  std::size_t keep = std::string::npos;  // end of `out` before blanks that follow an encoded-word
  for (std::size_t at = 0; at < text.size();) {
    if (const auto word = beginsAt(text, at)) {
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

std::vector<EncodedWords> findEncodedWords(std::string_view text) {
  std::vector<EncodedWords> out;
  bool joined = false;  // nothing but blanks since the last one
  for (std::size_t at = 0; at < text.size();) {
    if (const auto word = beginsAt(text, at)) {
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
