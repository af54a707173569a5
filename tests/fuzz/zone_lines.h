// A zone as lines, for targets whose input makes records up.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "dns/zone/zone.h"

namespace alignd::test {

/// Lines "name TYPE value" (TXT, A, AAAA, MX, PTR, CNAME, and FAIL with no value that counts); what is no such line is a
/// TXT record at example.com. At most 40 lines; none at or below `reserved`.
inline std::shared_ptr<dns::Zone> zoneOf(std::string_view input,
                                         std::string_view reserved = "reserved.invalid") {
  auto zone = std::make_shared<dns::Zone>();
  const auto root = *dns::Name::parse("example.com");
  const auto kept = *dns::Name::parse(reserved);
  for (int lines = 0; !input.empty() && lines < 40; ++lines) {
    const auto end = std::min(input.find('\n'), input.size());
    const std::string_view line = input.substr(0, end);
    input.remove_prefix(std::min(end + 1, input.size()));
    const auto first = line.find(' ');
    const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
    const auto name =
        second == std::string_view::npos ? std::nullopt : dns::Name::parse(line.substr(0, first));
    const std::string_view type = name ? line.substr(first + 1, second - first - 1) : "";
    const std::string_view value = name ? line.substr(second + 1) : line;
    if (name && name->isWithin(kept)) continue;
    if (type == "TXT") {
      zone->add(*name, dns::Type::TXT, {300, std::string(value)});
    } else if (type == "A" || type == "AAAA") {
      if (const auto ip = IpAddress::parse(value))
        zone->add(*name, ip->isV4() ? dns::Type::A : dns::Type::AAAA, {300, *ip});
    } else if (type == "MX" || type == "PTR" || type == "CNAME") {
      const auto host = dns::Name::parse(value);
      if (host && type == "MX") zone->add(*name, dns::Type::MX, {300, dns::Mx{10, *host}});
      if (host && type == "PTR") zone->add(*name, dns::Type::PTR, {300, *host});
      if (host && type == "CNAME") zone->add(*name, dns::Type::CNAME, {300, *host});
    } else if (type == "FAIL") {
      zone->fail(*name, nullptr, dns::Status::ServerFailure);
    } else {
      zone->add(root, dns::Type::TXT, {300, std::string(line)});
    }
  }
  return zone;
}

}  // namespace alignd::test
