#include "dns/zone/zone_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "dns/data/ascii.h"
#include "dns/zone/zone_records.h"

namespace alignd::dns {

namespace {

constexpr std::size_t kMaxFile = 64U << 20;

using Items = std::vector<ZoneItem>;

ZoneError clash(const ZoneItem& item, std::string_view why) {
  return {item.line, item.column, ascii::cat({quoteForMessage(item.owner.text()), why})};
}

// What the records of one owner may not be (in the order of the file).
std::optional<ZoneError> clashAt(const std::vector<const ZoneItem*>& items) {
  const ZoneItem* cname = nullptr;
  const ZoneItem* dname = nullptr;
  const ZoneItem* other = nullptr;
  for (const ZoneItem* item : items) {
    if (!item->type) continue;  // RRSIG and NSEC may stand beside a CNAME (RFC 4034 section 3)
    const bool single = *item->type == Type::CNAME || *item->type == Type::DNAME;
    const ZoneItem*& before = *item->type == Type::CNAME ? cname : *item->type == Type::DNAME ? dname : other;
    if (single && before != nullptr &&
        std::get<Name>(before->record.data) != std::get<Name>(item->record.data)) {
      return clash(*item, " has two aliases");
    }
    before = item;
    if (cname != nullptr && (dname != nullptr || other != nullptr)) {
      return clash(*item, " has a CNAME and other data (RFC 1034 section 3.6.2)");
    }
  }
  return std::nullopt;
}

std::optional<ZoneError> clashBelow(const Items& items, const std::set<Name>& dnames) {
  if (dnames.empty()) return std::nullopt;
  for (const auto& item : items) {
    for (Name above = item.owner; !above.isRoot();) {
      above = above.parent();
      if (!dnames.contains(above)) continue;
      return clash(item, ascii::cat({" is hidden by the DNAME at ", quoteForMessage(above.text()),
                                     " (RFC 6672 section 2.4)"}));
    }
  }
  return std::nullopt;
}

std::optional<ZoneError> findClash(const Items& items) {
  std::map<Name, std::vector<const ZoneItem*>> byOwner;
  std::set<Name> dnames;
  for (const auto& item : items) {
    byOwner[item.owner].push_back(&item);
    if (item.type == Type::DNAME) dnames.insert(item.owner);
  }
  for (const auto& [owner, records] : byOwner) {
    if (auto error = clashAt(records)) return error;
  }
  return clashBelow(items, dnames);
}

// Equal for equal records (RFC 2181 section 5).
std::string identity(const ZoneItem& item, Type type) {
  std::string out = item.owner.text() + '\0' + std::to_string(static_cast<int>(type)) + '\0';
  std::visit(
      [&out](const auto& data) {
        using Data = std::decay_t<decltype(data)>;
        if constexpr (std::is_same_v<Data, Txt>) {
          out += data;
        } else if constexpr (std::is_same_v<Data, Mx>) {
          out += std::to_string(data.preference) + ' ' + data.exchange.text();
        } else {
          out += data.text();
        }
      },
      item.record.data);
  return out + '\0' + item.stringLengths;
}

void addTo(Zone& zone, const Items& items) {
  std::set<std::string> seen;
  for (const auto& item : items) {
    if (!item.type) {
      zone.touch(item.owner);
      continue;
    }
    const Type type = *item.type;
    if (!seen.insert(identity(item, type)).second) continue;
    zone.add(item.owner, type, item.record);
    if (type == Type::SOA) zone.setNegativeTtl(item.owner, std::min(item.record.ttl, item.minimum));
  }
}

}  // namespace

std::optional<ZoneError> readZone(std::string_view text, Zone& zone, const ZoneFileOptions& options) {
  ZoneRecordReader reader(text, options);
  if (!reader.read()) return reader.error();
  if (auto error = findClash(reader.items())) return error;
  addTo(zone, reader.items());
  return std::nullopt;
}

std::string loadZone(const std::string& path, Zone& zone, const ZoneFileOptions& options) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return ascii::cat({path, ": ", std::strerror(errno)});
  std::string text;
  std::string part(1U << 16, '\0');
  while (in.read(part.data(), static_cast<std::streamsize>(part.size())) || in.gcount() > 0) {
    text.append(part, 0, static_cast<std::size_t>(in.gcount()));
    if (text.size() > kMaxFile) return path + ": larger than 64 MiB";
  }
  if (in.bad()) return path + ": cannot be read";
  const auto error = readZone(text, zone, options);
  return error ? ascii::cat({path, ":", error->text()}) : std::string();
}

}  // namespace alignd::dns
