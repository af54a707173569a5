#include "reporting/store/store.h"

#include <array>
#include <cstring>
#include <stdexcept>

#include <openssl/sha.h>

#include "dns/data/ascii.h"
#include "dns/data/random.h"

namespace alignd::reporting {

namespace {

using ascii::cat;
using Types = std::array<std::string_view, 2>;

// Step n brings a schema from version n to n + 1. Steps that were released are never changed.
constexpr std::array<std::string_view, 3> kSteps{
    R"(CREATE TABLE place(host TEXT NOT NULL, device BIGINT NOT NULL, inode BIGINT NOT NULL, pos BIGINT NOT NULL,
         size BIGINT NOT NULL, head TEXT NOT NULL, touched BIGINT NOT NULL, PRIMARY KEY(host, device, inode));
       CREATE TABLE seen(time BIGINT NOT NULL, digest BIGINT NOT NULL, PRIMARY KEY(time, digest)) /* WITHOUT ROWID */;
       CREATE TABLE policy(id BIGINT NOT NULL PRIMARY KEY, day BIGINT NOT NULL, domain TEXT NOT NULL,
         tags TEXT NOT NULL, rua TEXT NOT NULL, error TEXT NOT NULL, latest BIGINT NOT NULL, messages BIGINT NOT NULL);
       CREATE INDEX policy_day ON policy(day);
       CREATE INDEX policy_domain ON policy(domain);
       CREATE TABLE record(policy BIGINT NOT NULL, digest TEXT NOT NULL, body TEXT NOT NULL, count BIGINT NOT NULL,
         PRIMARY KEY(policy, digest));
       CREATE TABLE day(day BIGINT NOT NULL PRIMARY KEY, closed BIGINT NOT NULL, made BIGINT NOT NULL))",
    R"(CREATE TABLE report(id TEXT NOT NULL PRIMARY KEY, policy BIGINT NOT NULL, day BIGINT NOT NULL,
         domain TEXT NOT NULL, part BIGINT NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL,
         messages BIGINT NOT NULL, made BIGINT NOT NULL);
       CREATE INDEX report_day ON report(day);
       CREATE TABLE delivery(report TEXT NOT NULL, address TEXT NOT NULL, host TEXT NOT NULL, state BIGINT NOT NULL,
         attempts BIGINT NOT NULL, due BIGINT NOT NULL, since BIGINT NOT NULL, note TEXT NOT NULL,
         day BIGINT NOT NULL, domain TEXT NOT NULL, PRIMARY KEY(report, address));
       CREATE INDEX delivery_due ON delivery(state, due);
       CREATE INDEX delivery_host ON delivery(day, host))",
    R"(CREATE TABLE failure(id TEXT NOT NULL PRIMARY KEY, day BIGINT NOT NULL, similar_to TEXT NOT NULL,
         incidents BIGINT NOT NULL, record TEXT NOT NULL);
       CREATE INDEX failure_similar ON failure(similar_to);
       CREATE TABLE failure_file(name TEXT NOT NULL PRIMARY KEY, taken BIGINT NOT NULL))",
};

std::int64_t number(std::size_t value) {
  return static_cast<std::int64_t>(value);
}

std::string hostOf(std::string_view address) {
  const auto at = address.rfind('@');
  return std::string(at == std::string_view::npos ? address : address.substr(at + 1));
}

StoredPolicy policyFrom(const Fields& fields) {
  StoredPolicy out;
  out.id = asNumber(fields[0]);
  out.day = asNumber(fields[1]);
  auto policy = decodePolicy(fields[2]);
  auto rua = decodeWords(fields[3]);
  if (!policy || !rua) throw std::runtime_error("the store holds a policy that cannot be read");
  out.policy = *std::move(policy);
  out.rua = *std::move(rua);
  out.error = fields[4];
  out.messages = asNumber(fields[5]);
  return out;
}
constexpr std::string_view kPolicyFields = "SELECT id, day, tags, rua, error, messages FROM policy ";

StoredReport reportFrom(const Fields& f) {
  return {f[0], asNumber(f[1]), asNumber(f[2]), f[3], static_cast<int>(asNumber(f[4])),
          f[5], f[6],           asNumber(f[7])};
}
constexpr std::string_view kReportFields =
    "SELECT id, policy, day, domain, part, first, last, messages FROM report ";

Delivery deliveryFrom(const Fields& f) {
  return {f[0],
          f[1],
          static_cast<DeliveryState>(asNumber(f[2])),
          static_cast<int>(asNumber(f[3])),
          asNumber(f[4]),
          asNumber(f[5]),
          f[6],
          asNumber(f[7]),
          f[8]};
}
constexpr std::string_view kDeliveryFields =
    "SELECT report, address, state, attempts, due, since, note, day, domain FROM delivery ";

}  // namespace

