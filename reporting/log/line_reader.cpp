#include "reporting/log/line_reader.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include <simdjson.h>

#include "dns/data/ascii.h"

namespace alignd::reporting {

namespace {

namespace dom = simdjson::dom;

// Verdict lines nest four deep; what is deeper is none.
constexpr std::size_t kMaxDepth = 32;
// Elements of one array that are looked at.
constexpr std::size_t kMaxElements = 1000;

std::string_view viewOf(const dom::element& element) {
  std::string_view text;
  return element.get(text) == simdjson::SUCCESS ? text : std::string_view();
}

bool truth(const dom::element& element) {
  bool value = false;
  return element.get(value) == simdjson::SUCCESS && value;
}

// Zero for what is none, or negative, or beyond all reason.
std::int64_t wholeNumber(const dom::element& element) {
  constexpr double kMost = 1e15;
  double value = 0;
  if (element.get(value) != simdjson::SUCCESS || !(value > 0) || value > kMost) return 0;
  return static_cast<std::int64_t>(value);
}

template <class Use>
void eachMember(const dom::element& element, Use&& use) {
  dom::object object;
  if (element.get(object) != simdjson::SUCCESS) return;
  for (const auto& [key, value] : object) use(key, value);
}

template <class Use>
void eachElement(const dom::element& element, Use&& use) {
  dom::array array;
  if (element.get(array) != simdjson::SUCCESS) return;
  std::size_t count = 0;
  for (const dom::element& item : array) {
    if (++count > kMaxElements) return;
    use(item);
  }
}

void readStrings(const dom::element& element, std::vector<std::string>& out) {
  eachElement(element, [&](const dom::element& item) { out.emplace_back(viewOf(item)); });
}

void readSpf(const dom::element& element, LoggedSpf& out) {
  eachMember(element, [&](std::string_view key, const dom::element& value) {
    if (key == "result") out.result = viewOf(value);
    if (key == "domain") out.domain = viewOf(value);
    if (key == "reason") out.reason = viewOf(value);
    if (key == "null_path") out.nullPath = truth(value);
  });
}

void readSignature(const dom::element& element, LoggedSignature& out) {
  eachMember(element, [&](std::string_view key, const dom::element& value) {
    if (key == "result") out.result = viewOf(value);
    if (key == "d") out.domain = viewOf(value);
    if (key == "s") out.selector = viewOf(value);
    if (key == "reason") out.reason = viewOf(value);
    if (key == "text") out.text = viewOf(value);
  });
}

void readIdentifier(const dom::element& element, LoggedIdentifier& out) {
  eachMember(element, [&](std::string_view key, const dom::element& value) {
    if (key == "kind") out.kind = viewOf(value);
    if (key == "domain") out.domain = viewOf(value);
    if (key == "selector") out.selector = viewOf(value);
    if (key == "passed") out.passed = truth(value);
    if (key == "aligned") out.aligned = truth(value);
  });
}

void readSet(const dom::element& element, LoggedSet& out) {
  eachMember(element, [&](std::string_view key, const dom::element& value) {
    if (key == "i") out.instance = wholeNumber(value);
    if (key == "ams") out.messagePasses = viewOf(value) == "pass";
    if (key == "vouches") out.vouches = truth(value);
    if (key == "d") out.domain = viewOf(value);
    if (key == "s") out.selector = viewOf(value);
  });
}

void readStep(const dom::element& element, LoggedStep& out) {
  eachMember(element, [&](std::string_view key, const dom::element& value) {
    if (key == "name") out.name = viewOf(value);
    if (key == "answer") out.answer = viewOf(value);
    if (key == "record") out.record = viewOf(value);
    if (key == "problem") out.problem = viewOf(value);
  });
}

void readAligned(const dom::element& element, LoggedDmarc& out) {
  eachElement(element, [&](const dom::element& item) {
    out.alignedSpf = out.alignedSpf || viewOf(item) == "spf";
    out.alignedDkim = out.alignedDkim || viewOf(item) == "dkim";
  });
}

struct TextMember {
  std::string_view key;
  std::string LoggedDmarc::* member;
};
constexpr TextMember kDmarcTexts[]{
    {"result", &LoggedDmarc::result},
    {"reason", &LoggedDmarc::reason},
    {"policy_domain", &LoggedDmarc::policyDomain},
    {"p", &LoggedDmarc::p},
    {"sp", &LoggedDmarc::sp},
    {"np", &LoggedDmarc::np},
    {"policy", &LoggedDmarc::policy},
    {"disposition", &LoggedDmarc::disposition},
    {"adkim", &LoggedDmarc::adkim},
    {"aspf", &LoggedDmarc::aspf},
    {"fo", &LoggedDmarc::fo},
    {"method", &LoggedDmarc::method},
};

template <class T, class Read>
void readList(const dom::element& element, std::vector<T>& out, Read&& read) {
  eachElement(element, [&](const dom::element& item) { read(item, out.emplace_back()); });
}

void readDmarc(const dom::element& element, LoggedDmarc& out) {
  eachMember(element, [&](std::string_view key, const dom::element& value) {
    for (const TextMember& text : kDmarcTexts) {
      if (text.key != key) continue;
      out.*text.member = viewOf(value);
      return;
    }
    if (key == "t") {
      out.testing = truth(value);
    } else if (key == "discovery_failed") {
      out.discoveryFailed = truth(value);
    } else if (key == "psd") {
      out.psd = viewOf(value) == "y";
    } else if (key == "rua") {
      readStrings(value, out.rua);
    } else if (key == "ruf") {
      readStrings(value, out.ruf);
    } else if (key == "aligned") {
      readAligned(value, out);
    } else if (key == "identifiers") {
      readList(value, out.identifiers, readIdentifier);
    } else if (key == "walk") {
      readList(value, out.walk, readStep);
    }
  });
}

void readArc(const dom::element& element, LoggedMessage& out) {
  eachMember(element, [&](std::string_view key, const dom::element& value) {
    if (key == "result") out.arc = viewOf(value);
    if (key == "sets") readList(value, out.arcSets, readSet);
    if (key == "trusted_instance") out.arcTrustedInstance = wholeNumber(value);
    if (key == "trusted_pass") out.arcTrustedPass = truth(value);
    if (key == "trusted_transient") out.arcTrustedTransient = truth(value);
  });
}

struct LineText {
  std::string_view key;
  std::string LoggedMessage::* member;
};
constexpr LineText kLineTexts[]{
    {"host", &LoggedMessage::host},
    {"queue_id", &LoggedMessage::queueId},
    {"client", &LoggedMessage::client},
    {"helo", &LoggedMessage::helo},
    {"mail_from", &LoggedMessage::mailFrom},
    {"exempt", &LoggedMessage::exempt},
    {"from", &LoggedMessage::from},
    {"from_problem", &LoggedMessage::fromProblem},
    {"why", &LoggedMessage::why},
    {"remedy", &LoggedMessage::remedy},
    {"list_id", &LoggedMessage::listId},
    {"action", &LoggedMessage::action},
    {"would", &LoggedMessage::would},
    {"cause", &LoggedMessage::cause},
    {"rule", &LoggedMessage::rule},
    {"override", &LoggedMessage::overrideType},
    {"override_comment", &LoggedMessage::overrideComment},
};

void readMember(std::string_view key, const dom::element& value, LoggedMessage& out) {
  for (const LineText& text : kLineTexts) {
    if (text.key != key) continue;
    out.*text.member = viewOf(value);
    return;
  }
  if (key == "time") {
    out.timeMs = parseTime(viewOf(value));
  } else if (key == "rcpt_domains") {
    readStrings(value, out.recipientDomains);
  } else if (key == "spf") {
    out.hasSpf = true;
    readSpf(value, out.spf);
  } else if (key == "spf_helo") {
    out.hasSpfHelo = true;
    readSpf(value, out.spfHelo);
  } else if (key == "dkim") {
    readList(value, out.dkim, readSignature);
  } else if (key == "arc") {
    readArc(value, out);
  } else if (key == "dmarc") {
    out.hasDmarc = true;
    readDmarc(value, out.dmarc);
  } else if (key == "report") {
    out.report = truth(value);
  } else if (key == "persistent_failure") {
    out.persistentFailure = truth(value);
  } else if (key == "removed_ar") {
    out.removedResults = static_cast<std::uint64_t>(wholeNumber(value));
  } else if (key == "dns_ms") {
    out.dnsMs = wholeNumber(value);
  }
}

// What stands before the object in a file of syslog. Other programs that write there quote what strangers sent them
// (Postfix: `message-id=x alignd: {...}`): only behind our own tag is an object ours, and before a tag stand a date and a
// host, not another tag.
bool isOurPrefix(std::string_view prefix) {
  if (prefix.empty()) return true;
  if (!prefix.ends_with(": ")) return false;
  prefix.remove_suffix(2);
  if (prefix.ends_with(']')) {
    prefix.remove_suffix(1);
    while (!prefix.empty() && ascii::isDigit(prefix.back())) prefix.remove_suffix(1);
    if (!prefix.ends_with('[')) return false;
    prefix.remove_suffix(1);
  }
  constexpr std::string_view kTag = "alignd";
  constexpr std::ptrdiff_t kMostBlanks = 5;  // "Nov  2 03:14:15 mx1 alignd"
  if (prefix == kTag) return true;
  return prefix.ends_with(" alignd") && prefix.find(": ") == std::string_view::npos &&
         std::count(prefix.begin(), prefix.end(), ' ') <= kMostBlanks;
}

bool beginsAsOurs(std::string_view object) {
  return object.starts_with("{\"time\":\"") || object.starts_with("{\"v\":");
}

// Days since 1970 of a date that exists.
std::optional<std::int64_t> daysOf(int year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

}  // namespace

std::int64_t parseTime(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd.dddZ";
  if (text.size() != kForm.size()) return -1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (kForm[i] == 'd' ? !ascii::isDigit(text[i]) : text[i] != kForm[i]) return -1;
  }
  const auto number = [&](std::size_t from, std::size_t count) {
    int value = 0;
    for (std::size_t i = from; i < from + count; ++i) value = value * 10 + (text[i] - '0');
    return value;
  };
  const auto days = daysOf(number(0, 4), number(5, 2), number(8, 2));
  const int hour = number(11, 2);
  const int minute = number(14, 2);
  const int second = number(17, 2);
  if (!days || *days < 0 || hour > 23 || minute > 59 || second > 60) return -1;
  return ((*days * 24 + hour) * 60 + minute) * 60'000 + second * std::int64_t{1000} + number(20, 3);
}

struct LineReader::Buffers {
  dom::parser outer{kMaxLine + 1};
  dom::parser inner{kMaxLine + 1};  // MESSAGE of a journal entry lies in the outer one's buffer
};

LineReader::LineReader() : buffers_(std::make_unique<Buffers>()) {
  for (dom::parser* parser : {&buffers_->outer, &buffers_->inner}) {
    if (parser->allocate(std::size_t{64} << 10U, kMaxDepth) != simdjson::SUCCESS) throw std::bad_alloc();
  }
}

LineReader::~LineReader() = default;

LineKind LineReader::read(std::string_view line, LoggedMessage& out) {
  while (!line.empty() && (ascii::isWsp(line.back()) || line.back() == '\r')) line.remove_suffix(1);
  if (line.empty()) return LineKind::Blank;
  const auto begin = line.find('{');
  if (begin == std::string_view::npos || line.size() > kMaxLine) return LineKind::Foreign;
  if (!isOurPrefix(line.substr(0, begin))) return LineKind::Foreign;
  line.remove_prefix(begin);
  LineKind bad = beginsAsOurs(line) ? LineKind::Torn : LineKind::Foreign;

  dom::element root;
  if (buffers_->outer.parse(line.data(), line.size()).get(root) != simdjson::SUCCESS) return bad;
  std::string journalHost;
  std::string_view message;
  std::string_view identifier;
  if (root["MESSAGE"].get(message) == simdjson::SUCCESS) {
    std::string_view host;
    if (root["_HOSTNAME"].get(host) == simdjson::SUCCESS) journalHost = host;
    if (root["SYSLOG_IDENTIFIER"].get(identifier) != simdjson::SUCCESS || identifier != "alignd") {
      return LineKind::Foreign;
    }
    bad = beginsAsOurs(message) ? LineKind::Torn : LineKind::Foreign;
    if (buffers_->inner.parse(message.data(), message.size()).get(root) != simdjson::SUCCESS) return bad;
  }
  out = {};
  out.timeMs = -1;
  eachMember(root, [&](std::string_view key, const dom::element& value) { readMember(key, value, out); });
  if (out.timeMs < 0 || out.action.empty()) return bad;
  if (out.host.empty()) out.host = std::move(journalHost);
  return LineKind::Message;
}

}  // namespace alignd::reporting
