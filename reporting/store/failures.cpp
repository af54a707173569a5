// Failure reports in the store.
#include "reporting/store/store.h"

namespace alignd::reporting {

bool Store::takeFile(const std::string& name, std::int64_t now) {
  return !sql_->run(
                  "INSERT INTO failure_file(name, taken) VALUES ($1, $2) ON CONFLICT(name) DO NOTHING "
                  "RETURNING name",
                  {name, now})
              .empty();
}

bool Store::addIncident(const std::string& similar) {
  return !sql_->run(
                  "UPDATE failure SET incidents = incidents + 1 WHERE similar_to = $1 AND NOT EXISTS "
                  "(SELECT 1 FROM delivery WHERE delivery.report = failure.id AND "
                  "(delivery.state IN (1, 2, 3) OR delivery.attempts > 0)) RETURNING id",
                  {similar})
              .empty();
}

void Store::addFailure(const StoredFailure& failure) {
  sql_->run(
      "INSERT INTO failure(id, day, similar_to, incidents, record) VALUES ($1, $2, $3, $4, $5) ON "
      "CONFLICT(id) DO "
      "NOTHING",
      {failure.id, failure.day, failure.similar, failure.incidents, failure.record});
}

std::optional<StoredFailure> Store::failure(std::string_view id) {
  const auto found = sql_->run("SELECT id, day, similar_to, incidents, record FROM failure WHERE id = $1",
                               {std::string(id)});
  if (found.empty()) return std::nullopt;
  const Fields& f = found[0];
  return StoredFailure{f[0], asNumber(f[1]), f[2], asNumber(f[3]), f[4]};
}

std::int64_t Store::failuresTo(std::string_view host, std::int64_t since) {
  return asNumber(
      sql_->run("SELECT COUNT(*) FROM delivery WHERE host = $1 AND since >= $2 AND state <> 4 AND "
                "report LIKE 'failure-%'",
                {std::string(host), since})[0][0]);
}

void Store::forgetSentFailures() {
  sql_->run(
      "DELETE FROM failure WHERE NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.report = failure.id AND "
      "delivery.state IN (0, 1))",
      {});
}

}  // namespace alignd::reporting
