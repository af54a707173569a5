#include "verifier/dkim/coverage.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "dns/ascii.h"

namespace alignd::dkim {

namespace {

constexpr std::size_t kMaxRecipients = 100;
constexpr std::size_t kMaxAddressList = std::size_t{16} * 1024;  // octets of one To or Cc

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

bool holdsAddress(std::string_view text, std::string_view address) {
  for (std::size_t at = text.find(address); at != std::string_view::npos; at = text.find(address, at + 1)) {
    const std::size_t end = at + address.size();
    const bool startsThere = at == 0 || !continuesAddress(text[at - 1]);
    const bool endsThere = end == text.size() || !continuesAddress(text[end]);
    if (startsThere && endsThere) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> uncoveredFields(const HeaderHasher& header, std::span<const std::string> names) {
  std::vector<std::string> out;
  for (const auto& [name, shown] : kOnceOnly) {
    const std::size_t stands = header.count(name);
    if (stands > 0 && stands > mentions(names, name)) out.emplace_back(shown);
  }
  return out;
}

bool recipientStandsSigned(const message::HeaderBlock& block, const HeaderHasher& header,
                           std::span<const std::string> names, std::span<const std::string> recipients) {
  for (const std::string_view name : {"to", "cc"}) {
    const auto fields = header.group(name);
    const std::size_t covered = std::min(fields.size(), mentions(names, name));
    for (const std::uint32_t index : fields.last(covered)) {  // h= covers from the bottom up
      const std::string list = ascii::toLower(block[index].value.substr(0, kMaxAddressList));
      for (const auto& recipient : recipients.first(std::min(recipients.size(), kMaxRecipients))) {
        if (!recipient.empty() && holdsAddress(list, ascii::toLower(recipient))) return true;
      }
    }
  }
  return false;
}

}  // namespace alignd::dkim
