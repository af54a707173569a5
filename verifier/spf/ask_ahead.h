// How one run of the evaluator gets its answers, and what it asks ahead of need.
#pragma once

#include <cstddef>

#include "dns/table/lookups.h"

namespace alignd::spf {

/// The evaluator reads like RFC 7208, term after term. When it comes to an answer that is not here yet it is
/// blocked, but it goes on as if that term did not match, merely to see what would be asked next: from then
/// on every missing answer is asked ahead, and nothing that happens counts. So the names of all terms that
/// would be evaluated if none matched go out together, within the very limits that bound the evaluation, and
/// asking ahead has no logic of its own that could differ from it.
class AskAhead {
 public:
  /// No question goes out ahead of need once `limit` were sent for this evaluation.
  AskAhead(dns::Lookups& lookups, std::size_t limit) : lookups_(lookups), limit_(limit) {}

  /// The answer; null when it is not here. The first null is the question that the evaluation is blocked on.
  const dns::Answer* find(const dns::Name& name, dns::Type type) {
    if (!blocked_) {
      const dns::Answer* answer = lookups_.find(name, type);
      blocked_ = answer == nullptr;
      return answer;
    }
    return ask({name, type});
  }

  bool blocked() const { return blocked_; }
  /// Nothing more may be asked ahead: a run that is blocked can end.
  bool exhausted() const { return lookups_.asked() >= limit_; }

 private:
  const dns::Answer* ask(const dns::Question& question) {
    if (const dns::Answer* answer = lookups_.peek(question)) return answer;
    if (exhausted()) return nullptr;
    lookups_.ask(question);
    if (const dns::Answer* answer = lookups_.peek(question)) return answer;
    // Records and exchanges lead to further questions. So that these go out at once, and not only when the answer
    // that blocks is there, they ring although nothing is blocked on them; one that was quicker than this line is
    // announced here. Addresses lead nowhere: they may wait.
    const bool leadsOn = question.type == dns::Type::TXT || question.type == dns::Type::MX;
    if (leadsOn && !lookups_.mailbox()->need(question)) lookups_.mailbox()->poke();
    return nullptr;
  }

  dns::Lookups& lookups_;
  std::size_t limit_;
  bool blocked_ = false;
};

}  // namespace alignd::spf
