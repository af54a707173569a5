// The lexical level of address fields: RFC 5322 section 3.2 with the obsolete forms of section 4.1 and UTF-8
// (RFC 6532 section 3.2). Comments and folding white space are skipped here, quoted pairs understood.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace alignd::message {

struct AddressToken {
  enum class Kind {
    Atom,     // a run of atext; octets from 0x80 on count as atext, whatever their charset
    Quoted,   // a quoted-string, quotes included
    Literal,  // a domain-literal, brackets included
    Special,  // one of < > @ , ; : .
    End,
  };
  Kind kind = Kind::End;
  std::size_t begin = 0;  // offsets in the value
  std::size_t end = 0;
  char special = 0;
  bool blankBefore = false;  // CFWS stood before it

  bool is(char c) const { return kind == Kind::Special && special == c; }
  bool isWord() const { return kind == Kind::Atom || kind == Kind::Quoted; }
};

struct AddressTokens {
  enum class Fault {
    None,
    Octet,     // an octet that may not stand where it stands: control, backslash, stray bracket
    Unclosed,  // a comment, quoted-string or literal without its end
    Depth,     // comments nested deeper than kMaxCommentDepth
  };
  std::vector<AddressToken> tokens;  // ends with an End token when there is no fault
  Fault fault = Fault::None;
  std::size_t offset = 0;  // of the fault
};

inline constexpr std::size_t kMaxCommentDepth = 100;

/// Linear, iterative. At a fault the tokens before it are there. `value` must have no line ends but folds.
AddressTokens tokenizeAddresses(std::string_view value);

/// Where the comment that begins at `open` ends: one beyond its closing parenthesis, or npos without one.
/// `depth` becomes the deepest nesting met.
std::size_t commentEnd(std::string_view value, std::size_t open, std::size_t& depth);
/// Likewise for the quoted-string that begins at `open`.
std::size_t quotedEnd(std::string_view value, std::size_t open);

}  // namespace alignd::message
