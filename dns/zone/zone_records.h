// The records of a zone file, one entry after the other, without a look at how they fit together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/data/answer.h"
#include "dns/zone/zone_file.h"
#include "dns/zone/zone_lexer.h"

namespace alignd::dns {

/// A record, or only the existence of a name, on its way into the zone.
struct ZoneItem {
  Name owner;
  std::optional<Type> type;  // none: a type whose data is not kept
  Record record;
  std::string stringLengths;  // of a TXT record, an octet a string: records that differ in it are two records
  std::uint32_t minimum = 0;  // of an SOA record
  std::size_t line = 0;
  std::size_t column = 0;
};

/// Reads all entries of `text`, which must outlive it.
class ZoneRecordReader {
 public:
  ZoneRecordReader(std::string_view text, const ZoneFileOptions& options)
      : lexer_(text), options_(options), origin_(options.origin) {}

  /// False at the first error; once only.
  bool read();
  const std::vector<ZoneItem>& items() const { return items_; }
  const std::optional<ZoneError>& error() const { return error_; }

 private:
  using Tokens = std::vector<ZoneToken>;
  // What has not been read yet of an entry.
  struct Rest {
    const Tokens& tokens;
    std::size_t next;
    bool empty() const { return next >= tokens.size(); }
    const ZoneToken& take() { return tokens[next++]; }
    const ZoneToken& last() const { return tokens.back(); }
  };

  bool fail(const ZoneToken& at, std::string message);
  bool directive(const Tokens& tokens);
  bool record(const ZoneEntry& entry);
  bool owner(const ZoneEntry& entry, Rest& rest);
  bool ttlAndClass(Rest& rest, std::optional<std::uint32_t>& ttl);
  bool data(Rest& rest, ZoneItem& item);
  bool soa(Rest& rest, ZoneItem& item);
  bool text(Rest& rest, ZoneItem& item);
  bool address(Rest& rest, ZoneItem& item);
  bool mx(Rest& rest, ZoneItem& item);
  bool name(const ZoneToken& token, Name& out);
  bool nameNext(Rest& rest, Name& out);
  bool numberNext(Rest& rest, std::string_view what, std::uint32_t most, std::uint32_t& out);
  bool timeNext(Rest& rest, std::string_view what, std::uint32_t& out);
  std::uint32_t ttlWithout() const;

  ZoneLexer lexer_;
  const ZoneFileOptions& options_;
  Name origin_;
  Name owner_;
  bool hasOwner_ = false;                    // an owner was named
  std::optional<std::uint32_t> defaultTtl_;  // $TTL
  std::optional<std::uint32_t> lastTtl_;     // the one stated last
  std::vector<ZoneItem> items_;
  std::optional<ZoneError> error_;
};

}  // namespace alignd::dns
