#include "milter/glue.h"

#include <array>
#include <atomic>
#include <cstring>
#include <exception>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <unordered_map>
#include <vector>

#include <libmilter/mfapi.h>
#include <netinet/in.h>
#include <spdlog/spdlog.h>

#include "milter/answers.h"
#include "milter/fault_guard.h"
#include "milter/field_bytes.h"
#include "milter/session.h"

namespace alignd::milter::glue {

namespace {

// Set once, before the first callback.
Services* services = nullptr;
bool overTcp = false;

// Callbacks that are being executed, counted apart by connection, so that cores do not pass one number to and fro.
struct alignas(64) ActiveCount {
  std::atomic<std::size_t> count{0};
};
std::array<ActiveCount, 64> active;

std::atomic<std::size_t>& activeOf(const SMFICTX* context) {
  constexpr std::uintptr_t kContextSize = 512;  // about
  return active[reinterpret_cast<std::uintptr_t>(context) / kContextSize % active.size()].count;
}

KnownMtas knownMtas;

// What was negotiated with the MTA.
struct Agreed {
  Offer offer{};
  bool leadingSpace = true;
  bool skip = true;
  Answers answers{};
};

// What each connection has negotiated. One that is reused after "quit, new connection follows" is closed, as far as
// callbacks show, but not negotiated again: only libmilter's context is the same. An entry stays until a context at the
// same place negotiates.
class Agreements {
 public:
  void set(const SMFICTX* context, Agreed agreed) {
    const std::lock_guard lock(mutex_);
    if (known_.size() >= kMost && !known_.contains(context)) known_.erase(known_.begin());
    known_[context] = agreed;
  }
  Agreed get(const SMFICTX* context) const {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(context);
    return found == known_.end() ? Agreed() : found->second;
  }

 private:
  static constexpr std::size_t kMost = 65'536;
  mutable std::mutex mutex_;
  std::unordered_map<const SMFICTX*, Agreed> known_;
};
Agreements agreements;

struct Connection {
  explicit Connection(Agreed with) : agreed(with), session(*services, Dialect{with.leadingSpace}) {}
  Agreed agreed;
  Session session;
};

// libmilter steps over the end of its list when a macro packet holds an odd number of strings: such a packet is a
// malformed one, wherever the step leads.
class MacroRead {
 public:
  MacroRead(SMFICTX* context, const char* name) : context_(context), name_(name) {}
  /// Throws std::runtime_error.
  std::string value() {
    if (!readsSafely([](void* self) { static_cast<MacroRead*>(self)->read(); }, this)) {
      throw std::runtime_error("the macros that the MTA sent are malformed");
    }
    return {text_.data(), length_};
  }

 private:
  void read() {
    const char* value = smfi_getsymval(context_, const_cast<char*>(name_));
    if (value == nullptr) return;
    length_ = ::strnlen(value, text_.size());
    std::memcpy(text_.data(), value, length_);
  }

  SMFICTX* context_;
  const char* name_;
  std::size_t length_ = 0;
  std::array<char, 1024> text_;  // not cleared for so little; longer values are cut
};

// libmilter's strings are not const, though it does not change them.
char* mutableText(const char* text) {
  return const_cast<char*>(text);
}

class LibmilterMta final : public Mta {
 public:
  LibmilterMta(SMFICTX* context, bool leadingSpace) : context_(context), leadingSpace_(leadingSpace) {}

  std::string macro(const char* name) override { return MacroRead(context_, name).value(); }
  bool removeField(const char* name, int ordinal) override {
    return smfi_chgheader(context_, mutableText(name), ordinal, nullptr) == MI_SUCCESS;
  }
  bool prependField(const std::string& name, const std::string& value) override {
    return smfi_insheader(context_, 0, mutableText(name.c_str()),
                          mutableText(forMta(value, leadingSpace_).c_str())) == MI_SUCCESS;
  }
  bool appendField(const std::string& name, const std::string& value) override {
    return smfi_addheader(context_, mutableText(name.c_str()),
                          mutableText(forMta(value, leadingSpace_).c_str())) == MI_SUCCESS;
  }
  bool quarantine(const std::string& reason) override {
    return smfi_quarantine(context_, mutableText(reason.c_str())) == MI_SUCCESS;
  }
  bool setReply(const std::string& code, const std::string& enhanced, const std::string& text) override {
    // A percent sign is libmilter's own: sendmail formats the text once more.
    std::string safe;
    for (const char c : text) safe += c == '%' ? std::string("%%") : std::string(1, c);
    return smfi_setreply(context_, mutableText(code.c_str()), mutableText(enhanced.c_str()),
                         mutableText(safe.c_str())) == MI_SUCCESS;
  }

