#include "dns/engine/server.h"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace alignd::dns {

namespace {

// A reply that comes after the question's deadline still fills the cache.
constexpr std::chrono::milliseconds kGrace{2000};

}  // namespace

Server::Server(const ServerAddress& where, const EngineOptions& options)
    : address(where),
      text(where.text()),
      believed(options.trustAd || where.address.isLoopback()),
      randomCase(options.randomCase == RandomCase::Always ||
                 (options.randomCase == RandomCase::Remote && !where.address.isLoopback())),
      wanted_(std::max<std::size_t>(options.channels, 1)),
      life_(options.timeout + kGrace) {}

CaresChannel* Server::channel(Poller& poller, Completions& completions) {
  if (std::any_of(channels_.begin(), channels_.end(), [](const auto& channel) { return channel->deaf(); })) {
    mendChannels();
  }
  if (channels_.size() < wanted_) {
    try {
      channels_.push_back(std::make_unique<CaresChannel>(address, life_, poller, completions));
    } catch (const std::runtime_error&) {
      if (channels_.empty()) return nullptr;
    }
  }
  return channels_[turn_++ % channels_.size()].get();
}

void Server::tick() {
  for (const auto& channel : channels_) channel->tick();
  for (const auto& channel : replaced_) channel->tick();
  std::erase_if(replaced_, [](const auto& channel) { return channel->inFlight() == 0; });
}

void Server::mendChannels() {
  const auto lost = std::partition(channels_.begin(), channels_.end(), [](const auto& channel) {
    return !channel->deaf() && !channel->ednsLost();
  });
  replaced_.reserve(channels_.size() + replaced_.size());  // nothing is half moved
  std::move(lost, channels_.end(), std::back_inserter(replaced_));
  channels_.erase(lost, channels_.end());
}

void Server::closeChannels() {
  channels_.clear();
  replaced_.clear();
}

void Server::alive(bool refused, Time now) {
  counters.replies.fetch_add(1, std::memory_order_relaxed);
  silentDomains_.clear();
  heard_ = now;
  if (!refused) {
    counters.trouble = Trouble::None;
    return;
  }
  counters.refused.fetch_add(1, std::memory_order_relaxed);
  if (counters.trouble == Trouble::Refuses) return;
  counters.trouble = Trouble::None;
  doubted_ = true;
}

void Server::unreachable(bool altogether) {
  counters.unreachable.fetch_add(1, std::memory_order_relaxed);
  if (altogether) counters.trouble = Trouble::Unreachable;
}

void Server::silent(const std::string& domain, Time since) {
  counters.silent.fetch_add(1, std::memory_order_relaxed);
  if (heard_ < since) doubted_ = true;
  if (suspect() || std::find(silentDomains_.begin(), silentDomains_.end(), domain) != silentDomains_.end())
    return;
  silentDomains_.push_back(domain);
}

void Server::probeSilent(Time sentAt) {
  if (heard_ < sentAt) counters.trouble = Trouble::Silent;
}

void Servers::assign(const std::vector<ServerAddress>& addresses) {
  std::vector<ServerPtr> next;
  for (const ServerAddress& address : addresses) {
    const auto same = [&](const ServerPtr& server) { return server->address == address; };
    if (std::any_of(next.begin(), next.end(), same)) continue;
    const auto known = std::find_if(servers_.begin(), servers_.end(), same);
    next.push_back(known != servers_.end() ? *known : std::make_shared<Server>(address, options_));
  }
  const std::lock_guard lock(mutex_);
  servers_ = std::move(next);
}

ServerPtr Servers::first() const {
  const auto good =
      std::find_if(servers_.begin(), servers_.end(), [](const auto& s) { return !s->setAside; });
  return good != servers_.end() ? *good : servers_.front();
}

ServerPtr Servers::nextUnasked(const std::vector<const void*>& asked) const {
  for (const ServerPtr& server : servers_) {
    if (!server->setAside && std::find(asked.begin(), asked.end(), server.get()) == asked.end())
      return server;
  }
  return nullptr;
}

ServerPtr Servers::after(const void* server) const {
  const auto here =
      std::find_if(servers_.begin(), servers_.end(), [&](const auto& s) { return s.get() == server; });
  if (here == servers_.end()) return first();  // it is gone from the list
  const auto at = static_cast<std::size_t>(here - servers_.begin());
  for (std::size_t i = 1; i <= servers_.size(); ++i) {
    const ServerPtr& next = servers_[(at + i) % servers_.size()];
    if (!next->setAside) return next;
  }
  return *here;
}

void Servers::judge(Server& server, Time now) {
  if (server.setAside || !server.suspect()) return;
  const auto others = std::count_if(servers_.begin(), servers_.end(),
                                    [&](const auto& s) { return s.get() != &server && !s->setAside; });
  if (others == 0) return;
  server.setAside = true;
  server.counters.setAside = true;
  server.nextProbe = now;
}

void Servers::reinstate(Server& server) {
  server.setAside = false;
  server.counters.setAside = false;
}

std::vector<ServerCounters> Servers::counters() const {
  const std::lock_guard lock(mutex_);
  std::vector<ServerCounters> out;
  out.reserve(servers_.size());
  for (const ServerPtr& server : servers_) {
    const auto& c = server->counters;
    const Trouble trouble = c.trouble;
    out.push_back({server->text, c.sent, c.replies, c.silent, c.failures, c.tcp, c.setAside, c.refused,
                   c.unreachable, trouble, trouble == Trouble::None});
  }
  return out;
}

}  // namespace alignd::dns
