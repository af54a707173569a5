// What a log of verdict lines says, in tables.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <string_view>

#include "cli/top.h"
#include "reporting/log/line_reader.h"
#include "reporting/log/message.h"
#include "verifier/report/json.h"

namespace alignd::cli {

/// Memory does not grow with the log.
class LogSummary {
 public:
  void add(const reporting::LoggedMessage& message);
  /// A line that is no message.
  void skip(reporting::LineKind kind);

  void print(std::ostream& out) const;
  /// Members of the object that is being written: lines, messages, first, last, exempt, results, why, enforce, tables.
  void write(report::JsonWriter& w) const;

 private:
  using Counts = std::map<std::string, std::uint64_t, std::less<>>;
  struct Table {
    std::string_view name;   // stable, of the JSON form
    std::string_view title;  // for people
    const Top* top;
  };
  std::array<Table, 11> tables() const;
  void addMechanisms(const reporting::LoggedMessage& message);
  void addEnforced(const reporting::LoggedMessage& message);
  static std::string sourceOf(const reporting::LoggedMessage& message);

  std::uint64_t messages_ = 0;
  std::uint64_t torn_ = 0;
  std::uint64_t foreign_ = 0;
  std::int64_t firstMs_ = -1;
  std::int64_t lastMs_ = -1;
  Counts exempt_;
  std::map<std::string, Counts, std::less<>> results_;  // by method
  Counts why_;
  Counts would_;
  std::uint64_t removed_ = 0;            // forged Authentication-Results fields
  std::array<std::uint64_t, 4> slow_{};  // messages that waited for DNS more than 0.1, 1, 5, 10 s
  Top whyByDomain_, whyBySource_, wouldDomains_, wouldClients_, wouldLists_, unaligned_, slowDomains_,
      forgers_, keys_, spfBroken_, authors_;
};

/// One readable line a message: time, queue id, result, why, author, client, what was done. Without its newline.
std::string lineText(const reporting::LoggedMessage& message, bool colours);

}  // namespace alignd::cli
