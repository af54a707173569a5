// Where questions go. The answer table (alignd::resolver), a zone file, a test script: the verifier sees no difference.
#pragma once

#include <cstdint>
#include <memory>

#include "dns/data/answer.h"
#include "dns/table/mailbox.h"

namespace alignd::dns {

enum class Need : std::uint8_t {
  Ahead,   // asked ahead of need: refused first when the engine is full, wakes nobody
  Needed,  // an evaluator is blocked on it
};

class Resolver {
 public:
  Resolver() = default;
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  virtual ~Resolver() = default;

  /// Any thread; never blocks. The answer when it is known now; otherwise nothing, and the answer will be delivered
  /// to `mailbox`. Asking again for the same mailbox raises Ahead to Needed and does no harm otherwise.
  /// A Timeout marked overload, given back or delivered, means for Need::Ahead: refused, forget it, it may be asked
  /// again.
  virtual AnswerPtr findOrAsk(const Question& question, const std::shared_ptr<Mailbox>& mailbox, Need need,
                              Time now) = 0;
};

}  // namespace alignd::dns
