// A zone file twice: asked in memory, and served over the wire by a naive server made here of the same records, in a reply
// that is then read. Both must say the same: status, chain, records, and for how long.
//
// The input: an octet (the type asked, and whether names are compressed), then the zone file.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "dns/wire/wire.h"
#include "dns/zone/zone_file.h"
#include "dns/zone/zone_records.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/dns_zone/names_in.h"
#include "tests/support/dns_message.h"

namespace {

using namespace alignd::dns;
using alignd::test::check;
using alignd::test::MessageWriter;

constexpr std::size_t kMostReply = 30'000;
constexpr std::size_t kMostHops = kMaxHops + 1;  // one more than are followed
constexpr std::uint16_t kNxDomain = 3;
constexpr std::uint16_t kYxDomain = 6;

std::string wireName(const Name& name) {
  std::string out;
  std::string_view rest = name.text();
  while (!rest.empty()) {
    const auto end = std::min(rest.find('.'), rest.size());
    out += static_cast<char>(end);
    out += rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out + '\0';
}

// RFC 1034 section 4.3.2 with RFC 4592 and RFC 6672, over a list.
class NaiveServer {
 public:
  NaiveServer(const std::vector<ZoneItem>& items, bool compress) : compress_(compress) {
    for (const auto& item : items) {
      const bool known = std::any_of(items_.begin(), items_.end(), [&](const ZoneItem* other) {
        return item.type && other->type == item.type && other->owner == item.owner && sameData(*other, item);
      });
      if (!known) items_.push_back(&item);
    }
  }

  /// Nothing when it is too large to be one reply. `redirected`: by a DNAME.
  std::optional<std::string> reply(const Question& question, bool& redirected) const {
    MessageWriter writer(1, alignd::test::kFlagQr | alignd::test::kFlagRd | alignd::test::kFlagRa);
    std::string asked = wireName(question.name);
    const auto type = static_cast<std::uint16_t>(question.type);
    asked += static_cast<char>(type >> 8U);
    asked += static_cast<char>(type & 0xffU);
    asked += std::string("\0\1", 2);
    writer.question(asked);
    std::uint16_t rcode = 0;
    Name here = question.name;
    for (std::size_t hop = 0; hop < kMostHops && writer.size() < kMostReply; ++hop) {
      if (const ZoneItem* dname = dnameAbove(here)) {
        redirected = true;
        write(writer, *dname, dname->owner);
        const auto& target = std::get<Name>(dname->record.data);
        std::string text = here.text();
        if (!dname->owner.isRoot()) text.resize(text.size() - dname->owner.text().size() - 1);
        if (!target.isRoot()) text += '.' + target.text();
        if (text.size() > kMaxNameText) {
          rcode = kYxDomain;
          break;
        }
        ZoneItem made;
        made.type = Type::CNAME;
        made.record = {dname->record.ttl, Name::parse(text).value_or(Name())};
        write(writer, made, here);
        here = std::get<Name>(made.record.data);
        continue;
      }
      Name source = here;
      if (!exists(here)) {
        while (!exists(source)) source = source.parent();
        const auto wildcard = source.under("*");
        if (!wildcard || !exists(*wildcard)) {
          rcode = kNxDomain;
          break;
        }
        source = *wildcard;
      }
      bool found = false;
      for (const ZoneItem* item : items_) {
        if (item->owner != source || item->type != question.type) continue;
        write(writer, *item, here);
        found = true;
      }
      if (found) return finished(writer, 0);
      const auto alias = std::find_if(items_.begin(), items_.end(), [&](const ZoneItem* item) {
        return item->owner == source && item->type == Type::CNAME;
      });
      if (alias == items_.end()) break;
      write(writer, **alias, here);
      here = std::get<Name>((*alias)->record.data);
    }
    authority(writer, here);
    return finished(writer, rcode);
  }

 private:
  static bool sameData(const ZoneItem& a, const ZoneItem& b) {
    if (a.stringLengths != b.stringLengths) return false;
    if (const auto* mx = std::get_if<Mx>(&a.record.data)) {
      const auto& other = std::get<Mx>(b.record.data);
      return mx->preference == other.preference && mx->exchange == other.exchange;
    }
    if (const auto* name = std::get_if<Name>(&a.record.data)) return *name == std::get<Name>(b.record.data);
    if (const auto* ip = std::get_if<alignd::IpAddress>(&a.record.data))
      return *ip == std::get<alignd::IpAddress>(b.record.data);
    return std::get<Txt>(a.record.data) == std::get<Txt>(b.record.data);
  }
  bool exists(const Name& name) const {
    return name.isRoot() || std::any_of(items_.begin(), items_.end(),
                                        [&](const ZoneItem* item) { return item->owner.isWithin(name); });
  }
  const ZoneItem* dnameAbove(const Name& name) const {
    const ZoneItem* highest = nullptr;
    for (const ZoneItem* item : items_) {
      if (item->type != Type::DNAME || item->owner == name || !name.isWithin(item->owner)) continue;
      if (highest == nullptr || highest->owner.labelCount() > item->owner.labelCount()) highest = item;
    }
    return highest;
  }
  void begin(MessageWriter& writer, MessageWriter::Section section, const Name& owner, Type type,
             std::uint32_t ttl) const {
    if (compress_) {
      writer.beginRecord(section, owner.text(), static_cast<std::uint16_t>(type), ttl);
    } else {
      writer.beginRecordWithOwnerWire(section, wireName(owner), static_cast<std::uint16_t>(type), ttl);
    }
  }
  void name(MessageWriter& writer, const Name& name) const {
    compress_ ? writer.name(name.text()) : writer.octets(wireName(name));
  }
  void write(MessageWriter& writer, const ZoneItem& item, const Name& owner,
             MessageWriter::Section section = MessageWriter::Section::Answer) const {
    begin(writer, section, owner, *item.type, item.record.ttl);
    if (const auto* txt = std::get_if<Txt>(&item.record.data)) {
      std::size_t at = 0;
      for (const char length : item.stringLengths) {
        const auto octets = static_cast<unsigned char>(length);
        writer.u8(octets);
        writer.octets(std::string_view(*txt).substr(at, octets));
        at += octets;
      }
    } else if (const auto* mx = std::get_if<Mx>(&item.record.data)) {
      writer.u16(mx->preference);
      name(writer, mx->exchange);
    } else if (const auto* target = std::get_if<Name>(&item.record.data)) {
      name(writer, *target);
      if (item.type == Type::SOA) {
        name(writer, *target);
        for (int i = 0; i < 4; ++i) writer.u32(1);
        writer.u32(item.minimum);
      }
    } else {
      const auto& ip = std::get<alignd::IpAddress>(item.record.data);
      writer.octets({reinterpret_cast<const char*>(ip.octets().data()), ip.isV4() ? 4U : 16U});
    }
    writer.endRecord();
  }
  // RFC 2308 section 3: the SOA record of the zone that says no.
  void authority(MessageWriter& writer, const Name& name) const {
    const ZoneItem* nearest = nullptr;
    for (const ZoneItem* item : items_) {
      if (item->type != Type::SOA || !name.isWithin(item->owner)) continue;
      if (nearest == nullptr || nearest->owner.labelCount() <= item->owner.labelCount()) nearest = item;
    }
    if (nearest != nullptr) write(writer, *nearest, nearest->owner, MessageWriter::Section::Authority);
  }
  static std::optional<std::string> finished(MessageWriter& writer, std::uint16_t rcode) {
    std::string out = writer.finish();
    if (out.size() >= kMostReply) return std::nullopt;
    out[3] = static_cast<char>(static_cast<unsigned char>(out[3]) | rcode);
    return out;
  }

  std::vector<const ZoneItem*> items_;
  bool compress_;
};

std::string textOf(const Record& record) {
  std::string out = std::to_string(record.ttl) + " ";
  if (const auto* txt = std::get_if<Txt>(&record.data)) return out + *txt;
  if (const auto* mx = std::get_if<Mx>(&record.data))
    return out + std::to_string(mx->preference) + " " + mx->exchange.text();
  if (const auto* name = std::get_if<Name>(&record.data)) return out + name->text();
  return out + std::get<alignd::IpAddress>(record.data).text();
}

void compare(const Answer& zone, const Reply& wire) {
  if (zone.status != wire.status) {
    std::fprintf(stderr, "%s: %s in memory, %s over the wire (%s)\n", zone.question.name.text().c_str(),
                 std::string(statusName(zone.status)).c_str(), std::string(statusName(wire.status)).c_str(),
                 wire.detail.c_str());
  }
  check(zone.status == wire.status, "the same status");
  if (zone.status == Status::ServerFailure) return;  // of which nothing is told
  check(chainText(zone.chain) == chainText(wire.chain), "the same chain");
  check(zone.records.size() == wire.records.size(), "as many records");
  for (std::size_t i = 0; i < zone.records.size(); ++i) {
    check(textOf(zone.records[i]) == textOf(wire.records[i]), "the same records in the same order");
  }
  check(zone.expires - alignd::Time{} == std::chrono::seconds(wire.ttl), "for as long");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr Type kTypes[] = {Type::TXT, Type::A,   Type::AAAA,  Type::MX,   Type::PTR,
                                    Type::NS,  Type::SOA, Type::CNAME, Type::DNAME};
  if (size == 0) return 0;
  const Type type = kTypes[(*data >> 1U) % std::size(kTypes)];
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  Zone zone;
  if (readZone(text, zone)) return 0;
  const ZoneFileOptions options;
  ZoneRecordReader reader(text, options);
  check(reader.read(), "what is a zone has records");
  if (reader.items().size() > 300) return 0;
  const NaiveServer server(reader.items(), (*data & 1U) != 0);
  for (const auto& name : alignd::test::namesIn(text, 30)) {
    const Question question{name, type};
    bool redirected = false;
    const auto octets = server.reply(question, redirected);
    // Asked for a CNAME, a server gives the one that it makes of a DNAME; a zone in memory goes on to the target.
    if (!octets || (redirected && type == Type::CNAME)) continue;
    const Octets wire(reinterpret_cast<const std::uint8_t*>(octets->data()), octets->size());
    compare(*zone.answer(question, {}), parseReply(wire, question));
  }
  return 0;
}
