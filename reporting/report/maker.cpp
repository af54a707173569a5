#include "reporting/report/maker.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include "dns/data/ascii.h"
#include "verifier/policy/rules.h"

namespace alignd::reporting {

namespace {

using ascii::cat;

// Rows of one file: pugixml holds them all.
constexpr std::size_t kRowsOfPart = 10'000;
// Reports of one transaction.
constexpr std::size_t kReportsATime = 200;
// An id of hex digits is not packed as well as one of noughts.
constexpr std::size_t kIdRoom = 40;
// Whoever takes less takes no reports.
constexpr std::uint64_t kLeastLimit = std::uint64_t{4} << 10U;

bool anyMatches(const std::vector<std::string>& patterns, std::string_view domain) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return policy::matchesDomain(pattern, domain); });
}

// The mailboxes of a policy in its own order, or why one is none.
struct Wanted {
  std::string uri;
  Mailbox box;
  std::string problem;
};

std::vector<Wanted> wanted(const StoredPolicy& policy, const Options& options) {
  std::vector<Wanted> out;
  std::set<std::string> known;
  std::size_t good = 0;
  for (const std::string& uri : policy.rua) {
    auto read = readRuaUri(uri);
    if (auto* problem = std::get_if<std::string>(&read)) {
      out.push_back({uri, {}, std::move(*problem)});
      continue;
    }
    Wanted one{uri, std::get<Mailbox>(std::move(read)), {}};
    if (!known.insert(one.box.address).second) continue;
    one.problem = notWanted(one.box, options);
    if (!one.problem.empty()) {
      // said
    } else if (one.box.limit > 0 && one.box.limit < kLeastLimit) {
      one.problem = cat({"it takes no more than ", std::to_string(one.box.limit), " octets"});
    } else if (++good > options.maxDestinations) {
      one.problem = "over [reports] max_destinations";
    }
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

std::string excluded(std::string_view domain, const Options& options) {
  if (!options.ownDomain && ascii::equalIgnoreCase(domain, options.domain)) {
    return "it is our own domain ([reports] own_domain)";
  }
  if (anyMatches(options.never, domain)) return "[reports] never names it";
  if (!options.only.empty() && !anyMatches(options.only, domain)) return "[reports] only does not name it";
  return {};
}

std::string notWanted(const Mailbox& mailbox, const Options& options) {
  if (anyMatches(options.never, mailbox.host)) return "[reports] never names its host";
  if (ascii::equalIgnoreCase(mailbox.address, options.email)) return "it is the address that we report from";
  return {};
}

std::string notReported(const StoredPolicy& policy, const Options& options) {
  const std::string& domain = policy.policy.domain;
  if (policy.rua.empty()) return "the record asks for no reports (no rua)";
  if (policy.messages < static_cast<std::int64_t>(options.minimumMessages)) {
    return cat({std::to_string(policy.messages), " messages are fewer than [reports] minimum_messages"});
  }
  return excluded(domain, options);
}

void Maker::run() {
  const Day today = now_ / kDaySeconds;
  for (const Day open : store_.openDays(today)) {
    if ((open + 1) * kDaySeconds + options_.settle.count() <= now_) {
      store_.transaction([&] { store_.closeDay(open, now_); });
    }
  }
  step("closed");
  for (const Day day : store_.unmadeDays()) makeDay(day);
}

void Maker::day(Day day) {
  store_.transaction([&] { store_.closeDay(day, now_); });
  makeDay(day);
}

void Maker::makeDay(Day day) {
  std::vector<StoredReport> reports;
  std::vector<Delivery> mails;
  const auto store = [&] {
    capHosts(mails);
    step("made");
    store_.transaction([&] {
      for (const StoredReport& report : reports) store_.addReport(report, now_);
      for (const Delivery& mail : mails) store_.addDelivery(mail);
      step("stored");
    });
    made_ += reports.size();
    reports.clear();
    mails.clear();
  };
  for (const StoredPolicy& policy : store_.policies(day)) {
    if (!notReported(policy, options_).empty()) continue;
    std::uint64_t limit = options_.maxSize;
    for (const Wanted& one : wanted(policy, options_)) {
      if (one.problem.empty() && one.box.limit > 0) limit = std::min(limit, one.box.limit);
    }
    for (const auto& [report, size] : parts(policy, limit)) {
      reports.push_back(report);
      for (Delivery& mail : deliveries(policy, report, size)) mails.push_back(std::move(mail));
    }
    if (reports.size() >= kReportsATime) store();
  }
  store();
  store_.setMade(day, now_);
  step("day made");
}

void Maker::capHosts(std::vector<Delivery>& mails) {
  std::map<std::string, std::int64_t> counts;
  for (Delivery& mail : mails) {
    if (mail.state != DeliveryState::Waiting) continue;
    const std::string host = mail.address.substr(mail.address.rfind('@') + 1);
    const auto known = counts.find(host);
    auto& count = known != counts.end() ? known->second : counts[host] = store_.mailsTo(host, mail.day);
    if (++count <= static_cast<std::int64_t>(options_.hostCap)) continue;
    mail.state = DeliveryState::Refused;
    mail.note = "over [reports] host_cap";
  }
}

// The policy's rows in files of at most `limit` octets, each at least one row.
std::vector<Maker::Sized> Maker::parts(const StoredPolicy& policy, std::uint64_t limit) {
  std::vector<Sized> out;
  std::vector<std::string> digests;
  const auto flush = [&] {
    if (!digests.empty()) split(policy, {}, std::move(digests), limit, out);
    digests.clear();
  };
  store_.rows(policy.id, "", "", [&](const std::string& digest, const Row&, std::int64_t) {
    digests.push_back(digest);
    if (digests.size() == kRowsOfPart) flush();
  });
  flush();
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].first.part = static_cast<int>(i);
    out[i].first.id =
        digestText(cat({store_.identity(), " ", options_.domain, " ", std::to_string(policy.day), " ",
                        encode(policy.policy), " ", std::to_string(i)}));
  }
  return out;
}

