#include "dns/wire/wire.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "dns/data/ascii.h"
#include "dns/wire/wire_name.h"

namespace alignd::dns {

namespace {

constexpr std::uint32_t kNoTtl = std::numeric_limits<std::uint32_t>::max();

enum Rcode : int { kNoError = 0, kFormErr = 1, kServFail = 2, kNxDomain = 3, kNotImp = 4, kRefused = 5 };

/// A place in a message. Every read says whether there was enough.
class Cursor {
 public:
  Cursor(Octets wire, std::size_t at) : wire_(wire), at_(at) {}

  std::size_t at() const { return at_; }
  bool skip(std::size_t count) {
    if (count > wire_.size() - at_) return false;
    at_ += count;
    return true;
  }
  bool u16(std::uint16_t& out) {
    if (wire_.size() - at_ < 2) return false;
    out = static_cast<std::uint16_t>(wire_[at_] << 8 | wire_[at_ + 1]);
    at_ += 2;
    return true;
  }
  bool u32(std::uint32_t& out) {
    std::uint16_t high = 0;
    std::uint16_t low = 0;
    if (!u16(high) || !u16(low)) return false;
    out = static_cast<std::uint32_t>(high) << 16 | low;
    return true;
  }

 private:
  Octets wire_;
  std::size_t at_;
};

/// The fixed part of a resource record, and where its data is.
struct RawRecord {
  WireName owner;
  std::uint16_t type = 0;
  std::uint16_t recordClass = 0;
  std::uint32_t ttl = 0;
  std::size_t data = 0;
  std::size_t size = 0;
  bool is(Type wanted) const { return type == static_cast<std::uint16_t>(wanted) && recordClass == kClassIn; }
};

bool readRecord(Octets wire, std::size_t& at, RawRecord& out) {
  if (!readName(wire, at, out.owner)) return false;
  Cursor cursor(wire, at);
  std::uint16_t size = 0;
  if (!cursor.u16(out.type) || !cursor.u16(out.recordClass) || !cursor.u32(out.ttl) || !cursor.u16(size)) {
    return false;
  }
  // RFC 2181 section 8: a TTL with its most significant bit set is zero. (An OPT record keeps flags there.)
  if (out.type != kTypeOpt && out.ttl > 0x7FFFFFFFU) out.ttl = 0;
  out.data = cursor.at();
  out.size = size;
  if (!cursor.skip(size)) return false;
  at = cursor.at();
  return true;
}

/// A name in record data, `offset` octets from its beginning: it must end inside the data.
bool readDataName(Octets wire, const RawRecord& record, std::size_t offset, WireName& out) {
  std::size_t at = record.data + offset;
  return readName(wire, at, out) && at <= record.data + record.size;
}

/// RFC 1035 section 3.3.14: one or more character-strings, joined. None at all is read as an empty text: it is no
/// reason to lose the good records beside it (the OpenSPF suite has such an answer).
bool readTxt(Octets data, Txt& out) {
  for (std::size_t at = 0; at < data.size();) {
    const std::size_t length = data[at];
    if (length > data.size() - at - 1) return false;
    const Octets text = data.subspan(at + 1, length);
    out.append(text.begin(), text.end());
    at += 1 + length;
  }
  return true;
}

enum class Data { Good, LeftOut, Bad };

/// The record's data by its type; `type` is what was asked, so one of those of Type.
Data readData(Octets wire, const RawRecord& raw, Type type, Record& out) {
  const Octets data = wire.subspan(raw.data, raw.size);
  out.ttl = raw.ttl;
  switch (type) {
    case Type::TXT: {
      Txt text;
      if (!readTxt(data, text)) return Data::Bad;
      out.data = std::move(text);
      return Data::Good;
    }
    case Type::A: {
      std::array<std::uint8_t, 4> octets{};
      if (data.size() != octets.size()) return Data::Bad;
      std::copy(data.begin(), data.end(), octets.begin());
      out.data = IpAddress::v4(octets);
      return Data::Good;
    }
    case Type::AAAA: {
      std::array<std::uint8_t, 16> octets{};
      if (data.size() != octets.size()) return Data::Bad;
      std::copy(data.begin(), data.end(), octets.begin());
      out.data = IpAddress::v6(octets);
      return Data::Good;
    }
    case Type::MX: {
      WireName exchange;
      if (data.size() < 3 || !readDataName(wire, raw, 2, exchange)) return Data::Bad;
      auto name = toName(exchange);
      if (!name) return Data::LeftOut;
      out.data = Mx{static_cast<std::uint16_t>(data[0] << 8 | data[1]), std::move(*name)};
      return Data::Good;
    }
    case Type::NS:
    case Type::CNAME:
    case Type::SOA:
    case Type::PTR:
    case Type::DNAME: {
      WireName target;
      if (!readDataName(wire, raw, 0, target)) return Data::Bad;
      auto name = toName(target);
      if (!name) return Data::LeftOut;
      out.data = std::move(*name);
      return Data::Good;
    }
  }
  return Data::Bad;
}

struct Alias {
  std::string owner;
  WireName target;
  std::uint32_t ttl = 0;
};

struct Owned {
  std::string owner;
  Record record;
};

struct Soa {
  std::string zone;
  std::uint32_t ttl = 0;  // the smaller of its TTL and its MINIMUM
};

/// All of a message that may matter, before the chain is followed.
struct Contents {
  std::vector<Alias> aliases;
  std::vector<Owned> records;
  std::optional<Soa> soa;
  int extendedRcode = 0;
  bool edns = false;
};

bool readSoa(Octets wire, const RawRecord& record, Contents& out) {
  WireName ignored;
  std::size_t at = record.data;
  const std::size_t end = record.data + record.size;
  if (!readName(wire, at, ignored)) return false;
  ignored = {};
  if (!readName(wire, at, ignored) || at > end || end - at != 20) return false;
  Cursor minimum(wire, at + 16);
  Soa soa{record.owner.text, 0};
  minimum.u32(soa.ttl);  // the last of the 20 octets
  soa.ttl = std::min(soa.ttl > 0x7FFFFFFFU ? 0U : soa.ttl, record.ttl);
  if (record.owner.writable && !out.soa) out.soa = std::move(soa);
  return true;
}

bool readAnswer(Octets wire, const RawRecord& raw, Type type, Contents& out) {
  if (!raw.owner.writable) return true;  // foreign
  if (raw.is(type)) {
    Owned owned{raw.owner.text, {}};
    const Data data = readData(wire, raw, type, owned.record);
    if (data == Data::Bad) return false;
    if (data == Data::Good) out.records.push_back(std::move(owned));
  } else if (raw.is(Type::CNAME)) {
    Alias alias{raw.owner.text, {}, raw.ttl};
    if (!readDataName(wire, raw, 0, alias.target)) return false;
    out.aliases.push_back(std::move(alias));
  }
  return true;
}

/// Walks the three sections. `partial`: the message was truncated, so that it may end anywhere.
bool readSections(Octets wire, std::size_t at, Type type, bool partial, Contents& out) {
  std::array<std::uint16_t, 3> counts{};
  Cursor header(wire, 6);
  for (auto& count : counts) header.u16(count);  // readHeader() has seen that they are there
  for (std::size_t section = 0; section < counts.size(); ++section) {
    for (std::uint16_t i = 0; i < counts[section]; ++i) {
      RawRecord raw;
      if (!readRecord(wire, at, raw)) return partial;
      bool good = true;
      if (section == 0) {
        good = readAnswer(wire, raw, type, out);
      } else if (section == 1 && raw.is(Type::SOA)) {
        good = readSoa(wire, raw, out);
      } else if (section == 2 && raw.type == kTypeOpt) {
        out.extendedRcode = static_cast<int>(raw.ttl >> 24U);
        out.edns = true;
      }
      if (!good) return false;
    }
  }
  return true;
}

/// Does `zone` hold `name`? Both in lower case.
bool zoneHolds(const std::string& zone, const Name& name) {
  const auto parsed = Name::parse(zone);
  return parsed && name.isWithin(*parsed);
}

/// Follows the aliases from the name asked. Fills chain, ttl, and the status where the chain itself is what
/// is wrong; gives the name at the end, or nothing when there is none to look at.
std::optional<Name> followChain(const Contents& contents, const Question& asked, Reply& reply) {
  Name here = asked.name;
  const auto ownedHere = [&](const auto& item) { return item.owner == here.text(); };
  while (std::none_of(contents.records.begin(), contents.records.end(), ownedHere)) {
    const auto alias = std::find_if(contents.aliases.begin(), contents.aliases.end(), ownedHere);
    if (alias == contents.aliases.end()) break;
    auto target = toName(alias->target);
    if (!target) {
      reply.detail = ascii::cat({"the alias target of ", here.text(), " has a dot inside a label"});
      return std::nullopt;
    }
    const bool loop = *target == here || std::any_of(reply.chain.begin(), reply.chain.end(),
                                                     [&](const Hop& hop) { return hop.owner == *target; });
    reply.ttl = std::min(reply.ttl, alias->ttl);
    reply.chain.push_back({here, *target, alias->ttl});
    if (loop) {
      reply.status = Status::CnameLoop;
      reply.detail = ascii::cat({here.text(), " leads back to ", target->text()});
      return std::nullopt;
    }
    if (reply.chain.size() > kMaxHops) {
      reply.status = Status::ChainTooLong;
      reply.detail = "more than 10 hops";
      return std::nullopt;
    }
    here = std::move(*target);
  }
  return here;
}

void takeRecords(Contents& contents, const Name& owner, Reply& reply) {
  for (Owned& owned : contents.records) {
    if (owned.owner != owner.text()) continue;
    reply.ttl = std::min(reply.ttl, owned.record.ttl);
    reply.records.push_back(std::move(owned.record));
  }
}

/// The statuses of a reply whose rcode is NOERROR or NXDOMAIN.
void judge(Contents& contents, const Question& asked, Reply& reply) {
  reply.ttl = kNoTtl;
  const auto end = followChain(contents, asked, reply);
  if (end) {
    takeRecords(contents, *end, reply);
    const bool denied = contents.soa && zoneHolds(contents.soa->zone, *end);
    if (!reply.records.empty()) {
      reply.status = Status::Ok;
    } else {
      // RFC 6604 section 3: with a chain, the rcode is about its end.
      const bool missing = reply.rcode == kNxDomain;
      reply.status = !missing              ? Status::NoData
                     : reply.chain.empty() ? Status::NoSuchName
                                           : Status::DanglingCname;
      if (reply.status == Status::DanglingCname) reply.detail = ascii::cat({end->text(), " does not exist"});
      reply.unfinished = !missing && !reply.chain.empty() && !denied;
      if (!denied) {
        reply.ttl = 0;
      } else {
        reply.ttl = std::min(reply.ttl, contents.soa->ttl);
      }
    }
  }
  if (reply.ttl == kNoTtl) reply.ttl = 0;
}

/// RFC 1035 section 4.1.2: reads the one question and compares it.
bool echoes(Octets wire, std::size_t& at, const Question& asked) {
  WireName name;
  if (!readName(wire, at, name)) return false;
  Cursor cursor(wire, at);
  std::uint16_t type = 0;
  std::uint16_t questionClass = 0;
  if (!cursor.u16(type) || !cursor.u16(questionClass)) return false;
  at = cursor.at();
  return name.writable && name.text == asked.name.text() && type == static_cast<std::uint16_t>(asked.type) &&
         questionClass == kClassIn;
}

}  // namespace

Reply parseReply(Octets wire, const Question& asked) {
  Reply reply;
  const auto header = readHeader(wire);
  if (!header) {
    reply.detail = "shorter than a header";
    return reply;
  }
  reply.rcode = header->rcode;
  reply.truncated = header->truncated;
  reply.authenticated = (wire[3] & 0x20U) != 0;
  std::size_t at = kHeader;
  if (!header->response || wire[4] != 0 || wire[5] != 1 || !echoes(wire, at, asked)) {
    reply.detail = "not a reply to the question";
    return reply;
  }
  Contents contents;
  if (!readSections(wire, at, asked.type, reply.truncated, contents)) {
    reply.detail = "a record that cannot be read";
    return reply;
  }
  reply.edns = contents.edns;
  reply.rcode |= contents.extendedRcode << 4;
  if (reply.rcode != kNoError && reply.rcode != kNxDomain) {
    reply.status = reply.rcode == kRefused ? Status::Refused : Status::ServerFailure;
  } else if (reply.truncated) {
    reply.detail = "a reply that is cut off (TC=1)";
  } else {
    judge(contents, asked, reply);
  }
  return reply;
}

}  // namespace alignd::dns
