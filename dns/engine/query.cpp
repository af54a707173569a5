#include "dns/engine/query.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "dns/data/ascii.h"

namespace alignd::dns {

namespace {

std::string rcodeName(int rcode) {
  switch (rcode) {
    case 1: return "FORMERR";
    case 2: return "SERVFAIL";
    case 4: return "NOTIMP";
    case 5: return "REFUSED";
    default: return "rcode " + std::to_string(rcode);
  }
}

constexpr std::size_t kMaxWords = 4;  // more servers than that have said nothing new

// A trace reads the record that it asked for as a hop.
Reply asAlias(Reply&& reply, const Name& owner) {
  if (reply.status != Status::Ok) return std::move(reply);
  const Record& record = reply.records.front();
  reply.chain.push_back({owner, std::get<Name>(record.data), record.ttl});
  reply.records.clear();
  reply.status = Status::NoData;
  reply.unfinished = true;
  return std::move(reply);
}

}  // namespace

bool Query::hasAsked(const void* server) const {
  return std::find(triedServers.begin(), triedServers.end(), server) != triedServers.end();
}

void Query::note(const std::string& server, std::string what) {
  const auto known =
      std::find_if(words_.begin(), words_.end(), [&](const Word& word) { return word.server == server; });
  if (known != words_.end()) {
    known->what = std::move(what);
  } else if (words_.size() < kMaxWords) {
    words_.push_back({server, std::move(what)});
  }
}

bool Query::noted(const std::string& server) const {
  return std::any_of(words_.begin(), words_.end(), [&](const Word& word) { return word.server == server; });
}

std::string Query::words() const {
  std::string out;
  for (const Word& word : words_) out += (out.empty() ? "" : ", ") + word.what;
  if (out.empty()) out = "no answer";
  return ascii::cat({out, " for ", name.text()});
}

std::uint32_t Query::chainTtl() const {
  return std::min_element(chain.begin(), chain.end(),
                          [](const Hop& a, const Hop& b) { return a.ttl < b.ttl; })
      ->ttl;
}

void Query::follow() {
  if (!chain.empty()) {
    name = chain.back().target;
    ttl = chainTtl();
  }
  ++step;
  sends = 0;
  edns = true;
  tcp = false;
  tcpBecause = {};
  connectedAgain = false;
  triedServers.clear();
  words_.clear();
  failure.reset();
  trace.reset();
  traceEnd.reset();
  traceable = true;
  servfail = silence = exhausted = false;
}

std::shared_ptr<Answer> Query::makeFailure(Status status, int rcode, std::string detail) const {
  auto answer = std::make_shared<Answer>();
  answer->question = question;
  answer->status = status;
  answer->rcode = rcode;
  answer->chain = chain;
  answer->detail = std::move(detail);
  return answer;
}

std::shared_ptr<Answer> Query::take(Reply&& reply, bool believed, const std::string& server, Time now) {
  if (reply.status == Status::ServerFailure || reply.status == Status::Refused ||
      reply.status == Status::Malformed) {
    const std::string what = reply.status == Status::Malformed ? reply.detail : rcodeName(reply.rcode);
    note(server, ascii::cat({what, " from ", server}));
    return makeFailure(reply.status, reply.rcode, words());
  }
  if (isTrace) reply = asAlias(std::move(reply), name);
  authenticated = authenticated && believed && reply.authenticated;
  ttl = std::min(ttl, reply.ttl);
  Status status = reply.status;
  std::string detail = std::move(reply.detail);
  for (Hop& hop : reply.chain) {
    // The reply has looked for loops in its own part only.
    const bool loop = hop.owner == hop.target || std::any_of(chain.begin(), chain.end(), [&](const Hop& h) {
                        return h.owner == hop.target;
                      });
    chain.push_back(std::move(hop));
    if (loop) {
      status = Status::CnameLoop;
      detail = ascii::cat({chain.back().owner.text(), " leads back to ", chain.back().target.text()});
      break;
    }
    if (chain.size() > kMaxHops) {
      status = Status::ChainTooLong;
      detail = "more than 10 hops";
      break;
    }
  }
  if (status == Status::NoData && reply.unfinished) {
    follow();
    return nullptr;
  }
  if (status == Status::NoSuchName && !chain.empty()) {
    status = Status::DanglingCname;
    detail = ascii::cat({name.text(), " does not exist"});
  }
  if (status == Status::CnameLoop || status == Status::ChainTooLong) ttl = chainTtl();
  auto answer = makeFailure(status, reply.rcode, std::move(detail));
  answer->authenticated = authenticated;
  answer->records = std::move(reply.records);
  answer->expires = now + std::chrono::seconds(ttl);
  return answer;
}

}  // namespace alignd::dns
