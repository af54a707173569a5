#include "cli/log_command.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/log_filter.h"
#include "cli/log_summary.h"
#include "cli/progress_bar.h"
#include "cli/replay.h"
#include "conf/load.h"
#include "reporting/log/line_reader.h"
#include "reporting/log/line_stream.h"
#include "verifier/report/story.h"

namespace alignd::cli {

namespace {

using reporting::LineKind;

int complain(const std::string& what, int code) {
  std::cerr << "alignd-check: " << report::printable(what) << '\n';
  return code;
}

int openFile(const std::string& path) {
  return path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
}

std::uint64_t sizeOf(const std::string& path) {
  struct stat status{};
  return path != "-" && ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

std::optional<LogFilter> filterOf(const Arguments& arguments) {
  LogFilter out;
  out.domain = arguments.domain;
  out.why = arguments.why;
  out.queueId = arguments.queueId;
  out.client = arguments.client;
  if (!arguments.since.empty()) {
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    const auto since = parseSince(arguments.since, now.count());
    if (!since) return std::nullopt;
    out.sinceMs = *since;
  }
  return out;
}

struct Reading {
  LogSummary summary;
  std::optional<Replay> replay;
  LogFilter filter;
  std::uint64_t lines = 0;

  void take(reporting::LineReader& reader, std::string_view line) {
    ++lines;
    const LineKind kind = reader.read(line, message);
    if (kind != LineKind::Message) return summary.skip(kind);
    if (!filter.matches(message)) return;
    summary.add(message);
    if (replay) replay->add(message);
  }

 private:
  reporting::LoggedMessage message;  // used again
};

// False when a file could not be read, or not to its end; the others count.
bool readFiles(const std::vector<std::string>& files, Reading& reading, bool progress) {
  bool good = true;
  std::uint64_t whole = 0;
  for (const auto& file : files) whole += sizeOf(file);
  ProgressBar bar(progress, whole);
  const auto tell = [&](const std::string& what) {
    bar.clear();
    complain(what, 0);
    good = false;
  };
  reporting::LineReader reader;
  std::uint64_t before = 0;
  for (const auto& file : files) {
    const int descriptor = openFile(file);
    if (descriptor < 0) {
      tell(file + ": " + std::strerror(errno));
      continue;
    }
    // The stream owns the first; how far it is in a compressed file, the second tells.
    const int place = progress ? ::dup(descriptor) : -1;
    reporting::LineStream stream(descriptor);
    std::string_view line;
    while (stream.next(line, true)) {
      reading.take(reader, line);
      if (place >= 0 && reading.lines % 1000 == 0) {
        const off_t at = ::lseek(place, 0, SEEK_CUR);
        bar.at(before + (at > 0 ? static_cast<std::uint64_t>(at) : 0), reading.lines);
      }
    }
    if (place >= 0) ::close(place);
    if (stream.damaged()) tell(file + ": damaged, it was read as far as possible");
    before += sizeOf(file);
  }
  return good;
}

void print(std::ostream& out, const Reading& reading, bool json) {
  if (!json) {
    reading.summary.print(out);
    if (reading.replay) reading.replay->print(out);
    return;
  }
  std::string text;
  report::JsonWriter w(text);
  w.beginObject();
  w.number("lines", static_cast<std::int64_t>(reading.lines));
  reading.summary.write(w);
  if (reading.replay) reading.replay->write(w);
  w.endObject();
  out << text << '\n';
}

// One file that grows: read where it ends, opened anew when another one has its name.
class Follower {
 public:
  explicit Follower(std::string path) : path_(std::move(path)) {}
  ~Follower() { close(); }
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  bool open(bool atEnd) {
    close();
    descriptor_ = openFile(path_);
    if (descriptor_ < 0) return false;
    rest_.clear();
    constexpr off_t kBack = 256 << 10;  // ten lines stand within it
    if (atEnd && ::lseek(descriptor_, -kBack, SEEK_END) >= 0) skipsPart_ = true;
    return true;
  }

  /// What was added: whole lines, each with its newline; empty when nothing was.
  std::string more() {
    std::string out;
    std::array<char, std::size_t{64} << 10U> piece{};
    ssize_t got = 0;
    while ((got = ::read(descriptor_, piece.data(), piece.size())) > 0)
      rest_.append(piece.data(), static_cast<std::size_t>(got));
    const auto end = rest_.rfind('\n');
    if (end != std::string::npos) {
      out = rest_.substr(0, end + 1);
      rest_.erase(0, end + 1);
    } else if (rest_.size() > reporting::kMaxLine) {
      rest_.clear();
      skipsPart_ = true;
    }
    if (skipsPart_ && !out.empty()) {
      out.erase(0, out.find('\n') + 1);
      skipsPart_ = false;
    }
    return out;
  }

  bool replaced() const {
    struct stat named{};
    struct stat held{};
    if (path_ == "-" || ::stat(path_.c_str(), &named) != 0 || ::fstat(descriptor_, &held) != 0) return false;
    return named.st_ino != held.st_ino || named.st_dev != held.st_dev ||
           held.st_size < ::lseek(descriptor_, 0, SEEK_CUR);
  }

 private:
  void close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }
  std::string path_;
  int descriptor_ = -1;
  std::string rest_;  // a line under way
  bool skipsPart_ = false;
};

}  // namespace

int runLog(const Arguments& arguments, std::ostream& out, bool progress) {
  Reading reading;
  const auto filter = filterOf(arguments);
  if (!filter) return complain("--since: no date, and no 90m, 12h, 7d: " + arguments.since, kExitUsage);
  reading.filter = *filter;
  if (!arguments.replay.empty()) {
    conf::Loaded loaded = conf::load(arguments.replay);
    for (const auto& error : loaded.errors) complain(error, 0);
    if (!loaded.ok()) return kExitUsage;
    reading.replay.emplace(std::move(loaded.settings));
  }
  const bool good = readFiles(arguments.operands, reading, progress);
  print(out, reading, arguments.json);
  return good ? kExitPass : kExitNoInput;
}

int followLog(const Arguments& arguments, std::ostream& out, const std::function<bool()>& stopped) {
  constexpr std::size_t kFirst = 10;
  const auto filter = filterOf(arguments);
  if (!filter) return complain("--since: no date, and no 90m, 12h, 7d: " + arguments.since, kExitUsage);
  Follower file(arguments.operands.front());
  if (!file.open(true))
    return complain(arguments.operands.front() + ": " + std::strerror(errno), kExitNoInput);
  reporting::LineReader reader;
  reporting::LoggedMessage message;
  bool first = true;
  while (true) {
    const bool last = stopped();
    const std::string text = file.more();
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      if (reader.read(std::string_view(text).substr(at, end - at), message) == LineKind::Message &&
          filter->matches(message)) {
        lines.push_back(lineText(message, arguments.colours));
      }
      at = end + 1;
    }
    const std::size_t from = first && lines.size() > kFirst ? lines.size() - kFirst : 0;
    for (std::size_t i = from; i < lines.size(); ++i) out << lines[i] << '\n';
    out.flush();
    first = false;
    if (last) return kExitPass;
    if (file.replaced()) {
      (void)file.open(false);
      continue;
    }
    if (text.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

}  // namespace alignd::cli
