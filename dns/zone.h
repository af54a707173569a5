// Zones held in memory: the offline resolver of alignd-check, demos and tests. Gives the answers that the wire would.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dns/resolver.h"

namespace alignd::dns {

/// All names in one tree; a name is NXDOMAIN unless it, or a name below it, was added (RFC 8020; empty
/// non-terminals are NoData). CNAME chains are followed up to 10 hops.
class Zone {
 public:
  void add(const Name& name, Type type, Record record);
  /// Questions for `name` (of this type; all types that were not added when `type` is null) end with `status`.
  void fail(const Name& name, const Type* type, Status status);

  /// What a recursive resolver would answer. Never null. `now` + the smallest TTL is the expiry.
  AnswerPtr answer(const Question& question, Time now) const;

 private:
  struct Node {
    std::multimap<Type, Record> records;
    std::map<Type, Status> failures;
    std::optional<Status> failAll;
  };
  const Node* node(const Name& name) const;
  bool exists(const Name& name) const;
  std::map<std::string, Node> nodes_;  // by reversed text, so that all names below one follow it
};

/// Answers at once, from a zone.
class ZoneResolver final : public Resolver {
 public:
  explicit ZoneResolver(std::shared_ptr<const Zone> zone) : zone_(std::move(zone)) {}
  AnswerPtr findOrAsk(const Question& question, const std::shared_ptr<Mailbox>&, Need, Time now) override {
    return zone_->answer(question, now);
  }

 private:
  std::shared_ptr<const Zone> zone_;
};

}  // namespace alignd::dns
