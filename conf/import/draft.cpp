#include "conf/import/draft.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "conf/load.h"
#include "conf/nearest.h"
#include "conf/socket_address.h"
#include "dns/data/ascii.h"

namespace alignd::conf::migration {

namespace {

using ascii::cat;

constexpr std::array<std::string_view, 13> kSections{
    "milter", "log",    "metrics", "authentication_results", "trust", "dns", "limits", "spf", "dkim", "arc",
    "dmarc",  "policy", "reports"};

bool isPlain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

// For a comment: one line, bounded, ASCII.
std::string shown(std::string_view text) {
  constexpr std::size_t kMax = 200;
  std::string out(text.substr(0, kMax));
  std::replace_if(out.begin(), out.end(), [](char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return text.size() > kMax ? out + "..." : out;
}

std::string shown(const Word& word) {
  return cat(
      {shown(word.place.text()), ": ", shown(word.name), word.value.empty() ? "" : " ", shown(word.value)});
}

std::string inQuotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

bool isLoopback(std::string_view host, const std::optional<Network>& network) {
  return ascii::equalIgnoreCase(host, "localhost") ||
         (network && network->address.isLoopback() && network->prefix >= 8);
}

std::string_view withoutBrackets(std::string_view host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') return host.substr(1, host.size() - 2);
  return host;
}

bool overlap(const Network& a, const Network& b) {
  return a.contains(b.address) || b.contains(a.address);
}

}  // namespace

Draft::Key* Draft::find(std::string_view section, std::string_view key) {
  const auto found = std::find_if(keys_.begin(), keys_.end(),
                                  [&](const Key& one) { return one.section == section && one.name == key; });
  return found == keys_.end() ? nullptr : &*found;
}

bool Draft::has(std::string_view section, std::string_view key) const {
  return std::any_of(keys_.begin(), keys_.end(),
                     [&](const Key& one) { return one.section == section && one.name == key; });
}

// The one who spoke first is heard; whoever agrees is no news.
void Draft::set(std::string_view section, std::string_view key, std::string value, const Word& from) {
  if (const Key* known = find(section, key)) {
    const Entry& first = known->entries.front();
    if (first.value != value) {
      refuse(from, cat({key, " = ", first.value, " is in force: ", first.from.place.text(), ", ",
                        first.from.name}));
    }
    return;
  }
  keys_.push_back({std::string(section), std::string(key), false, {{std::move(value), from}}});
}

bool Draft::quotable(std::string_view value, const Word& from) {
  if (isPlain(value)) return true;
  refuse(from, "holds more than printable US-ASCII");
  return false;
}

void Draft::text(std::string_view section, std::string_view key, std::string_view value, const Word& from) {
  if (quotable(value, from)) set(section, key, inQuotes(value), from);
}

void Draft::flag(std::string_view section, std::string_view key, bool value, const Word& from) {
  set(section, key, value ? "true" : "false", from);
}

void Draft::number(std::string_view section, std::string_view key, std::string_view digits,
                   const Word& from) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
    return refuse(from, "is no number");
  }
  set(section, key, std::to_string(value), from);
}

void Draft::item(std::string_view section, std::string_view key, const Item& item, const Word& from) {
  Word word = from;
  word.place = item.place;
  if (item.place.file != from.place.file) {
    word.name = cat({from.name, " ", item.text});
    word.value.clear();
  }
  if (!quotable(item.text, word)) return;
  Key* known = find(section, key);
  if (known == nullptr) {
    keys_.push_back({std::string(section), std::string(key), true, {}});
    known = &keys_.back();
  }
  const std::string value = inQuotes(item.text);
  if (known->entries.size() == 50'000) return refuse(word, "more than 50000 entries");
  known->entries.push_back({value, std::move(word)});
}

void Draft::acceptRule(std::string_view name, std::string_view list, const std::vector<Item>& all,
                       const Word& from) {
  Rule rule{std::string(name), std::string(list), {}};
  for (const Item& one : all) {
    Word word = from;
    word.place = one.place;
    if (quotable(one.text, word)) rule.entries.push_back({inQuotes(one.text), std::move(word)});
  }
  const bool known =
      std::any_of(rules_.begin(), rules_.end(), [&](const Rule& other) { return other.name == name; });
  if (known) return refuse(from, "stands twice");
  if (!rule.entries.empty()) rules_.push_back(std::move(rule));
}

void Draft::authservId(const Word& from) {
  if (ascii::equalIgnoreCase(from.value, "HOSTNAME")) {
    return refuse(from, "the host's name is what alignd takes when authserv_id is not set");
  }
  if (!has("authentication_results", "authserv_id")) {
    return text("authentication_results", "authserv_id", from.value, from);
  }
  const Key* known = find("authentication_results", "authserv_id");
  if (known->entries.front().value == inQuotes(from.value)) return;
  item("authentication_results", "additional_ids", {from.value, from.place}, from);
}

void Draft::dnsTimeout(const Word& from) {
  unsigned seconds = 0;
  const auto [end, error] =
      std::from_chars(from.value.data(), from.value.data() + from.value.size(), seconds);
  if (from.value.empty() || error != std::errc() || end != from.value.data() + from.value.size()) {
    return refuse(from, "is no number of seconds");
  }
  if (seconds == 0) return refuse(from, "waiting without end is not possible: 5 seconds, unless set");
  if (Key* known = find("dns", "timeout")) {
    Entry& entry = known->entries.front();
    const auto before = parseDuration(std::string_view(entry.value).substr(1, entry.value.size() - 2));
    if (before && *before < std::chrono::seconds(seconds))
      entry = {inQuotes(cat({std::to_string(seconds), "s"})), from};
    return;
  }
  text("dns", "timeout", cat({std::to_string(seconds), "s"}), from);
}

void Draft::networks(std::string_view key, const DataSet& set, const Word& from) {
  if (!set.problem.empty()) return refuse(from, set.problem);
  std::vector<Network> exceptions;
  for (const Item& one : set.items) {
    if (!one.text.starts_with('!')) continue;
    if (const auto network = Network::parse(withoutBrackets(std::string_view(one.text).substr(1)))) {
      exceptions.push_back(*network);
    }
  }
  for (const Item& one : set.items) {
    Word word{one.place, from.name, one.text};
    if (one.text.starts_with('!')) {
      refuse(word, "exceptions cannot be said: list the networks around it");
      continue;
    }
    const std::string host(withoutBrackets(one.text));
    const auto network = Network::parse(host);
    if (isLoopback(host, network)) {
      same(word, "loopback is trusted unless [trust] loopback says otherwise");
      continue;
    }
    if (!network) {
      refuse(word, "is no network: a name is what the DNS of its address says, write the address");
    } else if (network->prefix == 0) {
      refuse(word, "is everybody");
    } else if (std::any_of(exceptions.begin(), exceptions.end(),
                           [&](const Network& other) { return overlap(*network, other); })) {
      refuse(word, "has an exception, which cannot be said: list the networks around it");
    } else {
      item("trust", key, {host, one.place}, from);
    }
  }
}

void Draft::domains(std::string_view section, std::string_view key, const DataSet& set, const Word& from) {
  if (!set.problem.empty()) refuse(from, set.problem);  // what could be read is taken all the same
  for (const Item& one : set.items) item(section, key, one, from);
}

void Draft::syslog(const Word& from) {
  if (!isTrue(from.value)) return same(from);
  text("log", "operational", "syslog", from);
  if (!has("log", "verdicts")) text("log", "verdicts", "syslog", from);
}

void Draft::socket(const Word& from, std::string_view reason) {
  const std::string& value = from.value;
  const bool inet = value.starts_with("inet:") || value.starts_with("inet6:");
  const auto parsed = parseSocketAddress(value);
  if (inet && std::holds_alternative<SocketAddress>(parsed)) return text("milter", "socket", value, from);
  refuse(from, inet ? std::string_view(std::get<std::string>(parsed)) : reason);
}

namespace {

constexpr std::size_t kMaxRefusals = 60'000;  // each is two lines

}  // namespace

std::size_t Draft::refused() const {
  return static_cast<std::size_t>(
      std::count_if(refusals_.begin(), refusals_.end(), [](const Refusal& one) { return !one.same; }));
}

void Draft::same(const Word& from, std::string_view reason) {
  if (refusals_.size() < kMaxRefusals) refusals_.push_back({from, shown(reason), true});
}

void Draft::refuse(const Word& from, std::string_view reason) {
  if (refusals_.size() < kMaxRefusals) refusals_.push_back({from, shown(reason), false});
}

void Draft::refuse(const Word& from, std::span<const Keyword> keywords) {
  if (const Keyword* row = migration::find(keywords, from.name)) {
    return row->fate == Fate::Always ? same(from, row->text) : refuse(from, row->text);
  }
  std::vector<std::string_view> names;
  for (const Keyword& one : keywords) names.push_back(one.name);
  const auto meant = nearest(from.name, names);
  refuse(from, meant.empty() ? std::string("is no option that is known")
                             : cat({"is no option that is known; did you mean ", meant, "?"}));
}

std::string Draft::body(std::map<unsigned, Line>* lines) const {
  std::string out;
  unsigned number = 1;
  const auto line = [&](std::string_view text) {
    out += text;
    out += '\n';
    ++number;
  };
  const auto value = [&](std::string_view text, Line which) {
    if (lines != nullptr) lines->emplace(number, which);
    line(text);
  };
  const auto list = [&](std::string_view name, const std::vector<Entry>& entries, bool rule,
                        std::size_t index) {
    if (lines != nullptr) lines->emplace(number, Line{rule, index, entries.size()});
    line(cat({name, " = ["}));
    for (std::size_t i = 0; i < entries.size(); ++i) {
      value(cat({"  ", entries[i].value, ",  # ", shown(entries[i].from.place.text()), ", ",
                 shown(entries[i].from.name)}),
            {rule, index, i});
    }
    line("]");
  };
  for (const auto section : kSections) {
    bool begun = false;
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      const Key& key = keys_[i];
      if (key.section != section || key.entries.empty()) continue;
      if (!begun) {
        line("");
        line(cat({"[", section, "]"}));
      }
      begun = true;
      if (key.isList) {
        list(key.name, key.entries, false, i);
        continue;
      }
      line(cat({"# ", shown(key.entries.front().from)}));
      value(cat({key.name, " = ", key.entries.front().value}), {false, i, 0});
    }
  }
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (rules_[i].entries.empty()) continue;
    line("");
    if (lines != nullptr) lines->emplace(number, Line{true, i, rules_[i].entries.size()});
    line("[[rule]]");
    line(cat({"name = ", inQuotes(rules_[i].name)}));
    list(rules_[i].list, rules_[i].entries, true, i);
    line("action = \"accept\"");
  }
  return out;
}

