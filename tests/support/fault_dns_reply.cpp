#include "tests/support/fault_dns_reply.h"

#include <algorithm>
#include <type_traits>
#include <variant>

namespace alignd::test {

namespace {

using Section = MessageWriter::Section;

constexpr std::size_t kMaxMessage = 65535;

std::uint16_t number(dns::Type type) {
  return static_cast<std::uint16_t>(type);
}

void writeData(MessageWriter& out, const dns::Record& record, std::size_t stringLength) {
  std::visit(
      [&](const auto& data) {
        using Data = std::decay_t<decltype(data)>;
        if constexpr (std::is_same_v<Data, dns::Txt>) {
          out.strings(data, std::clamp<std::size_t>(stringLength, 1, 255));
        } else if constexpr (std::is_same_v<Data, IpAddress>) {
          for (std::size_t i = 0; i < (data.isV4() ? 4U : 16U); ++i) out.u8(data.octets().at(i));
        } else if constexpr (std::is_same_v<Data, dns::Mx>) {
          out.u16(data.preference);
          out.name(data.exchange.text());
        } else {
          out.name(data.text());
        }
      },
      record.data);
}

// One answer to come, so that the order can be turned round.
struct Item {
  std::string owner;
  std::uint16_t type = 0;
  dns::Record record;
};

// The DNAME that a hop was synthesised from, if it was (RFC 6672 section 3.1).
std::optional<Item> dnameOf(const dns::Hop& hop, const dns::Zone& zone) {
  for (dns::Name above = hop.owner.parent(); !above.isRoot(); above = above.parent()) {
    const auto answer = zone.answer({above, dns::Type::DNAME}, {});
    if (answer->status != dns::Status::Ok || !answer->chain.empty()) continue;
    return Item{above.text(), number(dns::Type::DNAME), answer->records.front()};
  }
  return std::nullopt;
}

dns::Name nameOf(std::string_view text) {
  return dns::Name::parse(text).value_or(dns::Name());
}

dns::Record foreignRecord(std::uint16_t type) {
  switch (static_cast<dns::Type>(type)) {
    case dns::Type::A: return {300, IpAddress::v4({192, 0, 2, 66})};
    case dns::Type::AAAA:
      return {300, IpAddress::v6({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x66})};
    case dns::Type::MX: return {300, dns::Mx{1, nameOf("foreign.invalid")}};
    case dns::Type::TXT: return {300, dns::Txt("foreign")};
    default: return {300, nameOf("foreign.invalid")};
  }
}

std::vector<Item> answers(const Query& query, const dns::Answer& answer, const dns::Zone& zone,
                          const Behavior& behavior) {
  std::vector<Item> items;
  for (const auto& hop : answer.chain) {
    if (auto dname = dnameOf(hop, zone)) items.push_back(std::move(*dname));
    items.push_back({hop.owner.text(), number(dns::Type::CNAME), {hop.ttl, hop.target}});
    if (behavior.bareCname) return items;
  }
  const std::string end = answer.chain.empty() ? query.name() : answer.chain.back().target.text();
  for (const auto& record : answer.records) items.push_back({end, query.type, record});
  if (behavior.reverse) std::reverse(items.begin(), items.end());
  if (behavior.foreignOwners) {
    const auto self = nameOf(query.name());
    items.insert(items.begin(), {"foreign.invalid", number(dns::Type::CNAME), {300, self}});
    items.insert(items.begin(), {"foreign.invalid", query.type, foreignRecord(query.type)});
    items.push_back({"www.foreign.invalid", query.type, foreignRecord(query.type)});
  }
  return items;
}

int rcodeOf(dns::Status status) {
  switch (status) {
    case dns::Status::NoSuchName:
    case dns::Status::DanglingCname: return 3;
    case dns::Status::ServerFailure: return 2;
    case dns::Status::Refused: return 5;
    default: return 0;
  }
}

void writeSoa(MessageWriter& out, const dns::Name& name, const Behavior& behavior) {
  out.beginRecord(Section::Authority, name.suffix(2).text(), kTypeSoa, behavior.soaTtl);
  out.name("ns.invalid");
  out.name("hostmaster.invalid");
  for (const std::uint32_t value : {1U, 3600U, 600U, 86400U, behavior.soaMinimum}) out.u32(value);
  out.endRecord();
}

// Records that no server should send. The question's name stands at offset 12.
int writeDamaged(MessageWriter& out, const Query& query, Damage damage) {
  const auto pointer = [](std::size_t to) {
    return std::string{static_cast<char>(0xc0U | to >> 8), static_cast<char>(to & 0xffU)};
  };
  const auto withOwner = [&](const std::string& owner) {
    out.beginRecordWithOwnerWire(Section::Answer, owner, query.type, 300);
    writeData(out, foreignRecord(query.type), 255);
    out.endRecord();
  };
  const std::size_t here = out.size();
  switch (damage) {
    case Damage::CompressionLoop: withOwner(pointer(here)); break;
    case Damage::PointerLoop: withOwner(pointer(here + 2) + pointer(here)); break;
    case Damage::PointerBeyondEnd: withOwner(pointer(0x3ffe)); break;
    case Damage::EmptyTxt:
      out.beginRecord(Section::Answer, query.name(), query.type, 300);
      out.endRecord();
      break;
    case Damage::BadStringLength:
      out.beginRecord(Section::Answer, query.name(), number(dns::Type::TXT), 300);
      out.u8(200);
      out.octets("v=DKIM1");
      out.endRecord();
      break;
    case Damage::RdlengthTooLong:
      out.beginRecord(Section::Answer, query.name(), query.type, 300);
      writeData(out, foreignRecord(query.type), 255);
      out.endRecord(4000);
      break;
    case Damage::CountTooHigh: return 1000;
    default: break;
  }
  return 0;
}

std::uint16_t replyFlags(const Query& query, const Behavior& behavior, int rcode) {
  const bool understandsAd = query.dnssecOk || (query.flags & kFlagAd) != 0;
  unsigned flags = kFlagQr | kFlagRa | (query.flags & kFlagRd) | static_cast<unsigned>(rcode & 0x0f);
  if (behavior.authenticated && understandsAd) flags |= kFlagAd;
  if (behavior.partial) flags |= kFlagTc;
  if (behavior.damage == Damage::NotAReply) flags &= ~unsigned{kFlagQr};
  return static_cast<std::uint16_t>(flags);
}

void writeQuestion(MessageWriter& out, const Query& query, const Behavior& behavior) {
  if (!behavior.wrongQuestion) return out.question(query.questionWire);
  using namespace std::string_literals;
  out.question("\5wrong\7invalid\0"s + query.questionWire.substr(query.questionWire.size() - 4));
}

std::string randomOctets(std::uint16_t id, std::mt19937& random) {
  std::string out{static_cast<char>(id >> 8), static_cast<char>(id & 0xff)};
  for (std::size_t left = 20 + random() % 400; left > 0; --left) out += static_cast<char>(random() & 0xff);
  return out;
}

// The whole reply, before anyone asks whether it fits.
std::string writeReply(const Query& query, const dns::Answer& answer, const dns::Zone& zone,
                       const Behavior& behavior) {
  const int rcode = behavior.rcode.value_or(behavior.bareCname ? 0 : rcodeOf(answer.status));
  const unsigned id = behavior.wrongId ? query.id ^ 0x5555U : query.id;
  MessageWriter out(static_cast<std::uint16_t>(id), replyFlags(query, behavior, rcode));
  if (behavior.damage == Damage::HeaderOnly) return out.finish();
  writeQuestion(out, query, behavior);
  int lie = 0;
  if (!behavior.rcode) {
    lie = writeDamaged(out, query, behavior.damage);
    const bool noRecords = behavior.damage == Damage::EmptyTxt || behavior.damage == Damage::BadStringLength;
    std::vector<Item> items;
    if (!noRecords) items = answers(query, answer, zone, behavior);
    if (behavior.partial && !items.empty()) items.pop_back();
    for (const auto& item : items) {
      out.beginRecord(Section::Answer, item.owner, item.type, behavior.ttl.value_or(item.record.ttl));
      writeData(out, item.record, behavior.stringLength);
      out.endRecord();
    }
    const bool negative = rcode == 3 || answer.status == dns::Status::NoData;
    if (negative && behavior.soa && !behavior.bareCname) {
      writeSoa(out, answer.chain.empty() ? answer.question.name : answer.chain.back().target, behavior);
    }
  }
  if (query.edns && !behavior.withoutOpt) out.opt(1232, query.dnssecOk);
  std::string bytes = out.finish(lie);
  if (behavior.damage == Damage::Cut)
    bytes.resize(bytes.size() - std::min<std::size_t>(bytes.size() / 4, 20));
  return bytes;
}

std::string truncated(const Query& query, const Behavior& behavior) {
  MessageWriter out(behavior.wrongId ? static_cast<std::uint16_t>(query.id ^ 0x5555U) : query.id,
                    replyFlags(query, behavior, 0) | kFlagTc);
  writeQuestion(out, query, behavior);
  if (query.edns && !behavior.withoutOpt) out.opt(1232, query.dnssecOk);
  return out.finish();
}

}  // namespace

bool isWrong(const Behavior& behavior) {
  return behavior.rcode || behavior.truncate || behavior.partial || behavior.wrongId ||
         behavior.wrongQuestion || behavior.otherPort || behavior.bareCname ||
         behavior.damage != Damage::None || behavior.raw;
}

Behavior honest(const Behavior& behavior) {
  Behavior out;
  out.authenticated = behavior.authenticated;
  out.stringLength = behavior.stringLength;
  return out;
}

std::optional<std::string> makeReply(const Query& query, const dns::Zone& zone, const Behavior& behavior,
                                     Transport transport, std::mt19937& random) {
  if (behavior.raw) {
    std::string bytes = *behavior.raw;
    if (!bytes.empty()) bytes[0] = static_cast<char>(query.id >> 8);
    if (bytes.size() > 1) bytes[1] = static_cast<char>(query.id & 0xff);
    return bytes;
  }
  if (behavior.damage == Damage::Empty) return std::string();
  if (behavior.damage == Damage::Garbage) return randomOctets(query.id, random);
  const bool udp = transport == Transport::Udp;
  if (udp && behavior.truncate) return truncated(query, behavior);

  dns::AnswerPtr answer;
  if (const auto name = dns::Name::parse(query.name())) {
    answer = zone.answer({*name, static_cast<dns::Type>(query.type)}, {});
  } else {
    auto none = std::make_shared<dns::Answer>();
    none->status = dns::Status::NoSuchName;
    answer = std::move(none);
  }
  if (!behavior.rcode) {
    if (answer->status == dns::Status::Timeout) return std::nullopt;
    if (answer->status == dns::Status::Malformed) return randomOctets(query.id, random);
  }
  Behavior here = behavior;
  here.partial = behavior.partial && !udp;
  std::string bytes = writeReply(query, *answer, zone, here);
  if (udp && !behavior.oversized && bytes.size() > query.udpPayload) return truncated(query, behavior);
  if (bytes.size() > kMaxMessage) bytes.resize(kMaxMessage);
  return bytes;
}

}  // namespace alignd::test