std::string digestText(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data());
  std::string out;
  for (std::size_t i = 0; i < 16; ++i) {
    out += "0123456789abcdef"[hash[i] >> 4U];
    out += "0123456789abcdef"[hash[i] & 0xfU];
  }
  return out;
}

std::int64_t digestNumber(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data());
  std::int64_t out = 0;
  std::memcpy(&out, hash.data(), sizeof(out));
  return out;
}

std::string_view stateWord(DeliveryState state) {
  switch (state) {
    case DeliveryState::Waiting: return "waiting";
    case DeliveryState::Handing: return "in doubt";
    case DeliveryState::Sent: return "sent";
    case DeliveryState::Failed: return "failed";
    case DeliveryState::Refused: return "refused";
  }
  return "";
}

Store::Store(std::unique_ptr<Sql> sql) : sql_(std::move(sql)) {
  migrate();
  dns::Random random;
  sql_->run("INSERT INTO meta(name, value) VALUES ('identity', $1) ON CONFLICT(name) DO NOTHING",
            {std::to_string(random.next())});
  identity_ = sql_->run("SELECT value FROM meta WHERE name = 'identity'", {}).at(0).at(0);
}

void Store::migrate() {
  transaction([&] {
    sql_->script("CREATE TABLE IF NOT EXISTS meta(name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)");
    const auto known = sql_->run("SELECT value FROM meta WHERE name = 'schema'", {});
    std::size_t version = known.empty() ? 0 : static_cast<std::size_t>(asNumber(known[0][0]));
    if (version > kSteps.size()) {
      throw std::runtime_error(
          cat({"the store has schema ", std::to_string(version), ", this program knows ",
               std::to_string(kSteps.size()), ": it was used by a newer alignd-report"}));
    }
    if (version == kSteps.size()) return;
    for (; version < kSteps.size(); ++version) sql_->script(kSteps[version]);
    sql_->run(
        "INSERT INTO meta(name, value) VALUES ('schema', $1) ON CONFLICT(name) DO UPDATE SET value = "
        "excluded.value",
        {std::to_string(version)});
  });
}

void Store::transaction(const std::function<void()>& work) {
  sql_->begin();
  try {
    work();
    sql_->commit();
  } catch (...) {
    sql_->rollback();
    throw;
  }
}

std::vector<bool> Store::markSeen(const std::vector<LineId>& lines) {
  static constexpr Types kTypes{"bigint", "bigint"};
  std::vector<Values> rows;
  rows.reserve(lines.size());
  for (const LineId& line : lines) rows.push_back({line.timeMs, line.digest});
  const auto fresh = sql_->insert({"INSERT INTO seen(time, digest)", kTypes,
                                   "ON CONFLICT(time, digest) DO NOTHING RETURNING time, digest"},
                                  rows);
  std::set<LineId> news;
  for (const Fields& fields : fresh) news.insert({asNumber(fields[0]), asNumber(fields[1])});
  std::vector<bool> out;
  out.reserve(lines.size());
  // A line that stands twice in one batch is new once.
  for (const LineId& line : lines) out.push_back(news.erase(line) > 0);
  return out;
}

void Store::add(const std::vector<CountedPolicy>& policies) {
  static constexpr std::array<std::string_view, 8> kPolicyTypes{"bigint", "bigint", "text",   "text",
                                                                "text",   "text",   "bigint", "bigint"};
  static constexpr std::array<std::string_view, 4> kRowTypes{"bigint", "text", "text", "bigint"};
  std::vector<Values> policyRows;
  std::vector<Values> rows;
  for (const CountedPolicy& counted : policies) {
    const std::string tags = encode(counted.policy);
    const std::int64_t id = policyId(counted.day, counted.policy);
    policyRows.push_back({id, counted.day, counted.policy.domain, tags, encode(counted.rua), counted.error,
                          counted.latestMs, counted.messages});
    for (const CountedRow& row : counted.rows)
      rows.push_back({id, digestText(row.body), row.body, row.count});
  }
  sql_->insert(
      {"INSERT INTO policy(id, day, domain, tags, rua, error, latest, messages)", kPolicyTypes,
       "ON CONFLICT(id) DO UPDATE SET messages = policy.messages + excluded.messages, "
       "rua = CASE WHEN excluded.latest >= policy.latest THEN excluded.rua ELSE policy.rua END, "
       "error = CASE WHEN excluded.latest >= policy.latest THEN excluded.error ELSE policy.error END, "
       "latest = CASE WHEN excluded.latest >= policy.latest THEN excluded.latest ELSE policy.latest END"},
      policyRows);
  sql_->insert({"INSERT INTO record(policy, digest, body, count)", kRowTypes,
                "ON CONFLICT(policy, digest) DO UPDATE SET count = record.count + excluded.count"},
               rows);
}

