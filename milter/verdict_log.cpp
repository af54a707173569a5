#include "milter/verdict_log.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <new>
#include <system_error>

#include <fcntl.h>
#include <paths.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

#include "milter/journal_sink.h"
#include "milter/log_socket.h"
#include "milter/operational_log.h"

namespace alignd::milter {

namespace {

class NoSink final : public LineSink {
 public:
  bool write(std::string_view, const LineFields&) noexcept override { return true; }
};

// A file.
class FileSink final : public LineSink {
 public:
  explicit FileSink(int descriptor) : descriptor_(descriptor) {}
  ~FileSink() override { ::close(descriptor_); }
  bool write(std::string_view line, const LineFields&) noexcept override {
    // What a full disk cut off stands alone, and not in front of the first line that fits again.
    if (torn_.exchange(false, std::memory_order_relaxed) && !put("\n")) return false;
    return put(line);
  }

 private:
  bool put(std::string_view text) noexcept {
    const std::size_t whole = text.size();
    while (!text.empty()) {
      const auto written = ::write(descriptor_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) {
        if (text.size() < whole || text == "\n") torn_.store(true, std::memory_order_relaxed);
        return false;
      }
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }

  int descriptor_;
  std::atomic<bool> torn_{false};
};

// A pipe, a socket or a terminal: somebody reads at the other end, or does not.
class StreamSink final : public LineSink {
 public:
  StreamSink(int descriptor, bool owned) : descriptor_(descriptor), owned_(owned) {}
  ~StreamSink() override {
    if (owned_) ::close(descriptor_);
  }
  bool write(std::string_view line, const LineFields&) noexcept override {
    const std::lock_guard lock(mutex_);  // what is written in parts must not mix
    if (torn_) {
      torn_ = !put("\n");
      if (torn_) return false;
    }
    return put(line);
  }

 private:
  // As much at once as a pipe takes that can be written to at all (pipe(7)).
  bool put(std::string_view text) noexcept {
    const std::size_t whole = text.size();
    while (!text.empty()) {
      pollfd ready{descriptor_, POLLOUT, 0};
      const bool free = ::poll(&ready, 1, static_cast<int>(patience_.left().count())) > 0;
      patience_.learn(free);
      if (!free) errno = EAGAIN;
      const auto written =
          free ? ::write(descriptor_, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF)) : -1;
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) {
        torn_ = text.size() < whole;
        return false;
      }
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }

  int descriptor_;
  bool owned_;
  std::mutex mutex_;
  bool torn_ = false;
  Patience patience_;
};

// False when there is no memory for one octet more.
bool ended(std::string& line) noexcept {
  try {
    line += '\n';
    return true;
  } catch (const std::bad_alloc&) {
    errno = ENOMEM;
    return false;
  }
}

std::unique_ptr<LineSink> sinkOf(int descriptor, bool owned) {
  struct stat status{};
  const bool file = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  if (file && owned) return std::make_unique<FileSink>(descriptor);
  return std::make_unique<StreamSink>(descriptor, owned);
}

// As syslog(3) writes it, which would wait for a daemon that hangs for as long as it does.
class SyslogSink final : public LineSink {
 public:
  explicit SyslogSink(int facility) : priority_(facility | LOG_INFO), socket_(_PATH_LOG) {}
  bool write(std::string_view line, const LineFields&) noexcept override {
    std::array<char, 64> before{};
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm local{};
    ::localtime_r(&now, &local);
    std::array<char, 32> stamp{};
    (void)std::strftime(stamp.data(), stamp.size(), "%h %e %T", &local);
    const int length = std::snprintf(before.data(), before.size(), "<%d>%s alignd[%d]: ", priority_,
                                     stamp.data(), static_cast<int>(::getpid()));
    line.remove_suffix(1);
    std::array<iovec, 2> parts{iovec{before.data(), static_cast<std::size_t>(length)},
                               iovec{const_cast<char*>(line.data()), line.size()}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    return socket_.send(message);
  }

 private:
  int priority_;
  LogSocket socket_;
};

// For a daemon that wants a stream.
class LibrarySyslogSink final : public LineSink {
 public:
  explicit LibrarySyslogSink(int facility) : facility_(facility) {}
  bool write(std::string_view line, const LineFields&) noexcept override {
    ::syslog(facility_ | LOG_INFO, "%.*s", static_cast<int>(line.size()) - 1, line.data());
    return true;
  }

 private:
  int facility_;
};

std::unique_ptr<LineSink> syslogSink(int facility) {
  try {
    return std::make_unique<SyslogSink>(facility);
  } catch (const std::system_error&) {  // none there yet, or no socket for datagrams: the library's own ways
    return std::make_unique<LibrarySyslogSink>(facility);
  }
}

}  // namespace

std::unique_ptr<LineSink> openSink(const conf::Log& log) {
  if (log.verdicts == "none") return std::make_unique<NoSink>();
  if (log.verdicts == "stderr") return sinkOf(STDERR_FILENO, false);
  if (log.verdicts == "stdout") return sinkOf(STDOUT_FILENO, false);
  if (log.verdicts == "syslog") return syslogSink(syslogFacility(log.facility));
  if (log.verdicts == "journal") return std::make_unique<JournalSink>();
  const int file = ::open(log.verdicts.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (file < 0) throw std::system_error(errno, std::generic_category(), log.verdicts);
  return sinkOf(file, true);
}

void VerdictLog::use(std::shared_ptr<LineSink> sink) {
  const std::lock_guard lock(mutex_);
  sink_.swap(sink);  // the old one is closed by the caller's parameter, outside the lock
}

void VerdictLog::write(std::string& line, const LineFields& fields) noexcept {
  std::shared_ptr<LineSink> sink;
  {
    const std::lock_guard lock(mutex_);
    sink = sink_;
  }
  if (sink && ended(line) && sink->write(line, fields)) {
    if (lost_.load(std::memory_order_relaxed) == 0) return;
    if (const auto lost = lost_.exchange(0); lost > 0) {
      spdlog::warn("verdict lines are written again; {} were lost", lost);
    }
    return;
  }
  const int reason = errno;
  metrics_.verdictLogErrors.add();
  // The first one is worth a word; the metric counts the others.
  if (lost_.fetch_add(1) == 0)
    spdlog::error("a verdict line could not be written: {}", std::strerror(reason));
}

}  // namespace alignd::milter
