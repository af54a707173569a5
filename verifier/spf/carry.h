// What one evaluation keeps from run to run. Private to the room but for its counts.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "verifier/spf/macro.h"
#include "verifier/work.h"

namespace alignd::spf {

/// An evaluation that was short of an answer runs again from its start, as many times as there are answers that come
/// late: a run must not pay again for what a run before it has found. Answers are pinned, so that a term that did not
/// match will never match, and that the same domain-spec expands to the same name. Belongs to one request and one
/// dns::Lookups, which must outlive it: it points into the records that are pinned there.
class Carry {
 public:
  Carry() = default;
  Carry(const Carry&) = delete;
  Carry& operator=(const Carry&) = delete;

  /// Over all runs so far, explanations included.
  const Work& work() const { return work_; }

 private:
  friend class Evaluation;

  // How far a record has been gone through for good, and the counts then. Records are told apart by their turn: before
  // an evaluation is blocked it comes to the same ones in the same order.
  struct Mark {
    std::size_t directive = 0;
    std::size_t visits = 0;
    int terms = 0;
    int voids = 0;
  };
  struct Expansion {
    const MacroString* spec;
    std::string domain;
    std::string name;
  };
  static constexpr std::size_t kMaxExpansions = 64;

  std::vector<Mark> marks_;
  std::vector<Expansion> expansions_;
  std::string remark_;  // on the first term that could not be asked about
  Work work_;
};

}  // namespace alignd::spf
