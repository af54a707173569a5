#include "reporting/collect/collector.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dns/data/ascii.h"
#include "reporting/log/opendmarc_history.h"

namespace alignd::reporting {

namespace {

using ascii::cat;

// Messages of one transaction.
constexpr std::size_t kBatch = 20'000;
// A host's clock may be ahead of ours.
constexpr std::int64_t kAheadSeconds = 3600;
constexpr std::size_t kHead = 1024;

// The first line of a file, as far as it is complete: what tells a new file with an old inode number. Without a newline
// (a gzip file) its first octets.
std::string headOf(int file) {
  std::array<char, kHead> octets{};
  const auto got = ::pread(file, octets.data(), octets.size(), 0);
  const std::string_view head(octets.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  return digestText(head.substr(0, head.find('\n')));
}

// The row without what a sender can make differ in every message.
std::string plainer(std::string_view body) {
  auto row = decodeRow(body);
  if (!row) return std::string(body);
  std::erase_if(row->dkimResults, [](const DkimRow& dkim) { return dkim.result != "pass"; });
  if (row->spfResult && row->spfResult->result != "pass") row->spfResult->human.clear();
  if (!row->spf) row->envelopeFrom.reset();
  return encode(*row);
}

}  // namespace

std::string Tally::text() const {
  std::string out = cat({std::to_string(lines), " lines: ", std::to_string(counted), " counted"});
  const auto add = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) out += cat({", ", std::to_string(count), " ", what});
  };
  add(repeated, "already counted");
  add(closed, "of days already reported");
  add(old, "too old");
  for (std::size_t i = 1; i < unreported.size(); ++i)
    add(unreported[i], unreportedWord(static_cast<Unreported>(i)));
  add(torn, "torn");
  add(foreign, "of others");
  return out;
}

Collector::Collector(Store& store, const Options& options, std::string host, std::int64_t now)
    : store_(store), options_(options), host_(std::move(host)), now_(now) {
  pending_.reserve(kBatch);
}

std::string Collector::file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status{};
  if (descriptor < 0 || ::fstat(descriptor, &status) != 0) {
    const std::string problem = cat({path, ": ", std::strerror(errno)});
    if (descriptor >= 0) ::close(descriptor);
    return problem;
  }
  if (!S_ISREG(status.st_mode)) {
    stream(descriptor);
    return {};
  }
  const FileId id{host_, static_cast<std::int64_t>(status.st_dev), static_cast<std::int64_t>(status.st_ino)};
  Place place{0, status.st_size, headOf(descriptor)};
  LineStream lines(descriptor);
  if (const auto known = store_.place(id); known && known->head == place.head) {
    if (known->size == place.size) return {};  // nothing new
    // A file that was cut down (copytruncate) begins anew.
    if (known->size < place.size) lines.skip(static_cast<std::uint64_t>(known->offset));
  }
  const auto remember = [&] {
    place.offset = static_cast<std::int64_t>(lines.offset());
    store_.setPlace(id, place, now_);
  };
  // A compressed file is complete, one that grows may end in half a line. The size is noted once all was read.
  const std::int64_t size = place.size;
  place.size = 0;
  for (std::string_view line; lines.next(line, false);) {
    take(line);
    if (pending_.size() >= kBatch) write(remember);
  }
  place.size = size;
  if (lines.damaged()) place.size = -1;
  write(remember);
  return lines.damaged() ? cat({path, ": the compressed file ends early"}) : std::string();
}

void Collector::stream(int descriptor) {
  LineStream lines(descriptor);
  for (std::string_view line; lines.next(line, true);) take(line);
  flush();
}

void Collector::take(std::string_view line) {
  ++tally_.lines;
  switch (reader_.read(line, message_)) {
    case LineKind::Message: keep(message_, line); break;
    case LineKind::Blank: break;
    case LineKind::Foreign: ++tally_.foreign; break;
    case LineKind::Torn: ++tally_.torn; break;
  }
}

void Collector::message(const LoggedMessage& message, std::string_view line) {
  ++tally_.lines;
  keep(message, line);
}

