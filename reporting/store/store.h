// What has been seen, counted, made and sent.
//
// Tables: `place` (where a log file was read up to), `seen` (lines of days that are not closed), `policy` (one a day and
// published policy), `record` (counted rows of a policy), `day` (closed: its reports are made), `report`, `delivery`,
// `failure` (reports of single messages) and `failure_file` (files of the spool that were taken).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "reporting/aggregate/row.h"
#include "reporting/store/day.h"
#include "reporting/store/sql.h"

namespace alignd::reporting {

/// What one line is known by: its time, and a digest of host, queue id and time.
struct LineId {
  std::int64_t timeMs = 0;
  std::int64_t digest = 0;
  friend auto operator<=>(const LineId&, const LineId&) = default;
};

/// Up to where a file was read.
struct Place {
  std::int64_t offset = 0;  // of the text
  std::int64_t size = 0;    // of the file, when it was left
  std::string head;         // digest of its first line: a number of an inode is used again
};
struct FileId {
  std::string host;
  std::int64_t device = 0;
  std::int64_t inode = 0;
};

struct CountedRow {
  std::string body;  // encode(Row)
  std::int64_t count = 0;
};
struct CountedPolicy {
  Day day = 0;
  PublishedPolicy policy;
  std::vector<std::string> rua;
  std::string error;
  std::int64_t latestMs = 0;  // when rua and error were seen
  std::int64_t messages = 0;
  std::vector<CountedRow> rows;
};

struct StoredPolicy {
  std::int64_t id = 0;
  Day day = 0;
  PublishedPolicy policy;
  std::vector<std::string> rua;
  std::string error;
  std::int64_t messages = 0;
};

/// One file: a policy's rows of a day, or a part of them.
struct StoredReport {
  std::string id;  // Report-ID and unique-id
  std::int64_t policy = 0;
  Day day = 0;
  std::string domain;
  int part = 0;
  std::string firstRow, lastRow;  // digests of the rows that it holds, both inclusive
  std::int64_t messages = 0;
};

/// One failure report: the record of the first message, and how many failed alike.
struct StoredFailure {
  std::string id;
  Day day = 0;
  std::string similar;  // similarity()
  std::int64_t incidents = 1;
  std::string record;  // the file's content
};

enum class DeliveryState { Waiting, Handing, Sent, Failed, Refused };
std::string_view stateWord(DeliveryState state);

/// A report on its way to one mailbox.
struct Delivery {
  std::string report;
  std::string address;
  DeliveryState state = DeliveryState::Waiting;
  int attempts = 0;
  std::int64_t due = 0;    // not before, seconds since 1970
  std::int64_t since = 0;  // made
  std::string note;        // what the last attempt said, or why it is refused
  Day day = 0;
  std::string domain;
};

class Store {
 public:
  /// Brings the schema up to date; a store of a newer alignd-report is an error.
  explicit Store(std::unique_ptr<Sql> sql);

  /// Told apart from every other store: part of Report-IDs.
  const std::string& identity() const { return identity_; }

  /// All of `work` or nothing of it.
  void transaction(const std::function<void()>& work);

  // Collecting; all within a transaction.
  std::vector<bool> markSeen(const std::vector<LineId>& lines);  // true where it was not seen before
  void add(const std::vector<CountedPolicy>& policies);
  std::optional<Place> place(const FileId& file);
  void setPlace(const FileId& file, const Place& place, std::int64_t now);

  // Days.
  std::set<Day> closedDays();
  std::vector<Day> openDays(Day before);  // that have policies
  /// From now on the day takes no lines.
  void closeDay(Day day, std::int64_t now);
  std::vector<Day> unmadeDays();  // closed, and not all of their reports made
  void setMade(Day day, std::int64_t now);

  // What a day holds.
  std::vector<StoredPolicy> policies(Day day);
  std::vector<StoredPolicy> policiesOf(std::string_view domain);  // newest day first
  std::optional<StoredPolicy> policy(std::int64_t id);
  /// Rows in the order of their digests, from `first` to `last` ("" and "": all).
  void rows(std::int64_t policy, std::string_view first, std::string_view last,
            const std::function<void(const std::string& digest, const Row& row, std::int64_t count)>& use);
  std::int64_t rowCount(std::int64_t policy);
  static std::int64_t policyId(Day day, const PublishedPolicy& policy);

  // Reports.
  void addReport(const StoredReport& report, std::int64_t now);
  std::optional<StoredReport> report(std::string_view id);
  std::vector<StoredReport> reportsOf(Day day);
  void addDelivery(const Delivery& delivery);
  /// Not before `now`, oldest first.
  std::vector<Delivery> dueDeliveries(std::int64_t now);
  std::vector<Delivery> deliveries();  // all that is kept, newest day first
  void setState(const Delivery& delivery);
  /// Moves Waiting to Handing. False when somebody else has.
  bool claim(const Delivery& delivery);
  std::int64_t mailsTo(std::string_view host, Day day);

  // Failure reports; takeFile() to addFailure() within one transaction.
  bool takeFile(const std::string& name, std::int64_t now);  // false when it was taken before
  /// Counts one more message under a report of which no mail has been tried yet. False when there is none.
  bool addIncident(const std::string& similar);
  void addFailure(const StoredFailure& failure);
  std::optional<StoredFailure> failure(std::string_view id);
  /// Mails of failure reports to a host that were made since then, refused ones aside.
  std::int64_t failuresTo(std::string_view host, std::int64_t since);
  /// What was told of a message is kept no longer than it takes to send it.
  void forgetSentFailures();

  /// Forgets what is older than `before`, and the lines of closed days.
  void prune(Day before, std::int64_t beforeSeconds);

 private:
  void migrate();
  std::unique_ptr<Sql> sql_;
  std::string identity_;
};

/// 32 hex digits of SHA-256.
std::string digestText(std::string_view text);
std::int64_t digestNumber(std::string_view text);

}  // namespace alignd::reporting
