// DNS messages for the tests' own server. Written apart from dns/wire on purpose: a codec that is tested
// against itself proves nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace alignd::test {

inline constexpr std::uint16_t kTypeSoa = 6;
inline constexpr std::uint16_t kTypeOpt = 41;
inline constexpr std::uint16_t kClassIn = 1;

/// Header bits (RFC 1035 section 4.1.1, RFC 4035 section 3.2).
inline constexpr std::uint16_t kFlagQr = 0x8000;
inline constexpr std::uint16_t kFlagTc = 0x0200;
inline constexpr std::uint16_t kFlagRd = 0x0100;
inline constexpr std::uint16_t kFlagRa = 0x0080;
inline constexpr std::uint16_t kFlagAd = 0x0020;

/// A question as it stood on the wire.
struct Query {
  std::uint16_t id = 0;
  std::uint16_t flags = 0;
  std::vector<std::string> labels;  // exact octets, exact case
  std::uint16_t type = 0;
  std::uint16_t klass = 0;
  std::string questionWire;  // the question section, to be echoed octet for octet (DNS 0x20)
  bool edns = false;
  std::uint16_t udpPayload = 512;  // of the OPT record; 512 without one
  bool dnssecOk = false;           // DO bit

  /// The labels with dots between, exact case; "" is the root.
  std::string name() const;
};

/// Nothing when it is not a query of opcode 0 with exactly one question and readable additional records.
std::optional<Query> readQuery(std::string_view message);

/// Writes a reply front to back; names are compressed (RFC 1035 section 4.1.4) against what stands before
/// them.
class MessageWriter {
 public:
  enum class Section : std::uint8_t { Answer, Authority, Additional };

  MessageWriter(std::uint16_t id, std::uint16_t flags);

  /// Before any record. `wire` starts with an uncompressed name.
  void question(std::string_view wire);
  /// Records come in the order of their sections. Data is given by one of the next functions, then
  /// endRecord().
  void beginRecord(Section section, std::string_view owner, std::uint16_t type, std::uint32_t ttl,
                   std::uint16_t klass = kClassIn);
  /// Like beginRecord, with the owner's octets given exactly, pointers included.
  void beginRecordWithOwnerWire(Section section, std::string_view ownerWire, std::uint16_t type,
                                std::uint32_t ttl, std::uint16_t klass = kClassIn);
  void u8(unsigned value);
  void u16(unsigned value);
  void u32(std::uint32_t value);
  void octets(std::string_view bytes) { bytes_ += bytes; }
  /// Text with dots between labels; raw octets otherwise.
  void name(std::string_view text);
  /// `text` as character-strings of at most `length` octets; an empty text is one empty string.
  void strings(std::string_view text, std::size_t length);
  /// `lie` is added to the RDLENGTH that is true.
  void endRecord(int lie = 0);
  void opt(std::uint16_t udpPayload, bool dnssecOk);

  std::size_t size() const { return bytes_.size(); }
  /// The message with its counts filled in, plus `lie` answers that are not there.
  std::string finish(int lie = 0);

 private:
  void poke16(std::size_t at, unsigned value);
  std::string bytes_;
  std::map<std::string, std::size_t> names_;  // lower-case suffix: offset
  std::uint16_t counts_[3]{};
  std::size_t rdataAt_ = 0;
};

}  // namespace alignd::test
