// Macros of SPF terms and explanations (RFC 7208 section 7).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/data/address.h"
#include "dns/data/time.h"
#include "verifier/work.h"

namespace alignd::spf {

/// Literals and macros that a domain-spec or an explanation may have: a name has no more labels than that. Without a bound
/// a record of 60 kB has 10,000 macros that expand to nothing.
inline constexpr std::size_t kMaxPieces = 128;

/// Which production of RFC 7208 section 7.1 a text has to match.
enum class Grammar : std::uint8_t {
  DomainSpec,     // ends in a top label or in a macro; never c, r, t
  MacroString,    // the value of an unknown modifier
  ExplainString,  // what an exp= TXT record says: blanks allowed
};

/// What the macro letters stand for in one expansion (section 7.2). The views must outlive the call.
struct MacroValues {
  std::string_view localPart;     // l
  std::string_view senderDomain;  // o; and s is l "@" o
  std::string_view domain;        // d
  std::string_view helo;          // h
  std::string_view receiver;      // r; "unknown" when empty
  std::string_view validated;     // p; "unknown" when empty
  IpAddress client;               // i, c, v
  UnixTime now{};                 // t
};

/// A parsed macro-string: literals and macros in order.
class MacroString {
 public:
  MacroString() = default;
  /// Nothing when `text` breaks the grammar; `problem` then says how. Linear in `text`.
  static std::optional<MacroString> parse(std::string_view text, Grammar grammar, std::string& problem);

  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  /// Whether the macro `letter` (lower case) occurs, in either case.
  bool uses(char letter) const { return (letters_ & bit(letter)) != 0; }
  /// Octets it owns.
  std::size_t cost() const { return text_.capacity() + pieces_.capacity() * sizeof(Piece); }

  /// The expansion as a domain name: without the final dot, and when longer than 253 octets without as many
  /// labels on the left as needed (section 7.3). Not checked further: labels may be empty or too long. Does
  /// no more work than those 253 octets need, and one step for each piece that expands to nothing.
  std::string expandName(const MacroValues& values, Work* work = nullptr) const;
  /// The expansion as text, cut after `limit` octets.
  std::string expandText(const MacroValues& values, std::size_t limit, Work* work = nullptr) const;

 private:
  struct Piece {
    std::uint32_t offset = 0;  // a literal: where in text_
    std::uint32_t length = 0;
    std::uint32_t keep = 0;       // right-hand parts to keep; 0: all of them
    char letter = 0;              // lower case; 0: a literal; '%', '_', '-': the escapes
    bool urlEscape = false;       // the letter was written in upper case
    bool reverse = false;         // transformer "r"
    bool split = false;           // transformers or delimiters are there
    std::uint8_t delimiters = 0;  // bit i: the i-th of ". - + , / _ ="
  };
  // Of a macro letter, in lower case.
  static constexpr std::uint32_t bit(char letter) {
    return std::uint32_t{1} << static_cast<unsigned>(letter - 'a');
  }
  class Expander;
  bool parseMacro(std::size_t& at, Grammar grammar, std::string& problem);
  bool endsInTopLabel(std::string& problem) const;
  void addLiteral(std::size_t at);

  std::string text_;
  std::vector<Piece> pieces_;
  std::uint32_t letters_ = 0;
};

/// Everything outside RFC 3986's unreserved set as %XX (section 7.3).
std::string urlEscape(std::string_view text);

/// The reverse-mapping name of an address, below in-addr.arpa or ip6.arpa (section 5.5).
std::string reverseName(const IpAddress& address);

}  // namespace alignd::spf
