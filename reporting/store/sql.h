// The little of SQL that the store needs, the same for SQLite and PostgreSQL. Values are bound, never written into a
// statement; parameters are $1, $2 ...
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace alignd::reporting {

using Value = std::variant<std::int64_t, std::string>;
using Values = std::vector<Value>;
/// One row of a result, as text.
using Fields = std::vector<std::string>;

std::int64_t asNumber(const std::string& field);

/// UTF-8 without NUL, whatever `text` holds: what is neither becomes U+FFFD. PostgreSQL takes nothing else, and strangers
/// have their words in what is stored: their records, cut anywhere, in errors and notes. Every text goes through this.
std::string storable(std::string_view text);

/// Many rows into one table: `into` ("INSERT INTO t(a,b)"), a type a column ("bigint", "text"), and what follows the
/// values ("ON CONFLICT ...").
struct Insert {
  std::string_view into;
  std::span<const std::string_view> types;
  std::string_view behind;
};

/// One connection; one thread. Errors are std::runtime_error with the database's words.
class Sql {
 public:
  Sql() = default;
  Sql(const Sql&) = delete;
  Sql& operator=(const Sql&) = delete;
  virtual ~Sql() = default;

  /// Transactions write one after the other: begin() waits for whoever is at it.
  virtual void begin() = 0;
  virtual void commit() = 0;
  virtual void rollback() noexcept = 0;

  /// One statement.
  virtual std::vector<Fields> run(std::string_view statement, const Values& values) = 0;
  /// One insertion of many rows; gives what its RETURNING gives.
  virtual std::vector<Fields> insert(const Insert& insert, const std::vector<Values>& rows) = 0;
  /// Several statements without parameters: a step of the schema.
  virtual void script(std::string_view statements) = 0;
};

/// `store` of the settings: a file, or a URL of PostgreSQL.
std::unique_ptr<Sql> openSql(const std::string& where);
std::unique_ptr<Sql> openSqlite(const std::string& file);
std::unique_ptr<Sql> openPostgres(const std::string& url);

}  // namespace alignd::reporting
