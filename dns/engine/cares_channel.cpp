#include "dns/engine/cares_channel.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>

// Later versions deprecate ares_send in favour of calls that 1.18.1 does not have.
#define CARES_NO_DEPRECATED
#include <ares.h>

#include "dns/data/ascii.h"

namespace alignd::dns {

namespace {

// The kernel cuts this down to net.core.rmem_max without a complaint.
constexpr int kReceiveBuffer = 4 << 20;

// Before 1.28 the timeout is exactly what was set. Later versions learn one from the server's pace, as short
// as 250 ms, and double it each round: five rounds live long enough, and a late reply still matches.
constexpr int kRounds = ARES_VERSION >= 0x011C00 ? 5 : 1;

void initLibrary() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) throw std::runtime_error("c-ares cannot start");
  });
}

}  // namespace

struct CaresChannel::Sent {
  CaresChannel* channel;
  ExchangeId exchange;
};

CaresChannel::CaresChannel(const ServerAddress& server, std::chrono::milliseconds life, Poller& poller,
                           Completions& completions)
    : poller_(poller), completions_(completions) {
  initLibrary();
  std::string lookups = "b";               // DNS only
  std::string noResolvConf = "/dev/null";  // its servers and options are read by resolv_conf.cpp
  ares_options options{};
  int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_DOMAINS |
             ARES_OPT_SOCK_STATE_CB | ARES_OPT_SOCK_RCVBUF | ARES_OPT_RESOLVCONF | ARES_OPT_EDNSPSZ;
  // IGNTC: we see TC and take the question to TCP. NOCHECKRESP: we see every rcode. EDNS: the OPT record is
  // in our packet, but without the flag 1.18.1 cuts every reply to 512 octets.
  options.flags =
      ARES_FLAG_IGNTC | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_NOCHECKRESP | ARES_FLAG_EDNS;
  options.ednspsz = kUdpPayload;
  // A socket that is closed whenever nothing is in flight gets a fresh port each time, which is worth its
  // price only where somebody could forge replies.
  if (server.address.isLoopback()) options.flags |= ARES_FLAG_STAYOPEN;
  options.timeout = static_cast<int>(life.count());
  options.tries = kRounds;
  options.lookups = lookups.data();
  options.resolvconf_path = noResolvConf.data();
  options.socket_receive_buffer_size = kReceiveBuffer;
  options.sock_state_cb_data = this;
  options.sock_state_cb = [](void* self, ares_socket_t fd, int readable, int writable) {
    auto* channel = static_cast<CaresChannel*>(self);
    if (!channel->poller_.watch(fd, channel, readable != 0, writable != 0)) channel->deaf_ = true;
  };
#ifdef ARES_OPT_UDP_MAX_QUERIES  // 1.20: a new socket, so a new port, now and then
  options.udp_max_queries = 100;
  mask |= ARES_OPT_UDP_MAX_QUERIES;
#endif
#ifdef ARES_OPT_QUERY_CACHE  // 1.23: ours is the only cache
  options.qcache_max_ttl = 0;
  mask |= ARES_OPT_QUERY_CACHE;
#endif
  int status = ares_init_options(&channel_, &options, mask);
  if (status != ARES_SUCCESS) throw std::runtime_error(std::string("c-ares: ") + ares_strerror(status));
  status = ares_set_servers_ports_csv(channel_, server.text().c_str());
  if (status != ARES_SUCCESS) {
    ares_destroy(channel_);
    throw std::runtime_error("c-ares does not take the server " + server.text() + ": " +
                             ares_strerror(status));
  }
}

CaresChannel::~CaresChannel() {
  closing_ = true;
  ares_destroy(channel_);
}

bool CaresChannel::takes(const Name& name) {
  const std::string& text = name.text();
  const auto plain = [](char c) {
    return ascii::isAlnum(c) || c == '-' || c == '_' || c == '.' || c == '*' || c == '/';
  };
  return std::all_of(text.begin(), text.end(), plain) && !text.ends_with(".onion") && text != "onion";
}

void CaresChannel::send(Octets packet, ExchangeId exchange) {
  auto sent = std::make_unique<Sent>(Sent{this, exchange});
  ++inFlight_;
  // Generic, because the constness of the reply differs between versions. c-ares calls it exactly once.
  ares_send(
      channel_, packet.data(), static_cast<int>(packet.size()),
      [](void* arg, int status, int /*timeouts*/, auto* reply, int size) {
        const std::unique_ptr<Sent> mine(static_cast<Sent*>(arg));
        try {
          mine->channel->finish(*mine, status, reply, size);
        } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch)
          // Nothing may leave for C code. It is as if nothing had come.
        }
      },
      sent.release());
}

void CaresChannel::finish(const Sent& sent, int status, const unsigned char* reply, int size) {
  --inFlight_;
  if (closing_) return;
  Completion completion{sent.exchange, Outcome::Unreachable, {}, Obstacle::NoRoute};
  // With NOCHECKRESP every rcode is a success; later versions still give some of them a status and the reply.
  if (reply != nullptr && size > 0) {
    completion.outcome = Outcome::Reply;
    completion.reply.assign(reply, reply + size);
  } else if (status == ARES_ETIMEOUT) {
    completion.outcome = Outcome::Silence;
  } else if (status == ARES_EBADRESP || status == ARES_EFORMERR || status == ARES_EBADNAME) {
    completion.outcome = Outcome::Unreadable;
  } else if (status == ARES_ECONNREFUSED) {
    completion.obstacle = Obstacle::Refused;
  }
  completions_.push_back(std::move(completion));
}

void CaresChannel::ready(int fd, bool readable, bool writable) {
  ares_process_fd(channel_, readable ? fd : ARES_SOCKET_BAD, writable ? fd : ARES_SOCKET_BAD);
}

bool CaresChannel::ednsLost() const {
  ares_options options{};
  int mask = 0;
  if (ares_save_options(channel_, &options, &mask) != ARES_SUCCESS) return false;
  const bool lost = (options.flags & ARES_FLAG_EDNS) == 0;
  ares_destroy_options(&options);
  return lost;
}

void CaresChannel::tick() {
  if (inFlight_ > 0) ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

}  // namespace alignd::dns
