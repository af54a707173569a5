#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <ostream>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "dns/data/ascii.h"
#include "reporting/collect/collector.h"
#include "reporting/failure/intake.h"
#include "reporting/program/commands.h"
#include "verifier/report/story.h"

namespace alignd::reporting {

namespace {

namespace fs = std::filesystem;

std::string hostName() {
  std::string name(256, '\0');
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  name.resize(name.find('\0'));
  return name;
}

// The log and what logrotate made of it (verdicts.jsonl.1, verdicts.jsonl-20261126.gz), oldest first; those that were
// last written before anything that still counts are left alone.
std::vector<std::string> logFiles(const std::string& path, std::chrono::seconds maxAge, std::int64_t now) {
  std::vector<std::pair<std::int64_t, std::string>> found;
  const fs::path log(path);
  const std::string name = log.filename();
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(log.parent_path(), error)) {
    const std::string other = entry.path().filename();
    if (!other.starts_with(name) || !entry.is_regular_file(error)) continue;
    const auto rest = std::string_view(other).substr(name.size());
    if (!rest.empty() && rest[0] != '.' && rest[0] != '-') continue;
    const auto written = fs::last_write_time(entry.path(), error);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
                             std::chrono::file_clock::to_sys(written).time_since_epoch())
                             .count();
    if (seconds + maxAge.count() >= now) found.emplace_back(seconds, entry.path());
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> out;
  out.reserve(found.size());
  for (auto& [unused, file] : found) out.push_back(std::move(file));
  return out;
}

// A log that is not there yet is no error, and the usual sign of another path than the daemon's.
std::string whyNoFiles(const std::string& log) {
  const bool there = ::access(log.c_str(), R_OK) == 0;
  return ascii::cat(
      {"[log] verdicts, ", log, ": ", there ? "no line that still counts" : std::strerror(errno)});
}

int openInput(const std::string& file) {
  return file == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
}

bool collectHistory(Collector& collector, const std::string& file, std::ostream& out) {
  const int descriptor = openInput(file);
  if (descriptor < 0) {
    out << report::printable(ascii::cat({file, ": ", std::strerror(errno)})) << '\n';
    return false;
  }
  collector.history(descriptor);
  return true;
}

void takeFailures(const Job& job, Store& store, std::ostream& out) {
  Intake intake(store, job.settings.reports, job.now);
  intake.say = [&](const std::string& line) { out << report::printable(line) << '\n'; };
  intake.onStep = dieAt;
  intake.run();
  out << intake.taken() << " failures taken from " << report::printable(job.settings.reports.failureSpool)
      << '\n';
}

}  // namespace

int runCollect(const Job& job, Store& store, std::ostream& out) {
  const Options& options = job.settings.reports;
  std::vector<std::string> files = job.arguments.operands;
  if (files.empty() && job.arguments.openDmarc) {
    out << "--opendmarc-history needs the file that HistoryFile of opendmarc.conf names\n";
    return kExitUsage;
  }
  if (files.empty()) {
    const std::string& log = job.settings.log.verdicts;
    if (!log.starts_with('/')) {
      out << "[log] verdicts is no file: name one, or pipe: journalctl -u alignd -o json | alignd-report "
             "collect -\n";
      return kExitUsage;
    }
    files = logFiles(log, options.maxAge, job.now);
    if (files.empty()) out << report::printable(whyNoFiles(log)) << '\n';
  }
  Collector collector(store, options, job.arguments.host.empty() ? hostName() : job.arguments.host, job.now);
  collector.onStep = dieAt;
  int status = kExitGood;
  for (const std::string& file : files) {
    if (job.arguments.openDmarc) {
      status = collectHistory(collector, file, out) ? status : kExitNoInput;
    } else if (file == "-") {
      collector.stream(openInput(file));
    } else if (const std::string problem = collector.file(file); !problem.empty()) {
      out << report::printable(problem) << '\n';
      status = kExitNoInput;
    }
  }
  out << collector.tally().text() << '\n';
  if (options.failure && options.identified()) takeFailures(job, store, out);
  return status;
}

}  // namespace alignd::reporting
