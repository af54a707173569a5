#include "milter/failure_spool.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>

#include <fcntl.h>
#include <pthread.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/folder.h"
#include "dns/data/ascii.h"
#include "dns/data/random.h"

namespace alignd::milter {

namespace {

using ascii::cat;

constexpr std::size_t kMaxWaiting = 64;
// Domains whose messages are counted in an hour; strangers choose them.
constexpr std::size_t kMaxDomains = 10'000;
constexpr std::string_view kSuffix = ".failure";
// How long a count of the folder is believed: alignd-report takes files away.
constexpr std::chrono::seconds kBelieved{1};

std::string hex(std::uint64_t value) {
  std::array<char, 20> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value));
  return {text.data(), static_cast<std::size_t>(length)};
}

// All of it, or false with errno.
bool writeWhole(const std::string& path, std::string_view content) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
  if (file < 0) return false;
  bool good = true;
  while (good && !content.empty()) {
    const auto written = ::write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    good = written > 0;
    if (good) content.remove_prefix(static_cast<std::size_t>(written));
  }
  const int problem = errno;
  if (::close(file) != 0) return false;
  errno = problem;
  return good;
}

}  // namespace

// What the folder holds. The worker's own.
struct FailureSpool::Folder {
  std::string path;
  std::size_t files = 0;
  std::size_t octets = 0;
  Time counted{};
  dns::Random random;
  bool complained = false;

  // False when there is no such folder.
  bool count(const std::string& where, Time now) {
    if (where == path && now - counted < kBelieved) return true;
    path = where;
    files = octets = 0;
    std::error_code error;
    ::mkdir(path.c_str(), 0750);  // as a rule it is there
    const auto names = conf::namesIn(path, error);
    if (error) return false;
    for (const std::string& name : names) {
      std::error_code gone;
      const auto size = std::filesystem::file_size(cat({path, "/", name}), gone);
      ++files;
      if (!gone) octets += size;
    }
    counted = now;
    return true;
  }
};

FailureSpool::~FailureSpool() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void FailureSpool::use(const reporting::Options& options) {
  const std::lock_guard lock(mutex_);
  options_ = options;
  if (!options.failure || !options.identified() || thread_.joinable()) return;
  dns::Random random;
  key_ = cat({hex(random.next()), hex(random.next())});
  thread_ = std::thread([this] { work(); });
}

bool FailureSpool::admit(std::string_view domain, Time now) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    if (!thread_.joinable() || !options_.failure || !options_.identified()) return false;
    if (now >= hourEnds_) {
      admitted_.clear();
      hourEnds_ = now + std::chrono::hours(1);
    }
    auto known = admitted_.find(domain);
    if (known == admitted_.end() && admitted_.size() < kMaxDomains) {
      known = admitted_.emplace(std::string(domain), 0).first;
    }
    if (known == admitted_.end() || known->second >= options_.failureRate) {
      metrics_.failureReports[Metrics::kFailureLimited].add();
      return false;
    }
    if (waiting_.size() >= kMaxWaiting) {
      metrics_.failureReports[Metrics::kFailureNoRoom].add();
      return false;
    }
    ++known->second;
    return true;
  } catch (const std::exception&) {
    metrics_.failureReports[Metrics::kFailureError].add();
    return false;
  }
}

void FailureSpool::put(std::string record) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= kMaxWaiting) {
      metrics_.failureReports[Metrics::kFailureNoRoom].add();
      return;
    }
    waiting_.push_back(std::move(record));
    wake_.notify_one();
  } catch (const std::exception&) {
    metrics_.failureReports[Metrics::kFailureError].add();
  }
}

void FailureSpool::work() {
  sigset_t all;
  sigfillset(&all);
  // A fault while it is blocked ends the process without a word to its handler (fault_guard.h).
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) sigdelset(&all, fault);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  Folder folder;
  while (true) {
    std::string record;
    std::optional<reporting::Options> options;
    try {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      record = std::move(waiting_.front());
      waiting_.pop_front();
      options.emplace(options_);
    } catch (const std::exception&) {  // out of memory for the options: the record is lost
      metrics_.failureReports[Metrics::kFailureError].add();
      continue;
    }
    write(record, *options, folder);
  }
}

void FailureSpool::write(const std::string& record, const reporting::Options& options,
                         Folder& folder) noexcept {
  const auto lose = [&](std::size_t why, const char* what) {
    metrics_.failureReports[why].add();
    if (!folder.complained) spdlog::error("failure reports are lost: {}: {}", options.failureSpool, what);
    folder.complained = true;
  };
  try {
    if (!folder.count(options.failureSpool, std::chrono::steady_clock::now())) {
      return lose(Metrics::kFailureError, std::strerror(errno));
    }
    if (folder.files >= options.failureFiles || folder.octets + record.size() > options.failureSize) {
      return lose(Metrics::kFailureSpoolFull, "the spool is full ([reports] failure_files, failure_size)");
    }
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    const std::string name = cat({hex(static_cast<std::uint64_t>(now)), "-", hex(folder.random.next())});
    const std::string under = cat({folder.path, "/new.", name});
    if (!writeWhole(under, record) ||
        std::rename(under.c_str(), cat({folder.path, "/", name, kSuffix}).c_str()) != 0) {
      const int problem = errno;
      ::unlink(under.c_str());
      return lose(Metrics::kFailureError, std::strerror(problem));
    }
    ++folder.files;
    folder.octets += record.size();
    folder.complained = false;
    metrics_.failureReports[Metrics::kFailureWritten].add();
  } catch (const std::exception& error) {
    lose(Metrics::kFailureError, error.what());
  }
}

}  // namespace alignd::milter
