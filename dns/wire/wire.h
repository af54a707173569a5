// DNS messages as octets: what we send and what we read (RFC 1035 section 4). Everything that is read here
// was written by a stranger.
//
// The room dns/wire: messages of DNS as octets. It includes dns/data alone; what it reads it copies, in time linear in it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dns/data/answer.h"

namespace alignd::dns {

using Octets = std::span<const std::uint8_t>;

/// RFC 1034 leaves the length of an alias chain open; this is where we stop (DESIGN.md decision 9).
inline constexpr std::size_t kMaxHops = 10;
/// What we say we can take over UDP: fits into an IPv6 packet of 1280 octets, so that nothing is fragmented.
inline constexpr std::uint16_t kUdpPayload = 1232;

/// A query of one question, ready to be sent over UDP (over TCP after a length of two octets).
struct QueryPacket {
  std::array<std::uint8_t, 12 + 255 + 4 + 11> buffer{};
  std::size_t size = 0;
  Octets octets() const { return {buffer.data(), size}; }
};

struct QueryOptions {
  std::uint16_t id = 0;
  bool edns = true;  // an OPT record (RFC 6891) that offers kUdpPayload
  /// One bit a letter of the name, from the left (repeating after 64): set means upper case. A reply must
  /// repeat the letters as they were sent, which somebody who only guesses cannot
  /// (draft-vixie-dnsext-dns0x20).
  std::uint64_t upperCase = 0;
};

/// Recursion desired, AD set: "tell me whether you validated it" (RFC 6840 section 5.7).
QueryPacket buildQuery(const Question& question, const QueryOptions& options);

/// What one reply says about one question.
struct Reply {
  Status status = Status::Malformed;
  int rcode = -1;              // with the high bits of an OPT record (RFC 6891 section 6.1.3); -1: no header
  bool truncated = false;      // TC
  bool authenticated = false;  // AD
  bool edns = false;           // there is an OPT record
  std::vector<Hop> chain;      // from the name asked
  std::vector<Record> records;
  /// Seconds: the minimum over chain and records; of a negative reply also over the SOA record's TTL and
  /// MINIMUM (RFC 2308 section 5). 0 for a negative reply without SOA: it is not to be cached.
  std::uint32_t ttl = 0;
  /// The reply is a chain that stops at an alias: nothing at the last target, and no SOA record that says
  /// "there is nothing". The target must be asked.
  bool unfinished = false;
  std::string detail;  // why it is malformed; which hop broke
};

/// Reads a reply. Never throws on any input, never reads outside it, takes time linear in its size.
///
/// The question must be echoed (any case). Only what hangs on the name asked is looked at: records of foreign
/// owners are ignored, aliases are followed in any order they stand in, a DNAME counts through its
/// synthesised CNAME. Statuses: Ok, NoData, NoSuchName, DanglingCname, CnameLoop, ChainTooLong, ServerFailure
/// (SERVFAIL and every rcode without a meaning of its own, FORMERR too), Refused, Malformed.
///
/// A reply with TC=1 is not whole: no part of it is an answer (RFC 2181 section 9), whatever way it came. It is
/// Malformed, unless its rcode is an error.
///
/// A label with a dot inside cannot be written as a Name. As owner it is foreign; as the target of the alias
/// chain it makes the reply Malformed; in MX, PTR, NS, SOA and DNAME data that record alone is left out. The
/// data of a SOA question is its MNAME.
Reply parseReply(Octets wire, const Question& asked);

/// What may be looked at before all is parsed: bits of the header. Nothing when there is no whole header.
struct ReplyHeader {
  std::uint16_t id = 0;
  int rcode = 0;
  bool response = false;
  bool truncated = false;
};
std::optional<ReplyHeader> readHeader(Octets wire);

/// True when both carry one question and it is the same one.
bool sameQuestion(Octets query, Octets reply);
/// The same, octet for octet: the letters' case too.
bool sameQuestionOctets(Octets query, Octets reply);

}  // namespace alignd::dns
