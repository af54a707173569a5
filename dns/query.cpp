#include "dns/query.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "dns/ascii.h"

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

std::vector<std::string> parentDomains(const Name& name) {
  std::size_t labels = 2;
  if (name.isWithin(*Name::parse("in-addr.arpa"))) {
    labels = 4;  // a /16
  } else if (name.isWithin(*Name::parse("ip6.arpa"))) {
    labels = 10;  // a /32
  } else {
    const Name top = name.suffix(1);
    const Name two = name.suffix(2);
    const std::size_t second = two.text().size() - std::min(two.text().size(), top.text().size() + 1);
    if (top.text().size() == 2 && second <= 3) labels = 3;
  }
  std::vector<std::string> out{name.suffix(labels).text()};
  if (labels == 3 && name.labelCount() > 2) out.push_back(name.suffix(2).text());
  return out;
}

bool Query::hasAsked(const void* server) const {
  return std::find(triedServers.begin(), triedServers.end(), server) != triedServers.end();
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
  triedServers.clear();
  failure.reset();
  trace.reset();
  traceEnd.reset();
  traceable = true;
  servfail = exhausted = false;
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
    std::string what = reply.status == Status::Malformed ? reply.detail : rcodeName(reply.rcode);
    return makeFailure(reply.status, reply.rcode, ascii::cat({what, " from ", server, " for ", name.text()}));
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
