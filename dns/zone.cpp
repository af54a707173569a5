#include "dns/zone.h"

#include <algorithm>
#include <limits>

namespace alignd::dns {

namespace {

constexpr std::size_t kMaxHops = 10;

// "mail.example" becomes "elpmaxe.liam.": a name's descendants are exactly the keys that start with its key.
std::string key(const Name& name) {
  std::string out(name.text().rbegin(), name.text().rend());
  out += '.';
  return out;
}

}  // namespace

void Zone::add(const Name& name, Type type, Record record) {
  nodes_[key(name)].records.emplace(type, std::move(record));
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
  return next != nodes_.end() && next->first.starts_with(prefix);
}

AnswerPtr Zone::answer(const Question& question, Time now) const {
  auto answer = std::make_shared<Answer>();
  answer->question = question;
  std::uint32_t ttl = std::numeric_limits<std::int32_t>::max();
  Name owner = question.name;
  while (true) {
    const Node* at = node(owner);
    if (at == nullptr) {
      const bool there = exists(owner);
      answer->rcode = there ? 0 : 3;
      answer->status = there ? Status::NoData : answer->chain.empty() ? Status::NoSuchName : Status::DanglingCname;
      break;
    }
    const auto [first, last] = at->records.equal_range(question.type);
    for (auto record = first; record != last; ++record) {
      ttl = std::min(ttl, record->second.ttl);
      answer->records.push_back(record->second);
    }
    if (!answer->records.empty()) {
      answer->status = Status::Ok;
      break;
    }
    if (const auto failure = at->failures.find(question.type); failure != at->failures.end()) {
      answer->status = failure->second;
      break;
    }
    const auto alias = at->records.find(Type::CNAME);
    if (alias == at->records.end()) {
      answer->status = at->failAll ? *at->failAll : Status::NoData;
      break;
    }
    const Name& target = std::get<Name>(alias->second.data);
    ttl = std::min(ttl, alias->second.ttl);
    const bool loop = target == question.name || std::any_of(answer->chain.begin(), answer->chain.end(),
                                                             [&](const Hop& hop) { return hop.owner == target; });
    answer->chain.push_back({owner, target, alias->second.ttl});
    if (loop || answer->chain.size() > kMaxHops) {
      answer->status = loop ? Status::CnameLoop : Status::ChainTooLong;
      break;
    }
    owner = target;
  }
  if (answer->status == Status::Timeout) answer->rcode = -1;
  if (answer->status == Status::ServerFailure) answer->rcode = 2;
  if (answer->status == Status::Refused) answer->rcode = 5;
  answer->expires = now + std::chrono::seconds(ttl);
  return answer;
}

}  // namespace alignd::dns
