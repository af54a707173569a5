#include "verifier/message/list_id.h"

#include "dns/data/ascii.h"

namespace alignd::message {

namespace {

constexpr std::size_t kMaxListId = 255;  // RFC 2919 section 2

}  // namespace

std::string listId(const HeaderBlock& header) {
  const auto fields = header.find("List-Id");
  if (fields.size() != 1) return {};
  const auto value = header[fields.front()].value;
  const auto open = value.rfind('<');
  const auto close = value.rfind('>');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return {};
  const auto id = value.substr(open + 1, close - open - 1);
  return id.size() > kMaxListId ? std::string() : ascii::toLower(id);
}

}  // namespace alignd::message
