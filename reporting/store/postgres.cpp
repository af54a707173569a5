#include <optional>
#include <stdexcept>

#include <pqxx/pqxx>

#include "dns/data/ascii.h"
#include "reporting/store/sql.h"

// libpqxx 6.4 (Debian 12) and 7.10 (Debian 13) agree in these calls; the newer one only calls them old.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace alignd::reporting {

namespace {

using ascii::cat;

// Any number that nobody else uses: one lock for all collectors of a store.
constexpr std::string_view kLock = "SELECT pg_advisory_xact_lock(4702394921427289944)";

// An element of an array in text form: numbers bare, text in quotes.
void appendElement(std::string& out, const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    out += std::to_string(*number);
    return;
  }
  out += '"';
  for (const char c : storable(std::get<std::string>(value))) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

std::string arrayOf(const std::vector<Values>& rows, std::size_t column) {
  std::string out = "{";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i > 0) out += ',';
    appendElement(out, rows[i][column]);
  }
  return out + "}";
}

std::string textOf(const Value& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  return number != nullptr ? std::to_string(*number) : storable(std::get<std::string>(value));
}

class Postgres final : public Sql {
 public:
  explicit Postgres(const std::string& url) : connection_(url) {}

  void begin() override {
    work_.emplace(connection_);
    work_->exec(std::string(kLock));
  }
  void commit() override {
    work_->commit();
    work_.reset();
  }
  void rollback() noexcept override { work_.reset(); }

  std::vector<Fields> run(std::string_view statement, const Values& values) override {
    if (work_) return execute(*work_, std::string(statement), values);
    pqxx::work alone(connection_);
    auto out = execute(alone, std::string(statement), values);
    alone.commit();
    return out;
  }

  std::vector<Fields> insert(const Insert& insert, const std::vector<Values>& rows) override {
    if (rows.empty()) return {};
    std::string text = cat({insert.into, " SELECT * FROM unnest("});
    Values arrays;
    for (std::size_t i = 0; i < insert.types.size(); ++i) {
      text += cat({i == 0 ? "$" : ",$", std::to_string(i + 1), "::", insert.types[i], "[]"});
      arrays.emplace_back(arrayOf(rows, i));
    }
    text += cat({") ", insert.behind});
    return run(text, arrays);
  }

  void script(std::string_view statements) override {
    if (work_) {
      work_->exec(std::string(statements));
      return;
    }
    pqxx::work alone(connection_);
    alone.exec(std::string(statements));
    alone.commit();
  }

 private:
  static pqxx::result call(pqxx::work& work, const std::string& statement,
                           const std::vector<std::string>& v) {
    switch (v.size()) {
      case 0: return work.exec(statement);
      case 1: return work.exec_params(statement, v[0]);
      case 2: return work.exec_params(statement, v[0], v[1]);
      case 3: return work.exec_params(statement, v[0], v[1], v[2]);
      case 4: return work.exec_params(statement, v[0], v[1], v[2], v[3]);
      case 5: return work.exec_params(statement, v[0], v[1], v[2], v[3], v[4]);
      case 6: return work.exec_params(statement, v[0], v[1], v[2], v[3], v[4], v[5]);
      case 7: return work.exec_params(statement, v[0], v[1], v[2], v[3], v[4], v[5], v[6]);
      case 8: return work.exec_params(statement, v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]);
      case 9: return work.exec_params(statement, v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]);
      case 10: return work.exec_params(statement, v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9]);
      default: throw std::logic_error("more parameters than the store needs");
    }
  }

  static std::vector<Fields> execute(pqxx::work& work, const std::string& statement, const Values& values) {
    std::vector<std::string> texts;
    texts.reserve(values.size());
    for (const Value& value : values) texts.push_back(textOf(value));
    const pqxx::result result = call(work, statement, texts);
    std::vector<Fields> out;
    out.reserve(static_cast<std::size_t>(result.size()));
    for (const auto& row : result) {
      Fields& fields = out.emplace_back();
      for (const auto& field : row) fields.emplace_back(field.is_null() ? "" : field.c_str());
    }
    return out;
  }

  pqxx::connection connection_;
  std::optional<pqxx::work> work_;
};

}  // namespace

std::unique_ptr<Sql> openPostgres(const std::string& url) {
  return std::make_unique<Postgres>(url);
}

}  // namespace alignd::reporting
