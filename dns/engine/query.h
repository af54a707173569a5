// One question in work, from the first packet to the answer: alias hops, tries, what the servers said so far.
// Pure state and rules; packets are the engine's.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/data/time.h"
#include "dns/engine/fair_queue.h"
#include "dns/engine/transport.h"
#include "dns/wire/wire.h"

namespace alignd::dns {

struct Query;
using QueryPtr = std::shared_ptr<Query>;

/// Claims a slot: `started` when it has one, `finished` when it has been published.
struct Query : Claim {
  Query(Question asked, Time deadlineAt)
      : question(std::move(asked)), name(question.name), deadline(deadlineAt) {
    parents = parentDomains(question.name);
  }

  const Question question;
  Name name;  // on the wire now: the question's, later an alias target
  const Time deadline;
  Need need = Need::Ahead;
  std::optional<Time> sentAt;  // its first packet
  bool timedOut = false;       // published as a Timeout: what comes now still fills the cache

  // What the replies so far have said.
  std::vector<Hop> chain;
  std::uint32_t ttl = ~std::uint32_t{0};
  bool authenticated = true;
  std::shared_ptr<Answer> failure;  // the first one of this step
  bool askedAgain = false;          // a lone server said SERVFAIL, and was asked once more

  // The trace of the present name's aliases (dns/engine/trace.h).
  QueryPtr trace;
  AnswerPtr traceEnd;           // what it came to
  std::weak_ptr<Query> traced;  // of a trace: the question it is for
  bool isTrace = false;
  bool traceable = true;   // no trace has led to the present name, so that one may start there
  bool servfail = false;   // one of the servers said SERVFAIL
  bool silence = false;    // a server was asked and did not answer in time
  bool exhausted = false;  // every server that may be asked has failed

  // How the present name is being asked. `step` tells replies to earlier names apart.
  std::size_t step = 0;
  std::size_t sends = 0;
  bool edns = true;
  bool tcp = false;
  std::string_view tcpBecause;            // what was wrong with the reply over UDP
  bool connectedAgain = false;            // after a connection that was closed
  std::vector<const void*> triedServers;  // servers, in this step
  std::vector<ExchangeId> exchanges;      // all of this query that have not completed

  Question wireQuestion() const { return {name, question.type}; }
  bool hasAsked(const void* server) const;

  /// Keeps `what`, a phrase like "SERVFAIL from 127.0.0.1:53", as the server's last word about the present name.
  void note(const std::string& server, std::string what);
  bool noted(const std::string& server) const;
  bool anyNoted() const { return !words_.empty(); }
  /// The last words of all servers, for the name: "REFUSED from 192.0.2.1:53, no answer from 192.0.2.2:53 for k.example".
  std::string words() const;

  /// Joins what `reply` says about the present name to what is known. Returns the answer, or nothing when the
  /// chain goes on: then `name` is the target, to be asked. `believed`: the server's AD bit is. `server`: for
  /// the detail.
  std::shared_ptr<Answer> take(Reply&& reply, bool believed, const std::string& server, Time now);
  /// An answer of this query without data.
  std::shared_ptr<Answer> makeFailure(Status status, int rcode, std::string detail) const;
  /// Goes on at the target that the chain ends in; without a chain, from the start.
  void follow();

 private:
  struct Word {
    std::string server;
    std::string what;
  };
  std::uint32_t chainTtl() const;
  std::vector<Word> words_;  // of this step
};

}  // namespace alignd::dns