// One round: what the reader of settings says is wrong becomes a refusal with its words. False when nothing was.
bool Draft::dropRefused() {
  std::map<unsigned, Line> lines;
  const std::string text = body(&lines);
  const Loaded loaded = parse(text, "x");
  if (loaded.ok()) return false;
  // Which entry is to go: from behind, so that places stay.
  std::map<std::pair<bool, std::size_t>, std::map<std::size_t, std::string>> gone;
  for (const std::string& error : loaded.errors) {
    unsigned line = 0;
    std::from_chars(error.data() + std::min<std::size_t>(2, error.size()), error.data() + error.size(), line);
    const auto found = lines.find(line);
    if (found == lines.end()) continue;
    const auto text1 = error.find(": ");
    gone[{found->second.rule, found->second.key}].emplace(found->second.entry, error.substr(text1 + 2));
  }
  if (gone.empty()) {  // nobody is to blame alone
    for (const Key& key : keys_) {
      for (const Entry& entry : key.entries) refuse(entry.from, loaded.errors.front());
    }
    keys_.clear();
    rules_.clear();
    return false;
  }
  for (const auto& [which, entries] : gone) {
    auto& list = which.first ? rules_[which.second].entries : keys_[which.second].entries;
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
      if (entry->first >= list.size()) {  // the list or rule as a whole
        for (const Entry& one : list) refuse(one.from, entry->second);
        list.clear();
        break;
      }
      refuse(list[entry->first].from, entry->second);
      list.erase(list.begin() + static_cast<std::ptrdiff_t>(entry->first));
    }
  }
  return true;
}

std::string Draft::finish(const std::vector<std::string>& sources) {
  while (dropRefused()) {
  }
  std::string out = "# alignd.toml, made by alignd from\n";
  for (const auto& source : sources) out += cat({"#   ", shown(source), "\n"});
  out +=
      "# What was not taken over stands at the end, with the reason; alignd-migration(7) has all options.\n"
      "# Look at it with: alignd --check-config --config FILE\n";
  for (const auto& remark : remarks_) out += cat({"#\n# ", remark, "\n"});
  out += body(nullptr);
  out += refusalsText(false, "Not taken over");
  out += refusalsText(true, "Nothing to set");
  return out;
}

std::string Draft::refusalsText(bool same, std::string_view title) const {
  std::string out;
  for (const Refusal& refusal : refusals_) {
    if (refusal.same != same) continue;
    if (out.empty()) out = cat({"\n# ", title, ":\n"});
    out += cat({"# ", shown(refusal.word), "\n#     ", refusal.reason, "\n"});
  }
  return out;
}

}  // namespace alignd::conf::migration