void Maker::split(const StoredPolicy& policy, StoredReport part, std::vector<std::string> digests,
                  std::uint64_t limit, std::vector<Sized>& out) {
  part.policy = policy.id;
  part.day = policy.day;
  part.domain = policy.policy.domain;
  std::vector<std::pair<std::size_t, std::size_t>> ranges{
      {0, digests.size()}};  // still to be looked at, last first
  while (!ranges.empty()) {
    const auto [begin, end] = ranges.back();
    ranges.pop_back();
    part.firstRow = digests[begin];
    part.lastRow = digests[end - 1];
    part.id.assign(32, '0');  // as long as the one that it will get
    const Report report = load(part);
    const std::size_t size = gzip(toXml(report)).size() + kIdRoom;
    if (end - begin > 1 && size > limit) {
      const std::size_t middle = begin + (end - begin) / 2;
      ranges.emplace_back(middle, end);
      ranges.emplace_back(begin, middle);
      continue;
    }
    part.messages = 0;
    for (const auto& [unused, count] : report.rows) part.messages += count;
    out.emplace_back(part, size);
  }
}

Report Maker::load(const StoredReport& stored) {
  Report out;
  const auto policy = store_.policy(stored.policy);
  if (!policy) throw std::runtime_error("the store has lost the rows of a report");
  out.policy = policy->policy;
  out.metadata = {options_.orgName,
                  options_.email,
                  options_.extraContactInfo,
                  stored.id,
                  stored.day * kDaySeconds,
                  (stored.day + 1) * kDaySeconds - 1,
                  policy->error,
                  "alignd-report " ALIGND_VERSION};
  store_.rows(
      stored.policy, stored.firstRow, stored.lastRow,
      [&](const std::string&, const Row& row, std::int64_t count) { out.rows.emplace_back(row, count); });
  return out;
}

// Every receiver of the world ends its day at midnight UTC: a place in the window that is the domain's own.
std::vector<Delivery> Maker::deliveries(const StoredPolicy& policy, const StoredReport& report,
                                        std::size_t size) {
  std::vector<Delivery> out;
  const std::int64_t window = options_.spread.count();
  const auto own =
      static_cast<std::uint64_t>(digestNumber(cat({options_.domain, " ", policy.policy.domain})));
  const std::int64_t due =
      now_ + (window == 0 ? 0 : static_cast<std::int64_t>(own % static_cast<std::uint64_t>(window)));
  for (const Wanted& one : wanted(policy, options_)) {
    Delivery mail{report.id,   one.uri,    DeliveryState::Refused, 0, due, now_,
                  one.problem, policy.day, report.domain};
    if (one.problem.empty()) mail.address = one.box.address;
    if (one.problem.empty() && one.box.limit > 0 && size > one.box.limit) {
      mail.note =
          cat({"one row alone is larger than the ", std::to_string(one.box.limit), " octets that it takes"});
    } else if (one.problem.empty()) {
      mail.state = DeliveryState::Waiting;
    }
    out.push_back(std::move(mail));
  }
  return out;
}

}  // namespace alignd::reporting
