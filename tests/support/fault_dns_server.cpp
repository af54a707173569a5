#include "tests/support/fault_dns_server.h"

#include <algorithm>
#include <utility>

#include "dns/data/ascii.h"
#include "tests/support/fault_dns_loop.h"

namespace alignd::test {

namespace {

constexpr std::size_t kMaxSeen = 100'000;

bool isWithin(std::string_view name, std::string_view ancestor) {
  if (ancestor.empty() || name == ancestor) return true;
  return name.size() > ancestor.size() && name.ends_with(ancestor) &&
         name[name.size() - ancestor.size() - 1] == '.';
}

}  // namespace

const Behavior& Script::next() {
  const std::size_t now = used;
  used = std::min(used + 1, steps.size() - 1);
  return steps[now];
}

Behavior FaultDnsServer::State::behaviorFor(const std::string& name, std::uint16_t type) {
  if (const auto rule = rules.find({name, type}); rule != rules.end()) return rule->second.next();
  if (const auto rule = rules.find({name, std::nullopt}); rule != rules.end()) return rule->second.next();
  const Behavior* best = &byDefault;
  std::size_t longest = 0;
  for (const auto& [ancestor, behavior] : below) {
    if (isWithin(name, ancestor) && (best == &byDefault || ancestor.size() > longest)) {
      best = &behavior;
      longest = ancestor.size();
    }
  }
  return *best;
}

void FaultDnsServer::State::remember(Seen one) {
  ++total;
  highestRound = std::max(highestRound, one.round);
  if (seen.size() < kMaxSeen) seen.push_back(std::move(one));
  arrived.notify_all();
}

FaultDnsServer::FaultDnsServer(const std::string& ip, std::uint16_t port)
    : ip_(ip), port_(port), state_(std::make_unique<State>()) {
  state_->zone = std::make_shared<const dns::Zone>();
  start();
}

FaultDnsServer::~FaultDnsServer() {
  stop();
}

void FaultDnsServer::stop() {
  loop_.reset();
  const std::lock_guard lock(state_->mutex);
  state_->waiting = 0;
  state_->held.clear();
  state_->openTcp = 0;
}

void FaultDnsServer::start() {
  if (loop_) return;
  auto loop = std::make_unique<Loop>(*state_, ip_, port_);
  port_ = loop->port();
  loop_ = std::move(loop);
}

std::string FaultDnsServer::address() const {
  const bool v6 = ip_.find(':') != std::string::npos;
  return (v6 ? "[" + ip_ + "]" : ip_) + ":" + std::to_string(port_);
}

void FaultDnsServer::setZone(std::shared_ptr<const dns::Zone> zone) {
  const std::lock_guard lock(state_->mutex);
  state_->zone = std::move(zone);
}

void FaultDnsServer::edit(const std::function<void(dns::Zone&)>& change) {
  const std::lock_guard lock(state_->mutex);
  auto copy = std::make_shared<dns::Zone>(*state_->zone);
  change(*copy);
  state_->zone = std::move(copy);
}

void FaultDnsServer::behave(const std::string& name, std::optional<dns::Type> type,
                            std::vector<Behavior> script) {
  std::pair<std::string, std::optional<std::uint16_t>> key{ascii::toLower(name), std::nullopt};
  if (type) key.second = static_cast<std::uint16_t>(*type);
  const std::lock_guard lock(state_->mutex);
  if (script.empty()) {
    state_->rules.erase(key);
  } else {
    state_->rules[key] = Script{std::move(script)};
  }
}

void FaultDnsServer::behaveBelow(const std::string& ancestor, Behavior behavior) {
  const std::lock_guard lock(state_->mutex);
  state_->below[ascii::toLower(ancestor)] = std::move(behavior);
}

void FaultDnsServer::behaveByDefault(Behavior behavior) {
  const std::lock_guard lock(state_->mutex);
  state_->byDefault = std::move(behavior);
}

void FaultDnsServer::forgetBehaviors() {
  const std::lock_guard lock(state_->mutex);
  state_->rules.clear();
  state_->below.clear();
  state_->byDefault = {};
}

std::vector<Behavior> FaultDnsServer::dropFirst(std::size_t n, const Behavior& then) {
  std::vector<Behavior> script(n, Behavior{.drop = true});
  script.push_back(then);
  return script;
}

void FaultDnsServer::setLatency(std::chrono::milliseconds latency) {
  const std::lock_guard lock(state_->mutex);
  state_->latency = latency;
}

void FaultDnsServer::hold() {
  const std::lock_guard lock(state_->mutex);
  state_->holding = true;
}

std::size_t FaultDnsServer::release() {
  std::size_t released = 0;
  {
    const std::lock_guard lock(state_->mutex);
    released = state_->held.size();
    std::move(state_->held.begin(), state_->held.end(), std::back_inserter(state_->released));
    state_->held.clear();
  }
  if (loop_) loop_->wake();
  return released;
}

void FaultDnsServer::unhold() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->holding = false;
  }
  release();
}

std::size_t FaultDnsServer::total() const {
  const std::lock_guard lock(state_->mutex);
  return state_->total;
}

std::size_t FaultDnsServer::unreadable() const {
  const std::lock_guard lock(state_->mutex);
  return state_->unreadable;
}

template <class Match>
std::size_t FaultDnsServer::State::countIf(Match match) const {
  const std::lock_guard lock(mutex);
  return static_cast<std::size_t>(std::count_if(seen.begin(), seen.end(), match));
}

std::size_t FaultDnsServer::count(std::string_view name) const {
  return state_->countIf([&](const Seen& one) { return ascii::equalIgnoreCase(one.name, name); });
}

std::size_t FaultDnsServer::count(std::string_view name, dns::Type type) const {
  return state_->countIf([&](const Seen& one) {
    return one.type == static_cast<std::uint16_t>(type) && ascii::equalIgnoreCase(one.name, name);
  });
}

std::size_t FaultDnsServer::count(std::string_view name, dns::Type type, Transport transport) const {
  return state_->countIf([&](const Seen& one) {
    return one.type == static_cast<std::uint16_t>(type) && one.transport == transport &&
           ascii::equalIgnoreCase(one.name, name);
  });
}

std::vector<Seen> FaultDnsServer::questions() const {
  const std::lock_guard lock(state_->mutex);
  return state_->seen;
}

std::size_t FaultDnsServer::rounds() const {
  const std::lock_guard lock(state_->mutex);
  return state_->highestRound;
}

std::size_t FaultDnsServer::maxConcurrent() const {
  const std::lock_guard lock(state_->mutex);
  return state_->maxWaiting;
}

std::size_t FaultDnsServer::waiting() const {
  const std::lock_guard lock(state_->mutex);
  return state_->waiting;
}

std::size_t FaultDnsServer::tcpConnections() const {
  const std::lock_guard lock(state_->mutex);
  return state_->acceptedTcp;
}

std::size_t FaultDnsServer::openTcpConnections() const {
  const std::lock_guard lock(state_->mutex);
  return state_->openTcp;
}

void FaultDnsServer::clearCounters() {
  const std::lock_guard lock(state_->mutex);
  state_->seen.clear();
  state_->total = state_->unreadable = state_->acceptedTcp = 0;
  state_->highestRound = state_->finishedRound = 0;
  state_->maxWaiting = state_->waiting;
}

bool FaultDnsServer::waitForQuestions(std::size_t n, std::chrono::milliseconds patience) const {
  std::unique_lock lock(state_->mutex);
  return state_->arrived.wait_for(lock, patience, [&] { return state_->total >= n; });
}

}  // namespace alignd::test
