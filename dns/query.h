// One question in work, from the first packet to the answer: alias hops, tries, what the servers said so far.
// Pure state and rules; packets are the engine's.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "dns/time.h"
#include "dns/transport.h"
#include "dns/wire.h"

namespace alignd::dns {

/// The domains that a question counts against: nobody's names may take all slots.
/// The first is the domain below which somebody can be expected to own everything: two labels, three below a
/// short second level of a country (co.uk), more in the reverse trees. Where there were more than two, the
/// second one is the wider domain.
std::vector<std::string> parentDomains(const Name& name);

struct Query;
using QueryPtr = std::shared_ptr<Query>;

struct Query {
  Query(Question asked, Time deadlineAt)
      : question(std::move(asked)), name(question.name), deadline(deadlineAt) {}

  const Question question;
  Name name;  // on the wire now: the question's, later an alias target
  const Time deadline;
  bool started = false;  // has, or had, a slot
  Time startedAt{};
  bool finished = false;             // has been published
  bool timedOut = false;             // as a Timeout: what comes now still fills the cache
  std::vector<std::string> parents;  // of the slot it holds

  // What the replies so far have said.
  std::vector<Hop> chain;
  std::uint32_t ttl = ~std::uint32_t{0};
  bool authenticated = true;
  std::shared_ptr<Answer> failure;  // the first one of this step

  // The trace of the present name's aliases (dns/trace.h).
  QueryPtr trace;
  AnswerPtr traceEnd;           // what it came to
  std::weak_ptr<Query> traced;  // of a trace: the question it is for
  bool isTrace = false;
  bool traceable = true;   // no trace has led to the present name, so that one may start there
  bool servfail = false;   // one of the servers said SERVFAIL
  bool exhausted = false;  // every server that may be asked has failed

  // How the present name is being asked. `step` tells replies to earlier names apart.
  std::size_t step = 0;
  std::size_t sends = 0;
  bool edns = true;
  bool tcp = false;
  std::vector<const void*> triedServers;  // servers, in this step
  std::vector<ExchangeId> exchanges;      // all of this query that have not completed

  Question wireQuestion() const { return {name, question.type}; }
  bool hasAsked(const void* server) const;
  /// Joins what `reply` says about the present name to what is known. Returns the answer, or nothing when the
  /// chain goes on: then `name` is the target, to be asked. `believed`: the server's AD bit is. `server`: for
  /// the detail.
  std::shared_ptr<Answer> take(Reply&& reply, bool believed, const std::string& server, Time now);
  /// An answer of this query without data.
  std::shared_ptr<Answer> makeFailure(Status status, int rcode, std::string detail) const;
  /// Goes on at the target that the chain ends in; without a chain, from the start.
  void follow();

 private:
  std::uint32_t chainTtl() const;
};

}  // namespace alignd::dns
