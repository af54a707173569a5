#include <cstring>
#include <stdexcept>
#include <unordered_map>

#include <sqlite3.h>

#include "dns/data/ascii.h"
#include "reporting/store/sql.h"

namespace alignd::reporting {

namespace {

using ascii::cat;

constexpr std::string_view kRowless = "/* WITHOUT ROWID */";

class Sqlite final : public Sql {
 public:
  explicit Sqlite(const std::string& file) {
    if (sqlite3_open_v2(file.c_str(), &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr) !=
        SQLITE_OK) {
      std::string problem = db_ == nullptr ? "no memory" : sqlite3_errmsg(db_);
      if (const int reason = sqlite3_system_errno(db_); reason != 0) {
        problem += cat({": ", std::strerror(reason)});
      }
      sqlite3_close_v2(db_);
      throw std::runtime_error(cat({file, ": ", problem}));
    }
    sqlite3_busy_timeout(db_, 120'000);
    try {
      script(
          "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA "
          "cache_size=-32000");
    } catch (...) {
      sqlite3_close_v2(db_);
      throw;
    }
  }
  ~Sqlite() override {
    for (const auto& [text, statement] : statements_) sqlite3_finalize(statement);
    sqlite3_close_v2(db_);
  }

  void begin() override { script("BEGIN IMMEDIATE"); }
  void commit() override { script("COMMIT"); }
  void rollback() noexcept override {
    if (sqlite3_get_autocommit(db_) == 0) sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
  }

  std::vector<Fields> run(std::string_view text, const Values& values) override {
    std::vector<Fields> out;
    step(prepared(std::string(text)), values, out);
    return out;
  }

  std::vector<Fields> insert(const Insert& insert, const std::vector<Values>& rows) override {
    std::string text = cat({insert.into, " VALUES ("});
    for (std::size_t i = 1; i <= insert.types.size(); ++i) {
      text += cat({i == 1 ? "$" : ",$", std::to_string(i)});
    }
    text += cat({") ", insert.behind});
    sqlite3_stmt* statement = prepared(text);
    std::vector<Fields> out;
    for (const Values& values : rows) step(statement, values, out);
    return out;
  }

  void script(std::string_view statements) override {
    std::string text(statements);
    // Other databases read a comment there.
    if (const auto at = text.find(kRowless); at != std::string::npos)
      text.replace(at, kRowless.size(), "WITHOUT ROWID");
    if (sqlite3_exec(db_, text.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail();
  }

 private:
  [[noreturn]] void fail() const { throw std::runtime_error(cat({"SQLite: ", sqlite3_errmsg(db_)})); }

  sqlite3_stmt* prepared(const std::string& text) {
    const auto known = statements_.find(text);
    if (known != statements_.end()) return known->second;
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(db_, text.c_str(), static_cast<int>(text.size()), SQLITE_PREPARE_PERSISTENT,
                           &statement, nullptr) != SQLITE_OK) {
      fail();
    }
    statements_.emplace(text, statement);
    return statement;
  }

  void step(sqlite3_stmt* statement, const Values& values, std::vector<Fields>& out) {
    bind(statement, values);
    int code = SQLITE_DONE;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
      Fields& fields = out.emplace_back();
      for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
        fields.emplace_back(text == nullptr ? "" : text,
                            static_cast<std::size_t>(sqlite3_column_bytes(statement, i)));
      }
    }
    if (code != SQLITE_DONE) {
      const std::string problem = cat({"SQLite: ", sqlite3_errmsg(db_)});
      sqlite3_reset(statement);
      throw std::runtime_error(problem);
    }
    sqlite3_reset(statement);
  }

  void bind(sqlite3_stmt* statement, const Values& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      // Named parameters: "$2" may stand before "$1".
      const int at = sqlite3_bind_parameter_index(statement, cat({"$", std::to_string(i + 1)}).c_str());
      if (at == 0) continue;
      int code = SQLITE_OK;
      if (const auto* number = std::get_if<std::int64_t>(&values[i])) {
        code = sqlite3_bind_int64(statement, at, *number);
      } else {
        const std::string text = storable(std::get<std::string>(values[i]));
        code = sqlite3_bind_text(statement, at, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
      }
      if (code != SQLITE_OK) fail();
    }
  }

  sqlite3* db_ = nullptr;
  std::unordered_map<std::string, sqlite3_stmt*> statements_;
};

}  // namespace

std::unique_ptr<Sql> openSqlite(const std::string& file) {
  return std::make_unique<Sqlite>(file);
}

}  // namespace alignd::reporting
