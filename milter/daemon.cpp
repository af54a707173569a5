#include "milter/daemon.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include <openssl/crypto.h>
#include <poll.h>
#include <pthread.h>
#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/glue.h"
#include "milter/listening_socket.h"
#include "milter/notify.h"
#include "milter/operational_log.h"
#include "milter/read_ahead.h"

namespace alignd::milter {

namespace {

using namespace std::chrono_literals;

// What a signal handler may touch.
std::atomic<bool> stopWanted{false};
std::atomic<bool> reloadWanted{false};
std::atomic<int> wakeUp{-1};  // an eventfd

void wakeMainThread() noexcept {
  const std::uint64_t one = 1;
  const auto written = ::write(wakeUp.load(), &one, sizeof(one));
  (void)written;
}

extern "C" void onSignal(int signal) {
  const int before = errno;
  (signal == SIGHUP ? reloadWanted : stopWanted).store(true);
  wakeMainThread();
  errno = before;
}

// The kernel hands a process's signal to the main thread first when it does not block it: so all other threads block
// them, and the main thread does nothing but wait. libmilter's own thread for signals gets none: signal_thread.cpp.
class Signals {
 public:
  Signals() {
    sigemptyset(&handled_);
    for (const int signal : {SIGHUP, SIGTERM, SIGINT}) sigaddset(&handled_, signal);
    pthread_sigmask(SIG_BLOCK, &handled_, nullptr);
    // A reader that went away, and a log at the limit of a file's size, are errors of a write and no reason to end.
    for (const int signal : {SIGPIPE, SIGXFSZ}) (void)std::signal(signal, SIG_IGN);
    wakeUp = ::eventfd(0, EFD_CLOEXEC);
    struct sigaction action{};
    action.sa_handler = onSignal;
    action.sa_flags = SA_RESTART;
    sigfillset(&action.sa_mask);
    for (const int signal : {SIGHUP, SIGTERM, SIGINT}) sigaction(signal, &action, nullptr);
  }
  /// Once all threads have been started.
  void letIn() { pthread_sigmask(SIG_UNBLOCK, &handled_, nullptr); }

