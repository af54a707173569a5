// Who goes next when not everybody can: places, shares, turns.
#pragma once

#include <cstddef>
#include <deque>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dns/data/keyed_hash.h"
#include "dns/table/resolver.h"

namespace alignd::dns {

/// The domains that a question counts against: nobody's names may take all places.
/// The first is the domain below which somebody can be expected to own everything: two labels, three below a
/// short second level of a country (co.uk), more in the reverse trees. Where there were more than two, the
/// second one is the wider domain.
std::vector<std::string> parentDomains(const Name& name);

/// Somebody who wants a place: a question a slot, a packet a socket.
struct Claim {
  std::vector<std::string> parents;  // counted against; the wider one last
  bool started = false;              // has, or had, a place
  bool finished = false;             // wants none any more
  const void* message = nullptr;     // whose turn gave it the place; counted against too
};
using ClaimPtr = std::shared_ptr<Claim>;

struct Shares {
  std::size_t places = 1;
  std::size_t parentPercent = 100;   // what the names below one domain may hold at once
  std::size_t messagePercent = 100;  // what one message may
};

/// DNS thread. Messages take turns, claim by claim; needed ones go before those asked ahead; neither a domain nor a
/// message ever holds more than its share of the places. Finished claims are skipped.
class FairQueue {
 public:
  explicit FairQueue(const Shares& shares);

  /// A claim may stand in several messages' queues; it starts once.
  void push(const ClaimPtr& claim, const void* message, Need need);
  /// The next one that may start, with a place taken for it; null when there is none.
  ClaimPtr pop();
  /// Gives the place back.
  void release(Claim& claim);

  std::size_t inFlight() const { return inFlight_; }
  bool full() const { return inFlight_ >= places_; }
  /// Claims that wait in this message's own queue, and those that wait for this domain's share.
  std::size_t waitingOf(const void* message) const;
  std::size_t waitingBelow(const std::string& parent) const;

 private:
  struct Turn {
    const void* message;
    std::deque<ClaimPtr> waiting;
  };
  struct Ring {
    std::list<Turn> turns;
    std::unordered_map<const void*, std::list<Turn>::iterator> byMessage;
    void push(const ClaimPtr& claim, const void* message);
    /// The next claim of the message whose turn it is, with that message.
    std::pair<ClaimPtr, const void*> pop();
  };
  struct Blocked {
    ClaimPtr claim;
    const void* message;
    Need need;
  };
  struct Group {
    std::size_t inFlight = 0;
    std::deque<Blocked> blocked;
  };

  ClaimPtr popFrom(Ring& ring, Need need);
  void count(const Claim& claim, const void* message);
  Group* fullGroup(const Claim& claim, const void* message);
  void unblockAll(const Claim& claim, const void* message);
  template <class Groups>
  void unblock(Groups& groups, const typename Groups::key_type& key, std::size_t most);
  std::size_t share(std::size_t level) const;

  std::size_t places_;
  std::size_t parentShare_;
  std::size_t messageShare_;
  std::size_t inFlight_ = 0;
  Ring needed_;
  Ring ahead_;
  std::unordered_map<std::string, Group, KeyedHash> parents_;
  std::unordered_map<const void*, Group> messages_;
};

}  // namespace alignd::dns
