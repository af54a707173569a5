#include "milter/field_bytes.h"

#include <cstring>

#include "dns/data/ascii.h"

namespace alignd::milter {

void rebuildValue(std::string_view value, bool leadingSpace, std::string& out) {
  out.clear();
  if (!leadingSpace) out += ' ';
  std::size_t from = 0;
  for (;;) {
    const auto lf = value.find('\n', from);
    if (lf == std::string_view::npos) break;
    out.append(value, from, lf - from);
    const bool fold = lf + 1 < value.size() && ascii::isWsp(value[lf + 1]);
    const bool bare = lf == 0 || value[lf - 1] != '\r';
    if (fold && bare) out += '\r';
    out += '\n';
    from = lf + 1;
  }
  out.append(value, from);
}

std::string forMta(std::string_view value, bool leadingSpace) {
  std::string out;
  out.reserve(value.size() + 1);
  if (leadingSpace) out += ' ';
  std::size_t from = 0;
  for (auto crlf = value.find("\r\n"); crlf != std::string_view::npos; crlf = value.find("\r\n", from)) {
    out.append(value, from, crlf - from);
    from = crlf + 1;
  }
  out.append(value, from);
  return out;
}

}  // namespace alignd::milter
