#include "milter/field_bytes.h"

#include <cstring>

#include "dns/ascii.h"

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
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\r' && i + 1 < value.size() && value[i + 1] == '\n') continue;
    out += value[i];
  }
  return out;
}

}  // namespace alignd::milter
