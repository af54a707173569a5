#include "reporting/store/sql.h"

#include <charconv>

#include "verifier/report/utf8.h"

namespace alignd::reporting {

std::int64_t asNumber(const std::string& field) {
  std::int64_t value = 0;
  std::from_chars(field.data(), field.data() + field.size(), value);
  return value;
}

std::string storable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const report::Utf8Char c = report::decodeUtf8(text);
    if (c.length == 0 || c.code == 0) {
      out += "\xef\xbf\xbd";
      text.remove_prefix(1);
    } else {
      out += text.substr(0, c.length);
      text.remove_prefix(c.length);
    }
  }
  return out;
}

std::unique_ptr<Sql> openSql(const std::string& where) {
  const bool url = where.starts_with("postgresql://") || where.starts_with("postgres://");
  return url ? openPostgres(where) : openSqlite(where);
}

}  // namespace alignd::reporting
