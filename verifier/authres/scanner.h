// Walks over structured field values: comments, quotes, words. Shared by the readers of this room.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace alignd::authres {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::size_t position() const { return at_; }
  bool atEnd() const { return at_ >= text_.size(); }
  /// NUL at the end.
  char peek() const { return atEnd() ? '\0' : text_[at_]; }
  void advance() { ++at_; }
  /// Takes `c` when it is next.
  bool take(char c);

  /// CFWS of RFC 5322 section 3.2.2; CR and LF count as blanks wherever they stand. True when there was any.
  /// A comment without an end, or nested too deep, runs to the end of the text.
  bool skipCfws();
  /// The inside of a comment, as written, nested ones included. The next character is its `(`.
  std::string_view comment();
  /// Letters, digits and hyphens (Keyword is Ldh-str, RFC 5321 section 4.1.2; underscores are tolerated). May
  /// be empty.
  std::string_view keyword();
  /// 1*DIGIT; nothing when the next character is none. Numbers over `maximum` give `maximum`.
  std::optional<int> number(int maximum);
  /// A quoted-string with its quoted-pairs undone and folds removed (RFC 5322 section 3.2.4). The next
  /// character is the opening quote.
  std::string quoted();
  /// Characters up to a blank, quote, bracket, semicolon or one of `stops`. May be empty.
  std::string_view run(std::string_view stops);
  /// To the next semicolon outside quotes and comments, or the end.
  void skipToSemicolon();

  /// A comment or a quoted-string had no end (or a comment was nested too deep).
  bool unterminated() const { return unterminated_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  bool unterminated_ = false;
};

}  // namespace alignd::authres