std::int64_t Store::policyId(Day day, const PublishedPolicy& policy) {
  return digestNumber(cat({std::to_string(day), " ", encode(policy)}));
}

std::optional<Place> Store::place(const FileId& file) {
  const auto found =
      sql_->run("SELECT pos, size, head FROM place WHERE host = $1 AND device = $2 AND inode = $3",
                {file.host, file.device, file.inode});
  if (found.empty()) return std::nullopt;
  return Place{asNumber(found[0][0]), asNumber(found[0][1]), found[0][2]};
}

void Store::setPlace(const FileId& file, const Place& place, std::int64_t now) {
  sql_->run(
      "INSERT INTO place(host, device, inode, pos, size, head, touched) VALUES ($1, $2, $3, $4, $5, $6, $7) "
      "ON CONFLICT(host, device, inode) DO UPDATE SET pos = excluded.pos, size = excluded.size, "
      "head = excluded.head, touched = excluded.touched",
      {file.host, file.device, file.inode, place.offset, place.size, place.head, now});
}

std::set<Day> Store::closedDays() {
  std::set<Day> out;
  for (const Fields& fields : sql_->run("SELECT day FROM day", {})) out.insert(asNumber(fields[0]));
  return out;
}

std::vector<Day> Store::openDays(Day before) {
  std::vector<Day> out;
  for (const Fields& fields :
       sql_->run("SELECT DISTINCT day FROM policy WHERE day < $1 AND NOT EXISTS (SELECT 1 "
                 "FROM day WHERE day.day = policy.day) ORDER BY day",
                 {before})) {
    out.push_back(asNumber(fields[0]));
  }
  return out;
}

void Store::closeDay(Day day, std::int64_t now) {
  sql_->run("INSERT INTO day(day, closed, made) VALUES ($1, $2, 0) ON CONFLICT(day) DO NOTHING", {day, now});
}

std::vector<Day> Store::unmadeDays() {
  std::vector<Day> out;
  for (const Fields& fields : sql_->run("SELECT day FROM day WHERE made = 0 ORDER BY day", {})) {
    out.push_back(asNumber(fields[0]));
  }
  return out;
}

void Store::setMade(Day day, std::int64_t now) {
  sql_->run("UPDATE day SET made = $2 WHERE day = $1", {day, now});
}

std::vector<StoredPolicy> Store::policies(Day day) {
  std::vector<StoredPolicy> out;
  for (const Fields& fields :
       sql_->run(cat({kPolicyFields, "WHERE day = $1 ORDER BY domain, latest, id"}), {day})) {
    out.push_back(policyFrom(fields));
  }
  return out;
}

std::vector<StoredPolicy> Store::policiesOf(std::string_view domain) {
  std::vector<StoredPolicy> out;
  for (const Fields& fields : sql_->run(
           cat({kPolicyFields, "WHERE domain = $1 ORDER BY day DESC, latest DESC"}), {std::string(domain)})) {
    out.push_back(policyFrom(fields));
  }
  return out;
}

std::optional<StoredPolicy> Store::policy(std::int64_t id) {
  const auto found = sql_->run(cat({kPolicyFields, "WHERE id = $1"}), {id});
  if (found.empty()) return std::nullopt;
  return policyFrom(found[0]);
}

void Store::rows(std::int64_t policy, std::string_view first, std::string_view last,
                 const std::function<void(const std::string&, const Row&, std::int64_t)>& use) {
  constexpr std::int64_t kPage = 2000;
  const std::string end = last.empty() ? "g" : std::string(last);  // behind all hex digits
  bool inclusive = true;
  std::string from(first);
  while (true) {
    const auto page = sql_->run(
        inclusive
            ? "SELECT digest, body, count FROM record WHERE policy = $1 AND digest >= $2 AND digest <= $3 "
              "ORDER BY digest LIMIT $4"
            : "SELECT digest, body, count FROM record WHERE policy = $1 AND digest > $2 AND digest <= $3 "
              "ORDER BY digest LIMIT $4",
        {policy, from, end, kPage});
    for (const Fields& fields : page) {
      const auto row = decodeRow(fields[1]);
      if (!row) throw std::runtime_error("the store holds a row that cannot be read");
      use(fields[0], *row, asNumber(fields[2]));
    }
    if (number(page.size()) < kPage) return;
    from = page.back()[0];
    inclusive = false;
  }
}