 private:
  SMFICTX* context_;
  bool leadingSpace_;
};

class ActiveCallback {
 public:
  explicit ActiveCallback(const SMFICTX* context) : count_(activeOf(context)) {
    count_.fetch_add(1, std::memory_order_acq_rel);
  }
  ~ActiveCallback() { count_.fetch_sub(1, std::memory_order_acq_rel); }
  ActiveCallback(const ActiveCallback&) = delete;
  ActiveCallback& operator=(const ActiveCallback&) = delete;

 private:
  std::atomic<std::size_t>& count_;
};

Connection* connectionOf(SMFICTX* context) {
  return static_cast<Connection*>(smfi_getpriv(context));
}

// libmilter's context owns it; freed in close. Nothing when there is no memory for it.
Connection* newConnection(SMFICTX* context, Agreed agreed) {
  auto made = std::make_unique<Connection>(agreed);
  return smfi_setpriv(context, made.get()) == MI_SUCCESS ? made.release() : nullptr;
}

void logException() noexcept {
  services->metrics.exceptions.add();
  try {
    throw;
  } catch (const std::exception& error) {
    spdlog::error("a message could not be handled: {}", error.what());
  } catch (...) {
    spdlog::error("a message could not be handled");
  }
}

// No exception crosses into C. What breaks in a callback that is not answered ends in a temporary failure at
// end of message: nothing is lost, nothing passes unstamped.
template <class Work>
sfsistat guarded(SMFICTX* context, sfsistat good, Work&& work) noexcept {
  const ActiveCallback here(context);
  try {
    Connection* connection = connectionOf(context);
    if (connection == nullptr) {
      Agreed agreed = agreements.get(context);
      agreed.answers.body = true;  // libmilter drops an answer too many; one too few stops the MTA
      connection = newConnection(context, agreed);
      if (connection == nullptr) return SMFIS_TEMPFAIL;
    }
    return work(*connection, good);
  } catch (...) {
    logException();
    if (Connection* connection = connectionOf(context)) connection->session.spoil();
    return good == SMFIS_NOREPLY ? SMFIS_NOREPLY : SMFIS_TEMPFAIL;
  }
}

std::optional<IpAddress> addressOf(const sockaddr* address) {
  if (address == nullptr) return std::nullopt;
  if (address->sa_family == AF_INET) {
    std::array<std::uint8_t, 4> octets{};
    std::memcpy(octets.data(), &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, octets.size());
    return IpAddress::v4(octets);
  }
  if (address->sa_family == AF_INET6) {
    std::array<std::uint8_t, 16> octets{};
    std::memcpy(octets.data(), &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, octets.size());
    return IpAddress::v6(octets);
  }
  return std::nullopt;
}

std::string_view textOf(const char* text) {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

// No reply wherever none is needed. libmilter itself answers an MTA that does not know SMFIP_NR_*.
unsigned long stepsFor(unsigned long offered, const Answers& answers) {
  // libmilter's are signed.
  constexpr unsigned long kNoData = SMFIP_NODATA;
  constexpr unsigned long kNoReplyRecipient = SMFIP_NR_RCPT;
  constexpr unsigned long kNoReplyBody = SMFIP_NR_BODY;
  constexpr unsigned long kSkip = SMFIP_SKIP;
  unsigned long silent = SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_HDR | SMFIP_NR_EOH;
  if (!answers.recipients) silent |= kNoReplyRecipient;
  if (!answers.body) silent |= kNoReplyBody;
  unsigned long wanted = SMFIP_NOUNKNOWN | SMFIP_HDR_LEADSPC;
  if (!answers.data) wanted |= kNoData;
  if (answers.body) wanted |= kSkip;
  return silent | (offered & wanted);
}

sfsistat onNegotiate(SMFICTX* context, unsigned long actions, unsigned long steps, unsigned long,
                     unsigned long, unsigned long* wantedActions, unsigned long* wantedSteps,
                     unsigned long* f2, unsigned long* f3) noexcept {
  const ActiveCallback here(context);
  if (services->registry.stopping()) return SMFIS_REJECT;
  constexpr unsigned long kNeeded = SMFIF_ADDHDRS | SMFIF_CHGHDRS;
  if ((actions & kNeeded) != kNeeded) {
    spdlog::error("the MTA does not let milters change the header: no message can be stamped");
    return SMFIS_REJECT;
  }
  *wantedActions = kNeeded | (actions & (SMFIF_QUARANTINE | SMFIF_SETSYMLIST));
  const Offer offer{.actions = actions, .steps = steps};
  const bool dataEvent = (steps & SMFIP_NODATA) != 0;  // those that do not have it cannot leave it out
  const Answers answers = answersFor(knownMtas.kindOf(offer), overTcp, dataEvent);
  *wantedSteps = stepsFor(steps, answers);
  *f2 = 0;
  *f3 = 0;
  if ((actions & SMFIF_SETSYMLIST) != 0) {
    // Whatever the MTA sends by default: these are needed, and nothing else is. An MTA that was given one
    // list sends nothing at the other stages. {mail_addr} is always there:
    // libmilter keeps the macros of the message before when a list comes empty, and {auth_type} must not outlive it.
    static std::array stages{std::pair{SMFIM_CONNECT, "v"}, std::pair{SMFIM_HELO, "j"},
                             std::pair{SMFIM_ENVFROM, "i {mail_addr} {auth_type} {auth_authen}"},
                             std::pair{SMFIM_EOM, "i"}};
    for (const auto& [stage, macros] : stages) (void)smfi_setsymlist(context, stage, mutableText(macros));
  }
  const Agreed agreed{.offer = offer,
                      .leadingSpace = (*wantedSteps & SMFIP_HDR_LEADSPC) != 0,
                      .skip = (*wantedSteps & SMFIP_SKIP) != 0,
                      .answers = answers};
  try {
    agreements.set(context, agreed);
    return newConnection(context, agreed) != nullptr ? SMFIS_CONTINUE : SMFIS_REJECT;
  } catch (...) {
    logException();
    return SMFIS_REJECT;
  }
}

sfsistat onConnect(SMFICTX* context, char* name, sockaddr* address) noexcept {
  return guarded(context, SMFIS_NOREPLY, [&](Connection& connection, sfsistat good) {
    const auto ip = addressOf(address);
    // Sendmail gives no address for what was submitted on the machine, and says localhost. A client whose
    // address is merely unknown has no such name.
    const bool unixSocket = address != nullptr && address->sa_family == AF_UNIX;
    const bool local = unixSocket || (!ip && textOf(name) == "localhost");
    knownMtas.seen(connection.agreed.offer, kindOf(MacroRead(context, "v").value()));
    connection.session.connect(textOf(name), ip, local);
    return good;
  });
}

sfsistat onHelo(SMFICTX* context, char* argument) noexcept {
  return guarded(context, SMFIS_NOREPLY, [&](Connection& connection, sfsistat good) {
    connection.session.helo(textOf(argument));
    return good;
  });
}

sfsistat onMailFrom(SMFICTX* context, char** arguments) noexcept {
  return guarded(context, SMFIS_NOREPLY, [&](Connection& connection, sfsistat good) {
    std::vector<std::string_view> parameters;
    if (arguments == nullptr || arguments[0] == nullptr) return good;
    for (char** parameter = arguments + 1; *parameter != nullptr; ++parameter)
      parameters.emplace_back(*parameter);
    LibmilterMta mta(context, connection.agreed.leadingSpace);
    connection.session.mailFrom(arguments[0], parameters, mta);
    return good;
  });
}

sfsistat onRecipient(SMFICTX* context, char** arguments) noexcept {
  return guarded(context, SMFIS_NOREPLY, [&](Connection& connection, sfsistat good) -> sfsistat {
    if (arguments != nullptr) connection.session.recipient(textOf(arguments[0]));
    return connection.agreed.answers.recipients ? SMFIS_CONTINUE : good;
  });
}

// An answer and nothing else: see answersFor().
sfsistat onData(SMFICTX*) noexcept {
  return SMFIS_CONTINUE;
}

sfsistat onField(SMFICTX* context, char* name, char* value) noexcept {
  return guarded(context, SMFIS_NOREPLY, [&](Connection& connection, sfsistat good) {
    connection.session.field(textOf(name), textOf(value));
    return good;
  });
}

sfsistat onEndOfHeader(SMFICTX* context) noexcept {
  return guarded(context, SMFIS_NOREPLY, [&](Connection& connection, sfsistat good) {
    connection.session.endOfHeader();
    return good;
  });
}

sfsistat onBody(SMFICTX* context, unsigned char* bytes, std::size_t length) noexcept {
  return guarded(context, SMFIS_CONTINUE, [&](Connection& connection, sfsistat good) -> sfsistat {
    connection.session.body(std::as_bytes(std::span(bytes, length)));
    if (!connection.agreed.answers.body) return SMFIS_NOREPLY;
    // Only a full chunk is worth it, and only there it is safe: when the last piece comes together with the end of
    // message, libmilter takes a skip as the answer to both, and the message would pass unstamped.
    constexpr std::size_t kFullChunk = 65535;  // MILTER_CHUNK_SIZE
    const bool skip = connection.agreed.skip && length >= kFullChunk && !connection.session.wantsBody();
    return skip ? SMFIS_SKIP : good;
  });
}

sfsistat onEndOfMessage(SMFICTX* context) noexcept {
  return guarded(context, SMFIS_CONTINUE, [&](Connection& connection, sfsistat good) -> sfsistat {
    LibmilterMta mta(context, connection.agreed.leadingSpace);
    switch (connection.session.endOfMessage(mta)) {
      case Answer::Accept: return good;
      case Answer::Reject: return SMFIS_REJECT;
      case Answer::TempFail: return SMFIS_TEMPFAIL;
    }
    return SMFIS_TEMPFAIL;
  });
}

sfsistat onAbort(SMFICTX* context) noexcept {
  const ActiveCallback here(context);
  if (Connection* connection = connectionOf(context)) connection->session.abort();
  return SMFIS_CONTINUE;
}

sfsistat onClose(SMFICTX* context) noexcept {
  const ActiveCallback here(context);
  delete connectionOf(context);
  (void)smfi_setpriv(context, nullptr);
  return SMFIS_CONTINUE;
}

smfiDesc description() {
  smfiDesc milter{};
  milter.xxfi_name = mutableText("alignd");
  milter.xxfi_version = SMFI_VERSION;
  milter.xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE | SMFIF_SETSYMLIST;
  milter.xxfi_connect = onConnect;
  milter.xxfi_helo = onHelo;
  milter.xxfi_envfrom = onMailFrom;
  milter.xxfi_envrcpt = onRecipient;
  milter.xxfi_header = onField;
  milter.xxfi_eoh = onEndOfHeader;
  milter.xxfi_body = onBody;
  milter.xxfi_eom = onEndOfMessage;
  milter.xxfi_data = onData;
  milter.xxfi_abort = onAbort;
  milter.xxfi_close = onClose;
  milter.xxfi_negotiate = onNegotiate;
  return milter;
}

}  // namespace

std::string open(const conf::Milter& settings, const conf::SocketAddress& where, Services& shared) {
  services = &shared;
  overTcp = std::holds_alternative<conf::InetSocket>(where);
  installFaultGuard();
  if (smfi_register(description()) != MI_SUCCESS) return "libmilter refused the filter";
  static std::string socket;  // as long as libmilter may look at it
  socket = settings.socket;
  if (smfi_setconn(socket.data()) != MI_SUCCESS)
    return "libmilter does not take the socket " + settings.socket;
  (void)smfi_setbacklog(settings.backlog);
  (void)smfi_settimeout(static_cast<int>(settings.idleTime.count()));
  // Without this a header field over 64 KiB ends the connection, and a sender chooses milter_default_action.
  (void)smfi_setmaxdatasize(settings.packet);
  if (smfi_opensocket(false) != MI_SUCCESS) return settings.socket;
  return {};
}

bool run() {
  return smfi_main() == MI_SUCCESS;
}

void stop() {
  (void)smfi_stop();
}

std::size_t activeCallbacks() {
  return std::accumulate(active.begin(), active.end(), std::size_t{0},
                         [](std::size_t sum, const ActiveCount& one) {
                           return sum + one.count.load(std::memory_order_acquire);
                         });
}

}  // namespace alignd::milter::glue
