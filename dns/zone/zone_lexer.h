// Master files as tokens (RFC 1035 section 5.1): lines, quotes, parentheses, comments.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace alignd::dns {

/// Where something is wrong in a zone file, and what. Line and column count from 1; columns are octets.
struct ZoneError {
  std::size_t line = 0;
  std::size_t column = 0;
  std::string message;  // for people; foreign octets are escaped
  /// "12:5: unknown record type \"TXTT\"".
  std::string text() const;
};

/// A word, or what stood between quotes, as it was written: escapes are taken out by unescape and its
/// callers.
struct ZoneToken {
  std::string_view raw;
  bool quoted = false;
  std::size_t line = 0;
  std::size_t column = 0;  // of the first octet of `raw`
};

/// One entry: a line, or several held together by parentheses.
struct ZoneEntry {
  std::vector<ZoneToken> tokens;  // never empty
  bool startsWithBlank = false;   // the owner is the last one stated
};

/// Splits `text`, which must outlive it, into entries. Linear; memory for one entry at a time.
class ZoneLexer {
 public:
  explicit ZoneLexer(std::string_view text) : text_(text) {}

  /// Fills `entry` with the next one that is not empty. False at the end of the text or at an error.
  bool next(ZoneEntry& entry);
  const std::optional<ZoneError>& error() const { return error_; }

 private:
  bool atEnd() const { return at_ >= text_.size(); }
  std::size_t column(std::size_t at) const { return at - lineStart_ + 1; }
  bool fail(std::size_t at, std::string message);
  void newLine();
  void skipComment();
  bool readParenthesis();
  bool readToken(ZoneEntry& entry);
  bool readQuoted(ZoneEntry& entry);
  bool readWord(ZoneEntry& entry);
  bool addToken(ZoneEntry& entry, std::size_t from, bool quoted);

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t lineStart_ = 0;
  struct Place {
    std::size_t line;
    std::size_t column;
  };
  std::optional<Place> open_;  // the parenthesis that is not closed yet
  std::optional<ZoneError> error_;
};

/// One octet of a token: what it is and whether it was escaped (an escaped dot separates no labels).
struct ZoneOctet {
  char value = 0;
  bool escaped = false;
  std::size_t offset = 0;  // in ZoneToken::raw
};

/// Takes `\DDD` and `\X` out. Nothing, with `error` set, when an escape is malformed (`\25`, `\256`, a lone
/// `\`).
std::optional<std::vector<ZoneOctet>> unescape(const ZoneToken& token, std::optional<ZoneError>& error);

/// `text` in quotes, cut to a size for messages, without control characters and octets outside ASCII.
std::string quoteForMessage(std::string_view text);

}  // namespace alignd::dns