 private:
  sigset_t handled_{};
};

// libmilter starts and ends a thread as connections become busy and idle. The C library keeps up to 40 MiB of the stacks
// of ended threads for new ones: at the usual 8 MiB each that is five, and all others are mapped and unmapped, page by
// page. What runs here parses iteratively and keeps its buffers on the heap.
void useSmallStacks() {
  constexpr std::size_t kStack = 256U << 10U;
  pthread_attr_t usual;
  pthread_attr_t small;
  if (pthread_getattr_default_np(&usual) != 0) return;
  if (pthread_attr_init(&small) == 0) {
    pthread_t probe{};
    const bool wanted =
        pthread_attr_setstacksize(&small, kStack) == 0 && pthread_setattr_default_np(&small) == 0;
    // A sanitizer's thread-local storage alone may be larger.
    const auto nothing = [](void*) -> void* { return nullptr; };
    if (wanted && pthread_create(&probe, nullptr, nothing, nullptr) == 0) {
      (void)pthread_join(probe, nullptr);
    } else {
      (void)pthread_setattr_default_np(&usual);
    }
    (void)pthread_attr_destroy(&small);
  }
  (void)pthread_attr_destroy(&usual);
}

// A core would hold mail of others, wherever the system sends it, and whatever its limit is. Nor does any other process of
// our user read our memory (ptrace, /proc/PID/mem); root does.
void keepMemoryToOurselves() {
  (void)::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

// OpenSSL takes itself down when the process exits, and libmilter's threads are detached: one that still ends its
// connection then would use what is gone, or leave its error queue behind for good.
void keepCryptoUntilTheEnd() {
  (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
}

void waitForWork(std::chrono::milliseconds atMost) {
  pollfd ready{wakeUp.load(), POLLIN, 0};
  if (::poll(&ready, 1, static_cast<int>(atMost.count())) <= 0) return;
  std::uint64_t count = 0;
  const auto got = ::read(wakeUp.load(), &count, sizeof(count));
  (void)got;
}

// Memory may be gone when it is time to stop, and that must not become an abort.
std::thread startedIfPossible(void (*work)()) {
  try {
    return std::thread(work);
  } catch (const std::exception& error) {  // std::bad_alloc as well
    spdlog::error("no thread can be had: {}", error.what());
    return {};
  }
}

// What an admin looks for first when something is not as he thought.
std::string summary(const conf::Settings& settings) {
  std::string servers;
  for (const auto& server : settings.dns.engine.servers)
    servers += (servers.empty() ? "" : " ") + server.text();
  if (servers.empty()) servers = "the servers of " + settings.dns.engine.resolvConf;
  std::string trusted = settings.trust.loopback ? "loopback" : "";
  for (const auto& network : settings.trust.networks)
    trusted += (trusted.empty() ? "" : " ") + network.text();
  if (trusted.empty()) trusted = "nobody";
  return fmt::format("mode {}, asks {}, trusts {}, verdict lines to {}",
                     settings.policy.mode == policy::Mode::Enforce ? "enforce" : "stamp", servers, trusted,
                     settings.log.verdicts);
}

}  // namespace

int Daemon::run(conf::Settings settings) {
  keepMemoryToOurselves();
  Signals signals;
  useSmallStacks();
  keepCryptoUntilTheEnd();
  try {
    spdlog::set_default_logger(makeOperationalLog(settings.log));
    if (const int error = start(std::move(settings)); error != 0) return error;
    signals.letIn();
    return serve();
  } catch (const std::exception& error) {
    spdlog::critical("cannot start: {}", error.what());
    return EX_OSERR;
  }
}

int Daemon::start(conf::Settings settings) {
  const auto parsed = conf::parseSocketAddress(settings.milter.socket);
  socket_ = std::get<conf::SocketAddress>(parsed);  // checked when the settings were read
  verdicts_.use(openSink(settings.log));
  progress_ = std::make_unique<dns::ProgressThreads>();
  runtime_.set(makeRuntime(std::move(settings), nullptr));
  const auto runtime = runtime_.get();
  const conf::Settings& own = runtime->settings;
  metrics_.know(own.policy.rules);
  metrics_.settingsTaken(started_, false);
  kick_ = std::make_unique<Kick>(socket_);
  services_ =
      std::make_unique<Services>(Services{hostName(), runtime_, *progress_, registry_, verdicts_, metrics_,
                                          trustWatch_, failures_, failureSpool_, [this] { (*kick_)(); }});
  metricsServer_ = openMetrics(own.metrics);
  failureSpool_.use(own.reports);

  if (const std::string error = makeRoom(socket_); !error.empty()) {
    spdlog::critical("cannot listen: {}", error);
    return EX_UNAVAILABLE;
  }
  // No moment in which the socket's mode is wider than wanted.
  const mode_t before = ::umask(static_cast<mode_t>(~own.milter.socketMode & 0777U));
  const std::string error = glue::open(own.milter, socket_, *services_);
  ::umask(before);
  if (!error.empty()) {
    const std::string reason = whyNot(socket_);
    spdlog::critical("cannot listen: {}{}{}", error, reason.empty() ? "" : ": ", reason);
    return EX_UNAVAILABLE;
  }
  if (const std::string nagle = sendAtOnce(socket_); !nagle.empty()) {
    spdlog::warn("each message will wait 40 ms for the network: {}", nagle);
  }
  readAheadAt(listeningDescriptor(socket_));
  if (const std::string access = setAccess(socket_, own.milter.socketMode, own.milter.socketGroup);
      !access.empty()) {
    spdlog::critical("cannot give the socket its group and mode: {}", access);
    removeSocket(socket_);
    return EX_NOPERM;
  }
  spdlog::info("alignd {} listens on {} and stamps as {}; {}", ALIGND_VERSION, own.milter.socket,
               own.authenticationResults.field.authservId, summary(own));
  return 0;
}

// Null when there is to be none. Throws std::system_error when it cannot listen.
std::unique_ptr<MetricsServer> Daemon::openMetrics(const conf::Metrics& settings) {
  if (settings.listen.empty()) return nullptr;
  const auto parsed = conf::parseSocketAddress(settings.listen);
  return std::make_unique<MetricsServer>(std::get<conf::SocketAddress>(parsed), [this] {
    const auto runtime = runtime_.get();
    return metrics_.text(runtime->dns->counters(),
                         {registry_.connections(), registry_.inFlight(), ALIGND_VERSION,
                          runtime->settings.policy.mode, processFigures(), started_});
  });
}

// All or nothing: whatever cannot be taken over leaves everything as it was. That there is no memory to say so, too.
void Daemon::reload() noexcept {
  try {
    conf::Loaded loaded = conf::load(configPath_);
    for (const auto& warning : loaded.warnings) spdlog::warn("{}", warning);
    for (const auto& error : loaded.errors) spdlog::error("{}", error);
    if (!loaded.ok()) {
      throw std::runtime_error(std::to_string(loaded.errors.size()) +
                               (loaded.errors.size() == 1 ? " error" : " errors"));
    }
    takeOver(std::move(loaded.settings));
    metrics_.settingsTaken(std::chrono::system_clock::now(), true);
    spdlog::info("the settings were read anew and hold for new messages; {}",
                 summary(runtime_.get()->settings));
    notifyManager("STATUS=The settings were read anew and hold for new messages.");
  } catch (const std::exception& error) {
    metrics_.settingsRefused();
    spdlog::error("the old settings stay in force: {}", error.what());
    std::array<char, 1024> status{};
    (void)std::snprintf(status.data(), status.size(),
                        "STATUS=The last reload failed, the old settings stay in force: %s", error.what());
    notifyManager(status.data());
    reopenVerdicts();
  }
}

// First all that may fail, each beside what is in use; then nothing that may.
void Daemon::takeOver(conf::Settings settings) {
  const auto old = runtime_.get();
  auto fresh = makeRuntime(std::move(settings), old.get());
  const conf::Settings& own = fresh->settings;
  std::shared_ptr<LineSink> sink = openSink(own.log);
  auto logger = makeOperationalLog(own.log);
  const bool sameMetrics = own.metrics.listen == old->settings.metrics.listen;
  auto metricsServer = sameMetrics ? nullptr : openMetrics(own.metrics);

  if (own.milter.socket != old->settings.milter.socket) {
    spdlog::warn("[milter] socket changes with a restart only");
  }
  metrics_.know(own.policy.rules);
  failureSpool_.use(own.reports);
  retiredLog_ = spdlog::default_logger();
  spdlog::set_default_logger(std::move(logger));
  verdicts_.use(std::move(sink));
  if (!sameMetrics) metricsServer_ = std::move(metricsServer);
  runtime_.set(std::move(fresh));
}

// Log rotation must work whatever the file says.
void Daemon::reopenVerdicts() noexcept {
  try {
    verdicts_.use(openSink(runtime_.get()->settings.log));
  } catch (const std::exception& error) {
    spdlog::error("the verdict log cannot be opened anew: {}", error.what());
  }
}

// What there is no memory for is seen or said at the next look.
void Daemon::watchServers() noexcept {
  try {
    for (const auto& line :
         serverWatch_.look(runtime_.get()->dns->servers(), std::chrono::steady_clock::now())) {
      spdlog::log(line.trouble ? spdlog::level::err : spdlog::level::info, "{}", line.text);
    }
  } catch (const std::exception& error) {
    spdlog::error("the name servers could not be looked after: {}", error.what());
  }
}

// A client that stalls in the middle of a packet holds the worker that reads it, until idle_time ends: two of them hold
// libmilter's two workers, and whatever comes then is queued behind them. A kick gets one worker more for the queue. If
// that one is held as well, there is one thread more than before, and the next kick comes soon. Nothing tells whether somebody
// waits: the queue is libmilter's own, and who stalls in his first packet has called nothing of ours. To look for unread octets
// on all descriptors would cost more than the kick, which is 0.2 ms of CPU a second on an idle machine.
bool Daemon::helpWaiting() noexcept {
  (*kick_)();
  struct stat tasks{};
  if (::stat("/proc/self/task", &tasks) != 0) return false;
  const std::size_t before = std::exchange(threads_, tasks.st_nlink);
  return threads_ > before;
}

// Nothing between the start of the listener's thread and its end throws: that would end the process.
int Daemon::serve() {
  std::atomic<bool> ended{false};
  std::atomic<bool> good{true};
  std::thread listener([&] {
    sigset_t all;
    sigfillset(&all);
    // A fault while it is blocked ends the process without a word to its handler (fault_guard.h).
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) sigdelset(&all, fault);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    good = glue::run();
    ended = true;
    wakeMainThread();
  });
  notifyManager("READY=1");
  bool waiting = false;
  while (!stopWanted && !ended) {
    waitForWork(waiting ? 20ms : 1s);
    waiting = helpWaiting();
    watchServers();
    if (!reloadWanted.exchange(false)) continue;
    notifyManager("RELOADING=1");
    reload();
    notifyManager("READY=1");
  }
  notifyManager("STOPPING=1");
  const bool byItself = ended && !stopWanted;
  if (!byItself) spdlog::info("stopping; {} messages in flight", registry_.inFlight());
  drain(runtime_.get()->settings.milter);
  // The listener looks up every 5 seconds, or when somebody connects, and smfi_stop waits for that.
  std::thread stopper = startedIfPossible(glue::stop);
  for (int i = 0; i < 300 && !ended; ++i) {
    (*kick_)();
    waitForWork(20ms);
  }
  metricsServer_.reset();
  removeSocket(socket_);
  if (!ended || glue::activeCallbacks() > 0) {
    // A callback is still at work: what it uses must not be taken down under it.
    spdlog::warn("libmilter did not end in time; {} callbacks are left", glue::activeCallbacks());
    spdlog::shutdown();
    std::_Exit(EX_OK);
  }
  if (stopper.joinable()) stopper.join();
  listener.join();
  progress_->stop();
  runtime_.get()->dns->stop();
  spdlog::info("stopped");
  if (byItself) spdlog::critical("libmilter stopped serving by itself");
  return byItself && !good ? EX_OSERR : EX_OK;
}

// Messages in flight end at once, with what is known of them; their MTA needs a moment to send the rest.
void Daemon::drain(const conf::Milter& settings) noexcept {
  registry_.stop();
  const auto end = std::chrono::steady_clock::now() + settings.stopTime;
  while (registry_.inFlight() > 0 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(10ms);
  }
}

}  // namespace alignd::milter
