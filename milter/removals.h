// Which fields of the message must go, numbered as MTAs number them.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "verifier/authres/options.h"

namespace alignd::milter {

/// The field that marks a message for quarantine (DESIGN.md decision 1). Incoming copies are nobody's word.
inline constexpr const char* kDispositionField = "X-Alignd-Disposition";
inline constexpr const char* kResultsField = "Authentication-Results";

/// Told of every field as it arrives, those beyond the header cap included: an own-id field must not survive
/// because it stands far down. Keeps numbers, and the names to number a field that hides one behind a bare CR.
class Removals {
 public:
  struct Entry {
    enum class Kind { Results, Disposition, Other };
    Kind kind;
    int ordinal;  // from 1, among the fields of this name
    /// Of a field of another name that hides a Results: its name in lower case, which may be empty.
    std::string other;
    const char* name() const {
      if (kind == Kind::Other) return other.c_str();
      return kind == Kind::Results ? kResultsField : kDispositionField;
    }
  };

  /// What becomes of a field that claims an id of ours.
  enum class Claim {
    Forged,    // it goes
    Replaced,  // a border host of ours wrote it; it goes, for ours says the same, and is not counted
    Kept,      // a border host of ours wrote it; it stays
  };

  /// For the next message. `ours` must outlive it.
  void begin(const authres::Options& ours, bool keepValues);
  /// The message is dealt with.
  void end() noexcept;
  /// Name and value as they came.
  void field(std::string_view name, std::string_view value, Claim claim = Claim::Forged);

  /// In the order of the message. Take them from the end: a removal renumbers what stands below it.
  const std::vector<Entry>& entries() const { return entries_; }
  /// Of the Authentication-Results among them, in the same order; only when asked for. Line
  /// ends that are no folds are blanks.
  const std::vector<std::string>& values() const { return values_; }
  /// Of them, forged Authentication-Results.
  std::size_t removedResults() const { return removedResults_; }

 private:
  int ordinalOf(const std::string& name);

  const authres::Options* ours_ = nullptr;
  bool keepValues_ = false;
  int results_ = 0;       // Authentication-Results seen
  int dispositions_ = 0;  // disposition fields seen
  std::size_t removedResults_ = 0;
  std::vector<Entry> entries_;
  std::vector<std::string> values_;
  std::string names_;                  // of the fields that are not in counts_ yet, LF behind each
  std::map<std::string, int> counts_;  // fields by name
};

}  // namespace alignd::milter
