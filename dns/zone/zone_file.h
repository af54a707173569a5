// Zone files: the master file format of RFC 1035 section 5, enough of it for tests, demos and `--zone`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dns/zone/zone.h"
#include "dns/zone/zone_lexer.h"

namespace alignd::dns {

struct ZoneFileOptions {
  Name origin;               // until the first $ORIGIN; the root by default
  std::uint32_t ttl = 3600;  // seconds, for records without a TTL before any $TTL or stated TTL
  std::size_t maxRecords = 1'000'000;
};

/// Reads `text` and adds its records to `zone`. Nothing when all is well; otherwise what is wrong first, and
/// `zone` is as it was. Several files may be read into one zone.
///
/// Understood: $ORIGIN and $TTL (RFC 2308 section 4); owners that are absolute, relative, `@` or left out (a
/// line that starts with a blank repeats the last one); TTL and class IN in either order; TTLs in seconds or
/// units (`1h30m`); A, AAAA, CNAME, DNAME, MX, NS, PTR, SOA, TXT; several character-strings a TXT record, up
/// to 255 octets each; parentheses, comments, quotes, `\X` and `\DDD`. A backslash does not survive in names,
/// whose labels are raw octets here: a dot inside a label (`a\.b`) is an error. Of other types (those the DNS
/// registry names, and TYPE1234 of RFC 3597) only that the name exists is kept, and of NSEC3 and its
/// signatures not even that. SOA: see Zone::setNegativeTtl; a question for it gives MNAME. Errors beyond
/// syntax: a CNAME or DNAME beside another, a CNAME beside other data (RFC 1034 section 3.6.2), records below
/// a DNAME (RFC 6672 section 2.4), $INCLUDE and $GENERATE, classes other than IN. Equal records count once.
std::optional<ZoneError> readZone(std::string_view text, Zone& zone, const ZoneFileOptions& options = {});

/// readZone of a file of at most 64 MiB. Empty when all is well, otherwise "PATH:LINE:COLUMN: message", or
/// "PATH: why it cannot be read".
std::string loadZone(const std::string& path, Zone& zone, const ZoneFileOptions& options = {});

}  // namespace alignd::dns
