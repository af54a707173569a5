// Who goes next when not everybody can: slots, shares, turns.
#pragma once

#include <cstddef>
#include <deque>
#include <list>
#include <string>
#include <unordered_map>

#include "dns/query.h"
#include "dns/resolver.h"

namespace alignd::dns {

/// DNS thread. Messages take turns, question by question; needed ones go before those asked ahead; the names
/// below one domain never hold more than their share of the slots. Finished queries (their deadline has
/// passed) are skipped.
class QueryQueue {
 public:
  QueryQueue(std::size_t slots, std::size_t parentPercent);

  /// A query may stand in several messages' queues; it starts once.
  void push(const QueryPtr& query, const void* message, Need need);
  /// The next one that may start, with a slot taken for it; null when there is none.
  QueryPtr pop();
  /// Gives the slot back.
  void release(Query& query);

  std::size_t inFlight() const { return inFlight_; }

 private:
  struct Turn {
    const void* message;
    std::deque<QueryPtr> waiting;
  };
  struct Ring {
    std::list<Turn> turns;
    std::unordered_map<const void*, std::list<Turn>::iterator> byMessage;
    void push(const QueryPtr& query, const void* message);
    /// The next query of the message whose turn it is, with that message.
    std::pair<QueryPtr, const void*> pop();
  };
  struct Blocked {
    QueryPtr query;
    const void* message;
    Need need;
  };
  struct Parent {
    std::size_t inFlight = 0;
    std::deque<Blocked> blocked;
  };

  QueryPtr popFrom(Ring& ring, Need need);
  void unblock(const std::string& parent);
  std::size_t share(std::size_t level) const;

  std::size_t slots_;
  std::size_t parentShare_;
  std::size_t inFlight_ = 0;
  Ring needed_;
  Ring ahead_;
  std::unordered_map<std::string, Parent> parents_;
};

}  // namespace alignd::dns
