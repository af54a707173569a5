#include "verifier/message/message_id.h"

#include "dns/data/ascii.h"

namespace alignd::message {

namespace {

constexpr std::size_t kMaxMessageId = 998;
constexpr std::string_view kBlanks = " \t\r\n";

std::string_view withoutBlanks(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

}  // namespace

std::string messageId(const HeaderBlock& header) {
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (!header.is(i, "Message-ID")) continue;
    std::string_view value = header[i].value;
    const auto open = value.find('<');
    const auto close = open == std::string_view::npos ? open : value.find('>', open);
    if (close != std::string_view::npos) value = value.substr(open + 1, close - open - 1);
    return std::string(withoutBlanks(value).substr(0, kMaxMessageId));
  }
  return {};
}

}  // namespace alignd::message