void Collector::history(int descriptor) {
  LineStream lines(descriptor);
  HistoryReader reader;
  for (std::string_view line; lines.next(line, true);) {
    ++tally_.lines;
    if (reader.line(line)) keep(reader.message(), line);
  }
  tally_.torn += reader.torn();
  tally_.foreign += reader.foreign();
  flush();
}

void Collector::keep(const LoggedMessage& message, std::string_view line) {
  const std::int64_t seconds = message.timeMs / 1000;
  if (seconds < now_ - options_.maxAge.count() || seconds > now_ + kAheadSeconds) {
    ++tally_.old;
    return;
  }
  Observation seen = observe(message, options_);
  if (seen.why != Unreported::No) ++tally_.unreported[static_cast<std::size_t>(seen.why)];
  if (seen.why != Unreported::No && seen.why != Unreported::NoRua) return;
  Pending& pending = pending_.emplace_back();
  pending.day = seconds / kDaySeconds;
  pending.timeMs = message.timeMs;
  // A message without a queue id is known by its whole line.
  const std::string& host = message.host.empty() ? host_ : message.host;
  const std::string_view name = message.queueId.empty() ? line : std::string_view(message.queueId);
  pending.id = {message.timeMs, digestNumber(cat({host, " ", name, " ", std::to_string(message.timeMs)}))};
  pending.policy = encode(seen.policy);
  if (seen.why == Unreported::No) pending.row = encode(seen.row);
  PolicyFacts& facts = policies_[pending.policy];
  if (facts.latestMs <= message.timeMs) {
    facts = {std::move(seen.policy), std::move(seen.rua), std::move(seen.error), message.timeMs};
  }
  if (pending_.size() >= 2 * kBatch) flush();  // a stream has no place to remember
}

void Collector::flush() {
  write([] {});
}

// What is new of the batch, counted.
std::vector<CountedPolicy> Collector::counted(const std::vector<Pending>& news) {
  std::map<std::pair<Day, std::string_view>, std::map<std::string_view, std::int64_t>> groups;
  std::map<std::pair<Day, std::string_view>, std::pair<std::int64_t, std::int64_t>> totals;
  for (const Pending& pending : news) {
    const std::pair<Day, std::string_view> key{pending.day, pending.policy};
    auto& rows = groups[key];
    if (!pending.row.empty()) ++rows[pending.row];
    auto& [messages, latest] = totals[key];
    ++messages;
    latest = std::max(latest, pending.timeMs);
  }
  std::vector<CountedPolicy> out;
  for (const auto& [key, rows] : groups) {
    const PolicyFacts& facts = policies_.at(std::string(key.second));
    const auto& [messages, latest] = totals[key];
    CountedPolicy& counted = out.emplace_back(
        CountedPolicy{key.first, facts.policy, facts.rua, facts.error, latest, messages, {}});
    const auto room = static_cast<std::int64_t>(options_.maxRecords) -
                      store_.rowCount(Store::policyId(key.first, facts.policy));
    std::map<std::string, std::int64_t> kept;
    for (const auto& [body, count] : rows) {
      kept[static_cast<std::int64_t>(kept.size()) < room ? std::string(body) : plainer(body)] += count;
    }
    for (const auto& [body, count] : kept) counted.rows.push_back({body, count});
  }
  return out;
}

void Collector::write(const std::function<void()>& alongside) {
  Tally tally = tally_;
  store_.transaction([&] {
    tally = tally_;
    const std::set<Day> closed = store_.closedDays();
    std::vector<Pending> open;
    std::vector<LineId> ids;
    for (const Pending& pending : pending_) {
      if (closed.contains(pending.day)) {
        ++tally.closed;
        continue;
      }
      open.push_back(pending);
      ids.push_back(pending.id);
    }
    step("begun");
    const std::vector<bool> fresh = store_.markSeen(ids);
    step("marked");
    std::vector<Pending> news;
    for (std::size_t i = 0; i < open.size(); ++i) {
      if (!fresh[i]) {
        ++tally.repeated;
        continue;
      }
      if (!open[i].row.empty()) ++tally.counted;
      news.push_back(std::move(open[i]));
    }
    store_.add(counted(news));
    step("added");
    alongside();
    step("placed");
  });
  step("committed");
  tally_ = tally;
  pending_.clear();
  policies_.clear();
}

}  // namespace alignd::reporting
