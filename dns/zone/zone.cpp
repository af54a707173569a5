#include "dns/zone/zone.h"

#include <algorithm>
#include <limits>

namespace alignd::dns {

namespace {

constexpr std::size_t kMaxHops = 10;
constexpr int kNoError = 0;
constexpr int kServFail = 2;
constexpr int kNxDomain = 3;
constexpr int kRefused = 5;
constexpr int kYxDomain = 6;

// "mail.example" becomes "elpmaxe.liam.": a name's descendants are exactly the keys that start with its key.
std::string key(const Name& name) {
  if (name.isRoot()) return {};
  std::string out(name.text().rbegin(), name.text().rend());
  out += '.';
  return out;
}

int rcodeFor(Status status) {
  switch (status) {
    case Status::NoSuchName:
    case Status::DanglingCname: return kNxDomain;
    case Status::ServerFailure: return kServFail;
    case Status::Refused: return kRefused;
    case Status::Timeout: return -1;
    default: return kNoError;
  }
}

}  // namespace

// One question on its way along the aliases.
struct Zone::Walk {
  std::shared_ptr<Answer> answer;
  Name owner;
  std::uint32_t ttl = std::numeric_limits<std::int32_t>::max();  // RFC 2181 section 8
  bool done = false;
};

void Zone::add(const Name& name, Type type, Record record) {
  nodes_[key(name)].records.emplace(type, std::move(record));
}

void Zone::touch(const Name& name) {
  nodes_[key(name)];
}

void Zone::setNegativeTtl(const Name& apex, std::uint32_t ttl) {
  nodes_[key(apex)].negativeTtl = ttl;
}

void Zone::fail(const Name& name, const Type* type, Status status) {
  Node& node = nodes_[key(name)];
  if (type != nullptr) {
    node.failures[*type] = status;
  } else {
    node.failAll = status;
  }
}

const Zone::Node* Zone::node(const Name& name) const {
  const auto found = nodes_.find(key(name));
  return found == nodes_.end() ? nullptr : &found->second;
}

bool Zone::exists(const Name& name) const {
  const std::string prefix = key(name);
  const auto next = nodes_.lower_bound(prefix);
  return name.isRoot() || (next != nodes_.end() && next->first.starts_with(prefix));
}

// The node that answers for `name`, which does not exist: the wildcard right below its closest encloser (RFC
// 4592 section 3.3.1). A wildcard further up does not count: existing names stop it (section 4.3.2 of RFC
// 1034).
const Zone::Node* Zone::wildcardFor(const Name& name) const {
  Name encloser = name.parent();
  while (!exists(encloser)) encloser = encloser.parent();
  const auto wildcard = encloser.under("*");
  if (!wildcard || !exists(*wildcard)) return nullptr;
  static const Node kEmptyNonTerminal;
  const Node* found = node(*wildcard);
  return found != nullptr ? found : &kEmptyNonTerminal;
}

// The DNAME nearest to the root among those strictly above `name`: what stands below a DNAME is out of sight
// (RFC 6672 section 2.4), other DNAMEs included.
std::optional<std::pair<Name, const Record*>> Zone::dnameAbove(const Name& name) const {
  std::optional<std::pair<Name, const Record*>> highest;
  for (Name above = name; !above.isRoot();) {
    above = above.parent();
    const Node* at = node(above);
    if (at == nullptr) continue;
    if (const auto dname = at->records.find(Type::DNAME); dname != at->records.end()) {
      highest = {above, &dname->second};
    }
  }
  return highest;
}

std::uint32_t Zone::negativeTtl(const Name& name) const {
  for (Name apex = name;; apex = apex.parent()) {
    if (const Node* at = node(apex); at != nullptr && at->negativeTtl) return *at->negativeTtl;
    if (apex.isRoot()) return 0;
  }
}

AnswerPtr Zone::answer(const Question& question, Time now) const {
  Walk walk{std::make_shared<Answer>(), question.name};
  walk.answer->question = question;
  while (!walk.done) step(walk);
  walk.answer->expires = now + std::chrono::seconds(walk.ttl);
  return walk.answer;
}

// One name of the chain: the algorithm of RFC 6672 section 3.2, zone cuts aside.
void Zone::step(Walk& walk) const {
  if (const auto dname = dnameAbove(walk.owner)) {
    const auto& [apex, record] = *dname;
    const std::string& text = walk.owner.text();
    const auto cut = apex.isRoot() ? text.size() : text.size() - apex.text().size() - 1;
    return follow(walk, std::get<Name>(record->data).under(text.substr(0, cut)), record->ttl);
  }
  const Node* at = node(walk.owner);
  if (at == nullptr && exists(walk.owner)) return end(walk, Status::NoData);
  if (at == nullptr) at = wildcardFor(walk.owner);
  if (at == nullptr)
    return end(walk, walk.answer->chain.empty() ? Status::NoSuchName : Status::DanglingCname);

  const Type type = walk.answer->question.type;
  const auto [first, last] = at->records.equal_range(type);
  for (auto record = first; record != last; ++record) {
    walk.ttl = std::min(walk.ttl, record->second.ttl);
    walk.answer->records.push_back(record->second);
  }
  if (!walk.answer->records.empty()) return end(walk, Status::Ok);
  if (const auto failure = at->failures.find(type); failure != at->failures.end())
    return end(walk, failure->second);
  const auto alias = at->records.find(Type::CNAME);
  if (alias == at->records.end()) return end(walk, at->failAll.value_or(Status::NoData));
  follow(walk, std::get<Name>(alias->second.data), alias->second.ttl);
}

void Zone::follow(Walk& walk, std::optional<Name> target, std::uint32_t ttl) const {
  auto& chain = walk.answer->chain;
  if (!target) {  // what a DNAME makes of the name is too long (RFC 6672 section 2.2)
    end(walk, Status::ServerFailure);
    walk.answer->rcode = kYxDomain;
    walk.answer->detail = "the DNAME above " + walk.owner.text() + " makes a name that is too long";
    return;
  }
  walk.ttl = std::min(walk.ttl, ttl);
  chain.push_back({walk.owner, *target, ttl});
  const bool loop =
      std::any_of(chain.begin(), chain.end(), [&](const Hop& hop) { return hop.owner == *target; });
  if (loop) return end(walk, Status::CnameLoop);
  if (chain.size() > kMaxHops) return end(walk, Status::ChainTooLong);
  walk.owner = *std::move(target);
}

void Zone::end(Walk& walk, Status status) const {
  walk.done = true;
  walk.answer->status = status;
  walk.answer->rcode = rcodeFor(status);
  const bool negative =
      status == Status::NoData || status == Status::NoSuchName || status == Status::DanglingCname;
  if (negative) walk.ttl = std::min(walk.ttl, negativeTtl(walk.owner));
}

}  // namespace alignd::dns
