#include "cli/log_summary.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <vector>

#include "dns/data/ascii.h"
#include "verifier/report/story.h"

namespace alignd::cli {

namespace {

using ascii::cat;
using report::printable;
using reporting::LoggedMessage;

constexpr std::size_t kRows = 10;  // of a table
constexpr std::array<std::int64_t, 4> kSlowMs{100, 1000, 5000, 10'000};
constexpr std::array<std::string_view, 4> kSlowWords{"0.1 s", "1 s", "5 s", "10 s"};

std::string timeText(std::int64_t ms) {
  if (ms < 0) return "-";
  const std::time_t clock = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  gmtime_r(&clock, &parts);
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
  return {text.data(), length};
}

std::string_view orDash(std::string_view text) {
  return text.empty() ? std::string_view("-") : text;
}

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  if (out.size() < width) out.append(width - out.size(), ' ');
  return out;
}

std::string right(std::uint64_t value, std::size_t width) {
  const std::string text = std::to_string(value);
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::string share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return {};
  const std::uint64_t permille = (part * 1000 + whole / 2) / whole;
  return cat({std::to_string(permille / 10), ".", std::to_string(permille % 10), " %"});
}

template <class Counts>
void printCounts(std::ostream& out, std::string_view title, const Counts& counts, std::uint64_t whole) {
  if (counts.empty()) return;
  std::vector<std::pair<std::string, std::uint64_t>> rows(counts.begin(), counts.end());
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  out << '\n' << title << '\n';
  for (const auto& [word, count] : rows) {
    out << right(count, 12) << "  " << padded(share(count, whole), 8) << printable(word) << '\n';
  }
}

template <class Counts>
void writeCounts(report::JsonWriter& w, std::string_view key, const Counts& counts) {
  w.beginArray(key);
  for (const auto& [word, count] : counts) {
    w.beginObject();
    w.text("of", word);
    w.number("messages", static_cast<std::int64_t>(count));
    w.endObject();
  }
  w.endArray();
}

}  // namespace

// Who stands behind it: the signer that passed, else the domain that SPF vouches for, else the address.
std::string LogSummary::sourceOf(const LoggedMessage& message) {
  for (const auto& signature : message.dkim) {
    if (signature.result == "pass") return signature.domain;
  }
  if (message.hasSpf && message.spf.result == "pass") return message.spf.domain;
  return message.client;
}

void LogSummary::skip(reporting::LineKind kind) {
  if (kind == reporting::LineKind::Torn) ++torn_;
  if (kind == reporting::LineKind::Foreign) ++foreign_;
}

void LogSummary::add(const LoggedMessage& message) {
  ++messages_;
  if (firstMs_ < 0 || message.timeMs < firstMs_) firstMs_ = message.timeMs;
  lastMs_ = std::max(lastMs_, message.timeMs);
  ++why_[message.why.empty() ? std::string("-") : message.why];
  removed_ += message.removedResults;
  if (message.removedResults > 0) forgers_.add(message.client, message.removedResults);
  if (!message.exempt.empty()) {
    ++exempt_[message.exempt];
    return;
  }
  addMechanisms(message);
  addEnforced(message);
}

void LogSummary::addMechanisms(const LoggedMessage& message) {
  if (message.hasSpf) ++results_["spf"][message.spf.result];
  if (message.dkim.empty()) ++results_["dkim"]["none"];
  for (const auto& signature : message.dkim) {
    ++results_["dkim"][signature.result];
    if (signature.reason.starts_with("key_")) {
      keys_.add(cat({signature.reason, "  ", signature.selector, "._domainkey.", signature.domain}));
    }
  }
  ++results_["arc"][message.arc];
  ++results_["dmarc"][message.dmarc.result];
  authors_.add(orDash(message.from));
  if (message.why != "aligned" && message.why != "no_policy") {
    whyByDomain_.add(cat({message.why, "  ", orDash(message.from)}));
    whyBySource_.add(cat({message.why, "  ", orDash(sourceOf(message))}));
  }
  if (message.why == "unaligned_signer") unaligned_.add(cat({sourceOf(message), "  for ", message.from}));
  if (message.hasSpf && message.spf.result == "permerror") spfBroken_.add(message.spf.domain);
  for (std::size_t i = 0; i < kSlowMs.size(); ++i) {
    if (message.dnsMs > kSlowMs[i]) ++slow_[i];
  }
  if (message.dnsMs > kSlowMs[1]) slowDomains_.add(orDash(message.from));
}

// What mode = "enforce" does, or would do.
void LogSummary::addEnforced(const LoggedMessage& message) {
  ++would_[message.would];
  if (message.would == "accept") return;
  wouldDomains_.add(cat({message.would, "  ", orDash(message.from)}));
  wouldClients_.add(cat({message.would, "  ", message.client}));
  if (!message.listId.empty()) wouldLists_.add(cat({message.would, "  ", message.listId}));
}

std::array<LogSummary::Table, 11> LogSummary::tables() const {
  return {{{"authors", "Author domains", &authors_},
           {"why_by_domain", "Why, by author domain", &whyByDomain_},
           {"why_by_source", "Why, by sending source", &whyBySource_},
           {"unaligned_sources", "Signed or sent, and not aligned", &unaligned_},
           {"enforce_domains", "enforce acts on author domains", &wouldDomains_},
           {"enforce_clients", "enforce acts on clients", &wouldClients_},
           {"enforce_lists", "enforce acts on lists (List-Id)", &wouldLists_},
           {"keys", "Keys with trouble", &keys_},
           {"spf_broken", "SPF records that cannot be evaluated", &spfBroken_},
           {"slow_dns", "DNS slower than 1 s, by author domain", &slowDomains_},
           {"forged_results", "Forged Authentication-Results, by client", &forgers_}}};
}

void LogSummary::print(std::ostream& out) const {
  out << messages_ << " messages, " << timeText(firstMs_) << " to " << timeText(lastMs_) << " UTC";
  if (torn_ > 0) out << ", " << torn_ << " torn lines skipped";
  if (foreign_ > 0) out << ", " << foreign_ << " foreign lines skipped";
  out << '\n';
  printCounts(out, "Not evaluated", exempt_, messages_);
  for (const auto& [method, counts] : results_) {
    std::uint64_t whole = 0;
    for (const auto& [word, count] : counts) whole += count;
    printCounts(out, cat({"Results of ", method, method == "dkim" ? ", one a signature" : ""}), counts,
                whole);
  }
  printCounts(out, "Why", why_, messages_);
  printCounts(out, "With mode = \"enforce\"", would_, messages_);
  if (slow_[0] > 0) {
    out << "\nMessages that waited for DNS longer than\n";
    for (std::size_t i = 0; i < slow_.size(); ++i)
      out << right(slow_[i], 12) << "  " << kSlowWords[i] << '\n';
  }
  if (removed_ > 0) out << '\n' << removed_ << " forged Authentication-Results fields removed\n";
  for (const Table& table : tables()) {
    const auto rows = table.top->most(kRows);
    if (rows.empty()) continue;
    out << '\n' << table.title << (table.top->exact() ? "" : " (too many to count exactly)") << '\n';
    for (const auto& [key, count] : rows) out << right(count, 12) << "  " << printable(key) << '\n';
  }
}

void LogSummary::write(report::JsonWriter& w) const {
  w.number("messages", static_cast<std::int64_t>(messages_));
  w.number("torn", static_cast<std::int64_t>(torn_));
  w.number("foreign", static_cast<std::int64_t>(foreign_));
  w.text("first", timeText(firstMs_));
  w.text("last", timeText(lastMs_));
  writeCounts(w, "exempt", exempt_);
  w.beginObject("results");
  for (const auto& [method, counts] : results_) writeCounts(w, method, counts);
  w.endObject();
  writeCounts(w, "why", why_);
  writeCounts(w, "enforce", would_);
  w.number("removed_ar", static_cast<std::int64_t>(removed_));
  w.beginObject("tables");
  for (const Table& table : tables()) writeCounts(w, table.name, table.top->most(kRows));
  w.endObject();
}

std::string lineText(const LoggedMessage& message, bool colours) {
  const std::string& result = message.dmarc.result;
  const std::string_view colour = !colours                                    ? ""
                                  : result == "pass"                          ? "\033[32m"
                                  : result == "fail" || result == "permerror" ? "\033[31m"
                                  : result == "temperror"                     ? "\033[35m"
                                                                              : "";
  const std::string_view end = colour.empty() ? "" : "\033[0m";
  std::string out =
      cat({timeText(message.timeMs).substr(11), "  ", padded(printable(orDash(message.queueId)), 12), "  ",
           colour, padded(result.empty() ? "-" : printable(result), 9), " ",
           padded(printable(orDash(message.why)), 18), end, "  ", printable(orDash(message.from)), "  from ",
           printable(message.client)});
  if (message.would != "accept")
    out += cat({"  ", message.action == message.would ? "" : "would ", printable(message.would)});
  if (!message.dmarc.reason.empty() && result != "pass") out += cat({"  ", printable(message.dmarc.reason)});
  if (!message.remedy.empty()) out += cat({"; to mend: ", printable(message.remedy)});
  return out;
}

}  // namespace alignd::cli
