// Verdict lines into the store: each once, however often it is read and whatever dies in between.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "reporting/aggregate/observe.h"
#include "reporting/log/line_reader.h"
#include "reporting/log/line_stream.h"
#include "reporting/store/store.h"

namespace alignd::reporting {

/// What became of the lines.
struct Tally {
  std::uint64_t lines = 0;
  std::uint64_t counted = 0;  // new, and in a report
  std::uint64_t repeated = 0;
  std::uint64_t closed = 0;  // of a day whose reports are made
  std::uint64_t old = 0;     // older than max_age, or from the future
  std::uint64_t torn = 0;
  std::uint64_t foreign = 0;
  std::array<std::uint64_t, 9> unreported{};  // by Unreported
  std::string text() const;
};

class Collector {
 public:
  /// `host`: of lines that do not name theirs. `now`: seconds since 1970.
  Collector(Store& store, const Options& options, std::string host, std::int64_t now);

  /// A file, plain or gzip, from where it was left. Empty, or what went wrong.
  std::string file(const std::string& path);
  /// What has no place to come back to: standard input, a pipe. Closes the descriptor.
  void stream(int descriptor);
  /// One message from elsewhere, with its line.
  void message(const LoggedMessage& message, std::string_view line);
  /// OpenDMARC's history, all of it: a message counts once by its host, job and time. Closes the descriptor.
  void history(int descriptor);
  /// Writes what is under way.
  void flush();

  const Tally& tally() const { return tally_; }
  /// Called at each step that a crash may come after: for tests.
  std::function<void(std::string_view)> onStep;

 private:
  struct Pending {
    LineId id;
    Day day = 0;
    std::int64_t timeMs = 0;
    std::string policy;  // encode(PublishedPolicy): where it is kept in policies_
    std::string row;     // empty: only the policy counts
  };
  struct PolicyFacts {
    PublishedPolicy policy;
    std::vector<std::string> rua;
    std::string error;
    std::int64_t latestMs = 0;
  };
  void take(std::string_view line);
  void keep(const LoggedMessage& message, std::string_view line);
  void write(const std::function<void()>& alongside);
  std::vector<CountedPolicy> counted(const std::vector<Pending>& news);
  void step(std::string_view name) const {
    if (onStep) onStep(name);
  }

  Store& store_;
  const Options& options_;
  std::string host_;
  std::int64_t now_;
  LineReader reader_;
  LoggedMessage message_;
  std::vector<Pending> pending_;
  std::unordered_map<std::string, PolicyFacts> policies_;  // of pending_
  Tally tally_;
};

}  // namespace alignd::reporting
