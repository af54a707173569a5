// Empty stores for tests: a new SQLite file, or a new schema of the PostgreSQL server that ALIGND_TEST_POSTGRES names.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "reporting/store/sql.h"

namespace alignd::reporting::test {

enum class Kind { Sqlite, Postgres };

inline std::vector<Kind> kinds() {
  if (std::getenv("ALIGND_TEST_POSTGRES") == nullptr) return {Kind::Sqlite};
  return {Kind::Sqlite, Kind::Postgres};
}
inline std::string name(Kind kind) {
  return kind == Kind::Sqlite ? "Sqlite" : "Postgres";
}

class Place {
 public:
  explicit Place(Kind kind) {
    static int count = 0;
    const std::string id = std::to_string(::getpid()) + "_" + std::to_string(++count);
    if (kind == Kind::Sqlite) {
      file_ = testing::TempDir() + "store" + id + ".db";
      where_ = file_;
      return;
    }
    const std::string url = std::getenv("ALIGND_TEST_POSTGRES");
    openSql(url)->script("CREATE SCHEMA t" + id);
    where_ = url + (url.find('?') == std::string::npos ? "?" : "&") + "options=-csearch_path%3Dt" + id;
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    if (file_.empty()) return;
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(file_ + end);
  }
  const std::string& where() const { return where_; }
  std::unique_ptr<Sql> open() const { return openSql(where_); }

 private:
  std::string file_;
  std::string where_;
};

}  // namespace alignd::reporting::test
