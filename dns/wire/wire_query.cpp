// What we send, and whether a reply is to it. The other half of wire.h is in wire.cpp.
#include <algorithm>
#include <string>

#include "dns/data/ascii.h"
#include "dns/wire/wire.h"
#include "dns/wire/wire_name.h"

namespace alignd::dns {

std::optional<ReplyHeader> readHeader(Octets wire) {
  if (wire.size() < kHeader) return std::nullopt;
  ReplyHeader out;
  out.id = static_cast<std::uint16_t>(wire[0] << 8 | wire[1]);
  out.response = (wire[2] & 0x80U) != 0;
  out.truncated = (wire[2] & 0x02U) != 0;
  out.rcode = wire[3] & 0x0F;
  return out;
}

QueryPacket buildQuery(const Question& question, const QueryOptions& options) {
  QueryPacket out;
  const auto u8 = [&](unsigned value) { out.buffer[out.size++] = static_cast<std::uint8_t>(value); };
  const auto u16 = [&](unsigned value) {
    u8(value >> 8U);
    u8(value & 0xFFU);
  };
  u16(options.id);
  u16(0x0120);  // RD, AD
  u16(1);
  u16(0);
  u16(0);
  u16(options.edns ? 1 : 0);
  const std::string& text = question.name.text();
  unsigned letter = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('.', begin), text.size());
    u8(static_cast<unsigned>(end - begin));
    for (; begin < end; ++begin) {
      const char c = text[begin];
      const bool upper = ascii::isAlpha(c) && (options.upperCase >> (letter++ % 64U) & 1U) != 0;
      u8(static_cast<unsigned char>(upper ? c - 'a' + 'A' : c));
    }
    ++begin;
  }
  u8(0);
  u16(static_cast<unsigned>(question.type));
  u16(kClassIn);
  if (options.edns) {  // RFC 6891 section 6.1.2
    u8(0);
    u16(kTypeOpt);
    u16(kUdpPayload);
    u16(0);
    u16(0);
    u16(0);
  }
  return out;
}

namespace {

// The octets of the one question, names not compressed: there is nothing before it to point at.
Octets questionOf(Octets message) {
  std::size_t end = kHeader;
  WireName name;
  if (message.size() < kHeader || message[4] != 0 || message[5] != 1 || !readName(message, end, name))
    return {};
  if (message.size() - end < 4) return {};
  return message.subspan(kHeader, end + 4 - kHeader);
}

}  // namespace

bool sameQuestion(Octets query, Octets reply) {
  const Octets mine = questionOf(query);
  const Octets theirs = questionOf(reply);
  // Type and class hold no letters worth folding apart: a type of 0x41 and one of 0x61 differ, so compare
  // them exactly.
  const auto folded = [](std::uint8_t a, std::uint8_t b) {
    return ascii::lower(static_cast<char>(a)) == ascii::lower(static_cast<char>(b));
  };
  return !mine.empty() && mine.size() == theirs.size() &&
         std::equal(mine.begin(), mine.end() - 4, theirs.begin(), folded) &&
         std::equal(mine.end() - 4, mine.end(), theirs.end() - 4);
}

bool sameQuestionOctets(Octets query, Octets reply) {
  const Octets mine = questionOf(query);
  const Octets theirs = questionOf(reply);
  return !mine.empty() && mine.size() == theirs.size() &&
         std::equal(mine.begin(), mine.end(), theirs.begin());
}

}  // namespace alignd::dns
