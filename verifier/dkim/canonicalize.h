// The two canonicalizations of RFC 6376 section 3.4, for header fields and for streaming bodies.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "verifier/dkim/reduce_blanks.h"

namespace alignd::dkim {

enum class Canonicalization : std::uint8_t { Simple, Relaxed };
/// "simple", "relaxed"
std::string_view canonicalizationName(Canonicalization canonicalization);

/// Appends to `out` the canonical form of a field (RFC 6376 sections 3.4.1, 3.4.2), without a final CRLF.
/// `whole` is name, colon and value as they came, without the CRLF that ends the field. A CRLF that does not
/// fold, a bare CR, a bare LF and NUL are data.
void canonicalizeField(Canonicalization canonicalization, std::string_view whole, std::string& out);

/// Appends `text` in lower case.
void appendLower(std::string& out, std::string_view text);

/// Where canonical octets go. The views are valid for the call only.
class OctetSink {
 public:
  OctetSink() = default;
  OctetSink(const OctetSink&) = delete;
  OctetSink& operator=(const OctetSink&) = delete;
  virtual ~OctetSink() = default;
  virtual void write(std::string_view octets) = 0;
};

/// Canonicalizes a body that comes in pieces (RFC 6376 sections 3.4.3, 3.4.4). What needs no change is handed
/// on as views into the input. The result does not depend on how the body is cut. Only CRLF ends a line: a
/// bare CR or LF is data, whatever other software makes of it, so that nobody can move text in or out of a
/// signature with it.
class BodyCanonicalizer {
 public:
  BodyCanonicalizer(Canonicalization canonicalization, OctetSink& sink,
                    const Reducer& reducer = bestReducer())
      : sink_(sink), reducer_(reducer), canonicalization_(canonicalization) {}

  void reset() noexcept;
  void feed(std::string_view chunk);
  /// The body is over: writes what the end decides.
  void finish();

 private:
  void feedSimple(std::string_view chunk);
  void feedRelaxed(std::string_view chunk);
  std::size_t feedBlocks(std::string_view text);
  std::size_t feedEnd(std::string_view text);
  void feedOctet(char c);
  void put(std::string_view octets);
  void writeThrough(std::string_view text);
  void write(std::string_view octets);
  void flush();

  OctetSink& sink_;
  const Reducer& reducer_;
  Canonicalization canonicalization_;
  // What has been read but not written, in order. The line ends at the end of it hang on what follows, those of
  // `buffer_` too: it is flushed without them.
  std::uint64_t lineEnds_ = 0;  // CRLFs: at the end of the body they count for one or for none
  static constexpr std::size_t kGather = 8192;
  std::size_t gathered_ = 0;
  std::array<char, kGather> buffer_;  // relaxed: canonical octets
  bool blank_ = false;                // white space (relaxed): vanishes before a line end
  bool cr_ = false;                   // CR as last octet of a chunk: half a line end, or data
  bool written_ = false;              // the body is not empty
};

}  // namespace alignd::dkim
