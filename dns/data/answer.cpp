#include "dns/data/answer.h"

namespace alignd::dns {

std::string_view typeName(Type type) {
  switch (type) {
    case Type::A: return "A";
    case Type::NS: return "NS";
    case Type::CNAME: return "CNAME";
    case Type::SOA: return "SOA";
    case Type::PTR: return "PTR";
    case Type::MX: return "MX";
    case Type::TXT: return "TXT";
    case Type::AAAA: return "AAAA";
    case Type::DNAME: return "DNAME";
  }
  return "TYPE";
}

std::string_view statusName(Status status) {
  switch (status) {
    case Status::Ok: return "ok";
    case Status::NoData: return "no data";
    case Status::NoSuchName: return "no such name";
    case Status::DanglingCname: return "dangling CNAME";
    case Status::CnameLoop: return "CNAME loop";
    case Status::ChainTooLong: return "CNAME chain too long";
    case Status::Timeout: return "timeout";
    case Status::ServerFailure: return "server failure";
    case Status::Refused: return "refused";
    case Status::Malformed: return "malformed answer";
    case Status::Unreachable: return "server unreachable";
    case Status::BadName: return "name cannot be asked";
  }
  return "unknown";
}

Answer::~Answer() {
  if (account) account->fetch_sub(derivedBytes(), std::memory_order_relaxed);
}

const Answer::Slot* Answer::findSlot(const void* key) const {
  for (const Slot* slot = slots_.load(std::memory_order_acquire); slot != nullptr; slot = slot->next.get()) {
    if (slot->key == key) return slot;
  }
  return nullptr;
}

void Answer::addSlot(const void* key, std::shared_ptr<const void> value, std::size_t bytes) const {
  owned_ = std::make_unique<Slot>(Slot{key, std::move(value), std::move(owned_)});
  bytes += sizeof(Slot);
  derivedBytes_.fetch_add(bytes, std::memory_order_relaxed);
  if (account) account->fetch_add(bytes, std::memory_order_relaxed);
  slots_.store(owned_.get(), std::memory_order_release);
}

std::string chainText(const std::vector<Hop>& chain) {
  if (chain.empty()) return {};
  std::string out = chain.front().owner.text();
  for (const Hop& hop : chain) {
    out += " -> ";
    out += hop.target.text();
  }
  return out;
}

std::string trailText(const Answer& answer) {
  return answer.chain.empty() ? answer.question.name.text() : chainText(answer.chain);
}

}  // namespace alignd::dns
