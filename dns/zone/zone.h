// Zones held in memory: the offline resolver of alignd-check, demos and tests. Gives the answers that the
// wire would.
//
// The room dns/zone: zones and zone files, for tests, for alignd-check and for whoever has no server. It includes dns/data
// and the seam of dns/table; files are opened by others.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "dns/table/resolver.h"

namespace alignd::dns {

/// All names in one tree, whatever zones they come from: NS records are data and delegate nothing. A name is
/// NXDOMAIN unless it, or a name below it, was added (RFC 8020; empty non-terminals are NoData), a wildcard
/// covers it (RFC 4592) or a DNAME above redirects it (RFC 6672). Chains are followed up to 10 hops.
class Zone {
 public:
  void add(const Name& name, Type type, Record record);
  /// `name` exists, if only with records of types that are not kept here.
  void touch(const Name& name);
  /// Negative answers at and below `apex` expire after `ttl` seconds: the lower of the SOA record's own TTL
  /// and its MINIMUM (RFC 2308 section 5).
  void setNegativeTtl(const Name& apex, std::uint32_t ttl);
  /// Questions for `name` (of this type; all types that were not added when `type` is null) end with
  /// `status`.
  void fail(const Name& name, const Type* type, Status status);

  /// What a recursive resolver would answer. Never null. `now` + the smallest TTL is the expiry; negative
  /// answers without an SOA record expire at once.
  AnswerPtr answer(const Question& question, Time now) const;

 private:
  struct Node {
    std::multimap<Type, Record> records;  // equal types in the order of adding
    std::map<Type, Status> failures;
    std::optional<Status> failAll;
    std::optional<std::uint32_t> negativeTtl;
  };
  const Node* node(const Name& name) const;
  bool exists(const Name& name) const;
  const Node* wildcardFor(const Name& name) const;
  std::optional<std::pair<Name, const Record*>> dnameAbove(const Name& name) const;
  std::uint32_t negativeTtl(const Name& name) const;
  struct Walk;
  void step(Walk& walk) const;
  void follow(Walk& walk, std::optional<Name> target, std::uint32_t ttl) const;
  void end(Walk& walk, Status status) const;

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
