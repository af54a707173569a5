#include "verifier/dkim/coverage.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "dns/data/ascii.h"

namespace alignd::dkim {

namespace {

constexpr std::size_t kMaxRecipients = 100;
constexpr std::size_t kMaxAddressOctets = std::size_t{64} * 1024;  // of all To and Cc together

// As they are looked for, and as they are shown.
constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kOnceOnly{
    {{"from", "From"},
     {"sender", "Sender"},
     {"reply-to", "Reply-To"},
     {"to", "To"},
     {"cc", "Cc"},
     {"subject", "Subject"},
     {"date", "Date"},
     {"message-id", "Message-ID"},
     {"in-reply-to", "In-Reply-To"},
     {"references", "References"},
     {"mime-version", "MIME-Version"},
     {"content-type", "Content-Type"},
     {"content-transfer-encoding", "Content-Transfer-Encoding"}}};

std::size_t mentions(std::span<const std::string> names, std::string_view name) {
  return static_cast<std::size_t>(std::count(names.begin(), names.end(), name));
}

// An address goes on in these (RFC 5322 atext, "." and "@"), so that ann@x.example does not match
// joann@x.example.
bool continuesAddress(char c) {
  return ascii::isAlnum(c) || ascii::is8Bit(c) ||
         std::string_view("!#$%&'*+-/=?^_`{|}~.@").find(c) != std::string_view::npos;
}

// `addresses` are in lower case and sorted. Each run of address characters in `text` is looked up once.
bool holdsOneOf(std::string_view text, std::span<const std::string> addresses) {
  std::string token;
  for (std::size_t at = 0; at < text.size();) {
    const auto* const begin = text.data() + at;
    const auto* const end = std::find_if_not(begin, text.data() + text.size(), continuesAddress);
    if (begin == end) {
      ++at;
      continue;
    }
    token.assign(begin, end);
    at += token.size();
    std::transform(token.begin(), token.end(), token.begin(), ascii::lower);
    if (std::binary_search(addresses.begin(), addresses.end(), token)) return true;
  }
  return false;
}

std::vector<std::string> distinctAddresses(std::span<const std::string> recipients) {
  std::vector<std::string> out;
  for (const auto& recipient : recipients) {
    if (out.size() == kMaxRecipients) break;
    if (!recipient.empty() && (out.empty() || out.back() != recipient)) out.push_back(recipient);
  }
  for (auto& one : out) one = ascii::toLower(one);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace

std::vector<UncoveredField> uncoveredFields(const HeaderHasher& header, std::span<const std::string> names) {
  std::vector<UncoveredField> out;
  for (const auto& [name, shown] : kOnceOnly) {
    const std::size_t stands = header.count(name);
    if (stands == 0) continue;
    const std::size_t covered = mentions(names, name);
    if (stands > covered) out.push_back({std::string(shown), covered > 0});
  }
  return out;
}

RecipientReach findRecipients(const message::HeaderBlock& block, HeaderHasher& header,
                              std::span<const std::string> recipients) {
  const std::vector<std::string> addresses = distinctAddresses(recipients);
  std::size_t left = kMaxAddressOctets;
  const auto reachOf = [&](std::string_view name) -> std::size_t {
    const auto fields = header.group(name);
    for (std::size_t covered = 1; covered <= fields.size() && left > 0; ++covered) {
      const std::string_view list = block[fields[fields.size() - covered]].value.substr(0, left);
      if (!header.charge(list.size())) return 0;
      left -= list.size();
      if (holdsOneOf(list, addresses)) return covered;
    }
    return 0;
  };
  RecipientReach reach;
  if (addresses.empty()) return reach;
  reach.to = reachOf("to");
  reach.cc = reachOf("cc");
  return reach;
}

bool recipientStandsSigned(const RecipientReach& reach, std::span<const std::string> names) {
  return (reach.to > 0 && mentions(names, "to") >= reach.to) ||
         (reach.cc > 0 && mentions(names, "cc") >= reach.cc);
}

}  // namespace alignd::dkim
