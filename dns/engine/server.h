// The servers, and which of them is to be asked.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "dns/data/time.h"
#include "dns/engine/cares_channel.h"
#include "dns/engine/options.h"

namespace alignd::dns {

/// What a server as a whole is doing wrong: not what one zone behind it does.
enum class Trouble : std::uint8_t {
  None,
  Silent,       // not even about the root
  Unreachable,  // nobody listens there, or there is no way to it
  Refuses,      // REFUSED, even about the root
};

/// What happened with one server; for metrics.
struct ServerCounters {
  std::string address;
  std::uint64_t sent = 0;     // packets, TCP included
  std::uint64_t replies = 0;  // of any rcode
  std::uint64_t silent = 0;   // no reply within the retry time
  std::uint64_t failures =
      0;                  // SERVFAIL, REFUSED and other rcodes but NOERROR and NXDOMAIN, unreadable replies
  std::uint64_t tcp = 0;  // of `sent`
  bool setAside = false;
  std::uint64_t refused = 0;      // of `failures`: REFUSED
  std::uint64_t unreachable = 0;  // packets that nobody took: connection refused or closed, no route
  /// How it is now. Seen with a lone server too.
  Trouble trouble = Trouble::None;
  bool answering = true;  // no trouble
};

/// One server with its channels. The DNS thread's own, except for the counters.
class Server {
 public:
  Server(const ServerAddress& where, const EngineOptions& options);

  const ServerAddress address;
  const std::string text;
  const bool believed;  // its AD bit
  const bool randomCase;

  /// The next channel in turn; made when it is first wanted. Null when c-ares refuses to be set up.
  CaresChannel* channel(Poller& poller, Completions& completions);
  void tick();
  /// Replaces channels that have lost EDNS; what they have in flight still comes.
  void mendChannels();
  void closeChannels();

  /// A reply of any kind: it lives. `refused`: it says REFUSED, which may be about one name alone.
  void alive(bool refused, Time now);
  /// Nobody took the packet. `altogether`: over UDP, so that there is nobody.
  void unreachable(bool altogether);
  /// What came of a probe.
  void probed() { doubted_ = false; }
  void probeSilent(Time sentAt);
  void probeRefused() { counters.trouble = Trouble::Refuses; }
  /// A sign of life is wanted, from nextProbe on.
  bool wantsProbe() const { return setAside || doubted_ || counters.trouble != Trouble::None; }
  /// One exchange was not answered in time. `name`: of different domains, so that one dead domain is not held
  /// against the server.
  void silent(const std::string& domain, Time since);
  /// Silent to several domains, and to everything since its last reply.
  bool suspect() const { return silentDomains_.size() >= kSilentDomains; }

  bool setAside = false;
  Time nextProbe{};

  struct Atomics {
    std::atomic<std::uint64_t> sent{0};
    std::atomic<std::uint64_t> replies{0};
    std::atomic<std::uint64_t> silent{0};
    std::atomic<std::uint64_t> failures{0};
    std::atomic<std::uint64_t> tcp{0};
    std::atomic<std::uint64_t> refused{0};
    std::atomic<std::uint64_t> unreachable{0};
    std::atomic<Trouble> trouble{Trouble::None};
    std::atomic<bool> setAside{false};
  } counters;

 private:
  static constexpr std::size_t kSilentDomains = 3;
  std::size_t wanted_;
  std::chrono::milliseconds life_;
  std::vector<std::unique_ptr<CaresChannel>> channels_;
  std::vector<std::unique_ptr<CaresChannel>> replaced_;  // until nothing is in flight there
  std::size_t turn_ = 0;
  std::vector<std::string> silentDomains_;
  Time heard_{};          // its last reply
  bool doubted_ = false;  // silence or REFUSED: a probe will tell whose it is
};

using ServerPtr = std::shared_ptr<Server>;

/// In the order of the settings. Changed by the DNS thread only; counters() may be called from any.
class Servers {
 public:
  explicit Servers(const EngineOptions& options) : options_(options) {}

  /// Takes a new list over; a server that stays keeps its state and its channels.
  void assign(const std::vector<ServerAddress>& addresses);

  /// The first one that is not set aside.
  ServerPtr first() const;
  /// The next one, in order, that is neither set aside nor in `asked`; null when there is none.
  ServerPtr nextUnasked(const std::vector<const void*>& asked) const;
  /// The one after `server` that is not set aside; `server` itself when it is alone.
  ServerPtr after(const void* server) const;

  /// Sets a suspect aside, unless it is the last.
  void judge(Server& server, Time now);
  void reinstate(Server& server);

  const std::vector<ServerPtr>& all() const { return servers_; }
  std::vector<ServerCounters> counters() const;

 private:
  const EngineOptions& options_;
  mutable std::mutex mutex_;  // for counters(): the list, not what is in it
  std::vector<ServerPtr> servers_;
};

}  // namespace alignd::dns
