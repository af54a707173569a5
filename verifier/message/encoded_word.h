// What readers that decode before they parse see (RFC 2047): needed to find addresses hidden in
// encoded-words.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace alignd::message {

/// What readers take for an encoded-word. RFC 2047 section 2 allows neither blanks nor, in Q, a "?" in it; Python's
/// email.header takes both, blanks in the charset and no charset at all. Somewhere between the two stands every reader.
struct WordRules {
  bool blanks = false;
  bool marks = false;  // the text goes on to the first "?=", and there may be no charset
};
inline constexpr WordRules kAllWordRules[]{{false, false}, {true, true}, {true, false}, {false, true}};

/// The rules that matter for `text`: those of RFC 2047 alone where every reader takes the same for encoded-words, as
/// nearly always; else all. Linear.
std::span<const WordRules> rulesFor(std::string_view text);

/// `text` with every encoded-word replaced by the octets it stands for, in its own charset; blanks between
/// two encoded-words vanish (RFC 2047 section 6.2). What is not well-formed stays as it is. Linear; the
/// result is at most three times as long as `text`. For looking at octets of ASCII only: charsets are not converted, but
/// what their octets say in ASCII is seen (charset_ascii.h). Octets of `without` that a word stands for are left out.
std::string decodeEncodedWords(std::string_view text, WordRules rules, std::string_view without = {});

/// A run of encoded-words with nothing but blanks between them.
struct EncodedWords {
  std::size_t begin = 0;
  std::size_t end = 0;
};
std::vector<EncodedWords> findEncodedWords(std::string_view text, WordRules rules);

}  // namespace alignd::message
