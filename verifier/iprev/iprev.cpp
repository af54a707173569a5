#include "verifier/iprev/iprev.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "dns/data/ascii.h"

namespace alignd::iprev {

namespace {

using Status = IprevResult::Status;

// RFC 1035 section 3.5, RFC 3596 section 2.5.
std::string reverseName(const IpAddress& address) {
  std::string out;
  const auto& octets = address.octets();
  for (std::size_t i = address.isV4() ? 4 : 16; i-- > 0;) {
    if (address.isV4()) {
      out += std::to_string(octets[i]) + ".";
    } else {
      constexpr std::string_view kHex = "0123456789abcdef";
      out += {kHex[octets[i] & 15], '.', kHex[octets[i] >> 4], '.'};
    }
  }
  return out + (address.isV4() ? "in-addr.arpa" : "ip6.arpa");
}

enum class Forward { Match, NoMatch, Trouble };

Forward leadsBack(const dns::Answer& answer, const IpAddress& client) {
  if (answer.failed()) return Forward::Trouble;
  const bool found =
      std::any_of(answer.records.begin(), answer.records.end(), [&](const dns::Record& record) {
        const auto* address = std::get_if<IpAddress>(&record.data);
        return address != nullptr && *address == client;
      });
  return found ? Forward::Match : Forward::NoMatch;
}

std::string text(std::string_view what, const dns::Answer& answer) {
  return ascii::cat({what, dns::trailText(answer), ": ", dns::statusName(answer.status)});
}

std::optional<IprevResult> check(const IpAddress& client, dns::Lookups& lookups) {
  const auto name = dns::Name::parse(reverseName(client));
  const dns::Answer* reverse = lookups.find(*name, dns::Type::PTR);
  if (reverse == nullptr) return std::nullopt;
  if (reverse->failed()) return IprevResult{Status::TempError, text("reverse lookup failed: ", *reverse)};

  const auto type = client.isV4() ? dns::Type::A : dns::Type::AAAA;
  std::size_t names = 0;
  bool blocked = false;
  const dns::Answer* trouble = nullptr;
  for (const dns::Record& record : reverse->records) {
    const auto* host = std::get_if<dns::Name>(&record.data);
    if (host == nullptr || names == kMaxNames) continue;
    ++names;
    const dns::Answer* forward = lookups.find(*host, type);  // all are asked at once
    if (forward == nullptr) {
      blocked = true;
      continue;
    }
    const Forward found = leadsBack(*forward, client);
    if (found == Forward::Match) return IprevResult{Status::Pass, host->text()};
    if (found == Forward::Trouble) trouble = forward;
  }
  if (blocked) return std::nullopt;
  if (names == 0) return IprevResult{Status::PermError, text("no reverse name: ", *reverse)};
  if (trouble != nullptr) return IprevResult{Status::TempError, text("forward lookup failed: ", *trouble)};
  return IprevResult{Status::Fail, "the reverse name does not lead back to the client"};
}

}  // namespace

std::optional<IprevResult> evaluate(const IpAddress& address, dns::Lookups& lookups) {
  const IpAddress client = address.unmapped();
  auto result = check(client, lookups);
  if (result) result->address = client;
  return result;
}

}  // namespace alignd::iprev