std::int64_t Store::rowCount(std::int64_t policy) {
  return asNumber(sql_->run("SELECT COUNT(*) FROM record WHERE policy = $1", {policy})[0][0]);
}

void Store::addReport(const StoredReport& report, std::int64_t now) {
  sql_->run(
      "INSERT INTO report(id, policy, day, domain, part, first, last, messages, made) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT(id) DO NOTHING",
      {report.id, report.policy, report.day, report.domain, std::int64_t{report.part}, report.firstRow,
       report.lastRow, report.messages, now});
}

std::optional<StoredReport> Store::report(std::string_view id) {
  const auto found = sql_->run(cat({kReportFields, "WHERE id = $1"}), {std::string(id)});
  if (found.empty()) return std::nullopt;
  return reportFrom(found[0]);
}

std::vector<StoredReport> Store::reportsOf(Day day) {
  std::vector<StoredReport> out;
  for (const Fields& fields :
       sql_->run(cat({kReportFields, "WHERE day = $1 ORDER BY domain, policy, part"}), {day})) {
    out.push_back(reportFrom(fields));
  }
  return out;
}

void Store::addDelivery(const Delivery& delivery) {
  static constexpr std::array<std::string_view, 10> kTypes{"text",   "text",   "text", "bigint", "bigint",
                                                           "bigint", "bigint", "text", "bigint", "text"};
  sql_->insert({"INSERT INTO delivery(report, address, host, state, attempts, due, since, note, day, domain)",
                kTypes, "ON CONFLICT(report, address) DO NOTHING"},
               {{delivery.report, delivery.address, hostOf(delivery.address),
                 static_cast<std::int64_t>(delivery.state), std::int64_t{delivery.attempts}, delivery.due,
                 delivery.since, delivery.note, delivery.day, delivery.domain}});
}

std::vector<Delivery> Store::dueDeliveries(std::int64_t now) {
  std::vector<Delivery> out;
  for (const Fields& fields : sql_->run(
           cat({kDeliveryFields, "WHERE state = 0 AND due <= $1 ORDER BY due, report, address"}), {now})) {
    out.push_back(deliveryFrom(fields));
  }
  return out;
}

std::vector<Delivery> Store::deliveries() {
  std::vector<Delivery> out;
  for (const Fields& fields :
       sql_->run(cat({kDeliveryFields, "ORDER BY day DESC, domain, report, address"}), {})) {
    out.push_back(deliveryFrom(fields));
  }
  return out;
}

void Store::setState(const Delivery& delivery) {
  sql_->run(
      "UPDATE delivery SET state = $3, attempts = $4, due = $5, note = $6 WHERE report = $1 AND address = $2",
      {delivery.report, delivery.address, static_cast<std::int64_t>(delivery.state),
       std::int64_t{delivery.attempts}, delivery.due, delivery.note});
}

bool Store::claim(const Delivery& delivery) {
  return !sql_->run(
                  "UPDATE delivery SET state = 1 WHERE report = $1 AND address = $2 AND state = 0 RETURNING "
                  "report",
                  {delivery.report, delivery.address})
              .empty();
}

std::int64_t Store::mailsTo(std::string_view host, Day day) {
  return asNumber(
      sql_->run("SELECT COUNT(*) FROM delivery WHERE day = $1 AND host = $2 AND report NOT LIKE 'failure-%'",
                {day, std::string(host)})[0][0]);
}

void Store::prune(Day before, std::int64_t beforeSeconds) {
  sql_->run("DELETE FROM record WHERE policy IN (SELECT id FROM policy WHERE day < $1)", {before});
  for (const std::string_view table : {"policy", "day", "report", "delivery", "failure"}) {
    sql_->run(cat({"DELETE FROM ", table, " WHERE day < $1"}), {before});
  }
  sql_->run("DELETE FROM place WHERE touched < $1", {beforeSeconds});
  sql_->run("DELETE FROM failure_file WHERE taken < $1", {beforeSeconds});
  // Lines of a closed day are not looked up any more; those older than all that is kept neither.
  sql_->run("DELETE FROM seen WHERE time < $1", {before * kDaySeconds * 1000});
  for (const Day day : closedDays()) {
    sql_->run("DELETE FROM seen WHERE time >= $1 AND time < $2",
              {day * kDaySeconds * 1000, (day + 1) * kDaySeconds * 1000});
  }
}

}  // namespace alignd::reporting
