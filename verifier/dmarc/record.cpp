#include "verifier/dmarc/record.h"

#include <algorithm>
#include <array>

#include "dns/data/ascii.h"
#include "verifier/dmarc/near_miss.h"

namespace alignd::dmarc {

namespace {

using ascii::cat;

struct Tag {
  std::string_view name;
  std::string_view value;
};

constexpr std::size_t kShown = 64;  // octets of a foreign value that go into a problem

constexpr bool isBlank(char c) {
  return ascii::isWsp(c) || c == '\r' || c == '\n';
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && isBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && isBlank(text.back())) text.remove_suffix(1);
  return text;
}

// The next piece of `rest` up to `separator`, without blanks around it.
std::string_view takePiece(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const auto piece = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return trim(piece);
}

std::string_view shown(std::string_view value) {
  return value.substr(0, kShown);
}

// dmarc-tag = 1*ALPHA equals 1*dmarc-value; dmarc-value = %x20-3A / %x3C-7E
std::optional<Tag> parseTag(std::string_view piece) {
  const auto equals = piece.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const Tag tag{trim(piece.substr(0, equals)), trim(piece.substr(equals + 1))};
  if (tag.name.empty() || !std::all_of(tag.name.begin(), tag.name.end(), ascii::isAlpha)) return std::nullopt;
  return tag;
}

std::optional<Policy> parsePolicy(std::string_view value) {
  for (const Policy policy : {Policy::None, Policy::Quarantine, Policy::Reject}) {
    if (ascii::equalIgnoreCase(value, policyWord(policy))) return policy;
  }
  return std::nullopt;
}

// The letter of a one-letter value in lower case; 0 when it is none of `letters`.
char parseLetter(std::string_view value, std::string_view letters) {
  if (value.size() != 1) return 0;
  const char letter = ascii::lower(value.front());
  return letters.find(letter) == std::string_view::npos ? '\0' : letter;
}

// dmarc-fo: 0 and 1 exclude each other, d and s; each once, in any order.
bool isFailureOptions(std::string_view value) {
  std::string seen;
  while (true) {
    const auto end = value.find(':');
    const char letter = parseLetter(value.substr(0, end), "01ds");
    if (letter == 0 || seen.find(letter) != std::string::npos) return false;
    seen += letter;
    if (end == std::string_view::npos) break;
    value.remove_prefix(end + 1);
  }
  return seen.find('0') == std::string::npos || seen.find('1') == std::string::npos;
}

// obs-dmarc-report-size = "!" 1*DIGIT [ "k" / "m" / "g" / "t" ]
std::string_view withoutReportSize(std::string_view uri) {
  const auto mark = uri.rfind('!');
  if (mark == std::string_view::npos) return uri;
  auto size = uri.substr(mark + 1);
  if (!size.empty() && std::string_view("kmgt").find(ascii::lower(size.back())) != std::string_view::npos) {
    size.remove_suffix(1);
  }
  const bool number = !size.empty() && std::all_of(size.begin(), size.end(), ascii::isDigit);
  return number ? uri.substr(0, mark) : uri;
}

bool isHex(char c) {
  const char l = ascii::lower(c);
  return ascii::isDigit(c) || (l >= 'a' && l <= 'f');
}

// Reads the tags of one record. Flags of what was met first live here, not in Record.
class RecordReader {
 public:
  explicit RecordReader(Record& record) : record_(record) {}
  void read(std::string_view rest);
  void conclude();

 private:
  void readTag(const Tag& tag);
  void readPolicyTag(const Tag& tag);
  void readUris(const Tag& tag, std::vector<std::string>& out);
  void problem(std::initializer_list<std::string_view> parts) {
    if (record_.problems.size() < kMaxProblems) record_.problems.push_back(cat(parts));
  }
  // What it hangs on that there is no usable policy: the first of these.
  void decisive(std::initializer_list<std::string_view> parts) {
    problem(parts);
    if (record_.policyProblem.empty()) record_.policyProblem = cat(parts);
  }
  void badValue(const Tag& tag, std::string_view instead) {
    problem({tag.name, "= is ", shown(tag.value), ", which is not valid, taken as ", instead});
  }

  static constexpr std::size_t kMaxProblems = 20;
  static constexpr std::array<std::string_view, 10> kTags{"p",   "sp",  "np", "adkim", "aspf",
                                                          "rua", "ruf", "fo", "psd",   "t"};
  Record& record_;
  std::array<bool, kTags.size()> seen_{};
  bool policyGiven_ = false;
  bool policyFault_ = false;
};

void RecordReader::read(std::string_view rest) {
  while (!rest.empty()) {
    const auto piece = takePiece(rest, ';');
    if (piece.empty()) continue;
    const auto tag = parseTag(piece);
    if (!tag) {
      problem({"ignored, not a tag: ", shown(piece)});
      continue;
    }
    const auto known = std::find_if(kTags.begin(), kTags.end(), [&](std::string_view name) {
      return ascii::equalIgnoreCase(name, tag->name);
    });
    if (known == kTags.end()) {
      const bool historic = ascii::equalIgnoreCase(tag->name, "pct") ||
                            ascii::equalIgnoreCase(tag->name, "rf") ||
                            ascii::equalIgnoreCase(tag->name, "ri");
      problem({"ignored, ", historic ? "historic" : "unknown", " tag: ", shown(tag->name)});
      continue;
    }
    auto& seen = seen_[static_cast<std::size_t>(known - kTags.begin())];
    if (seen) {
      problem({"ignored, tag stands twice: ", *known});
      continue;
    }
    seen = true;
    readTag({*known, tag->value});
  }
}

void RecordReader::readTag(const Tag& tag) {
  if (tag.name == "p" || tag.name == "sp" || tag.name == "np") {
    readPolicyTag(tag);
  } else if (tag.name == "adkim" || tag.name == "aspf") {
    const char mode = parseLetter(tag.value, "rs");
    if (mode == 0) badValue(tag, "r");
    (tag.name == "adkim" ? record_.adkim : record_.aspf) =
        mode == 's' ? Alignment::Strict : Alignment::Relaxed;
  } else if (tag.name == "psd") {
    record_.psd = parseLetter(tag.value, "ynu");
    if (record_.psd == 0) {
      badValue(tag, "u");
      record_.psd = 'u';
    }
  } else if (tag.name == "t") {
    const char testing = parseLetter(tag.value, "yn");
    if (testing == 0) badValue(tag, "n");
    record_.testing = testing == 'y';
  } else if (tag.name == "fo") {
    if (isFailureOptions(tag.value)) {
      record_.fo = tag.value;
    } else {
      badValue(tag, "0");
    }
  } else {
    if (tag.name == "rua") record_.ruaGiven = true;
    readUris(tag, tag.name == "rua" ? record_.rua : record_.ruf);
  }
}

void RecordReader::readPolicyTag(const Tag& tag) {
  const auto policy = parsePolicy(tag.value);
  if (!policy) {
    policyFault_ = true;
    decisive({tag.name, "= is ", tag.value.empty() ? "empty" : shown(tag.value),
              tag.value.empty() ? "" : ", which is no policy"});
  } else if (tag.name == "p") {
    record_.policy = *policy;
    policyGiven_ = true;
  } else {
    (tag.name == "sp" ? record_.subdomain : record_.nonexistent) = policy;
  }
}

void RecordReader::readUris(const Tag& tag, std::vector<std::string>& out) {
  std::string_view rest = tag.value;
  do {
    const auto uri = withoutReportSize(takePiece(rest, ','));
    if (!isReportingUri(uri)) {
      problem({"ignored in ", tag.name, ", not a URI: ", shown(uri)});
    } else if (out.size() >= kMaxUris) {
      problem({"ignored, too many URIs: ", tag.name});
      return;
    } else {
      out.emplace_back(uri);
    }
  } while (!rest.empty());
}

// Section 4.10.1: without a valid p, or with an sp or np that is not, the record counts as p=none when rua
// holds at least one valid URI, and not at all otherwise.
void RecordReader::conclude() {
  if (policyGiven_ && !policyFault_) return;
  if (!seen_[0]) decisive({"p= is missing"});
  record_.policy = Policy::None;
  record_.subdomain.reset();
  record_.nonexistent.reset();
  record_.usable = !record_.rua.empty();
  record_.assumedNone = record_.usable;
}

}  // namespace

bool isReportingUri(std::string_view uri) {
  if (uri.size() > kMaxUri) return false;
  const auto colon = uri.find(':');
  if (colon == 0 || colon == std::string_view::npos || !ascii::isAlpha(uri.front())) return false;
  const auto scheme = uri.substr(0, colon);
  const auto rest = uri.substr(colon + 1);
  if (rest.empty()) return false;
  if (!std::all_of(scheme.begin(), scheme.end(),
                   [](char c) { return ascii::isAlnum(c) || c == '+' || c == '-' || c == '.'; })) {
    return false;
  }
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '%') {  // pct-encoded = "%" HEXDIG HEXDIG (RFC 3986 section 2.1)
      if (i + 2 >= rest.size() || !isHex(rest[i + 1]) || !isHex(rest[i + 2])) return false;
      i += 2;
    } else if (!ascii::isAlnum(rest[i]) &&
               std::string_view("-._~:/?#[]@$&'()*+;=").find(rest[i]) == std::string_view::npos) {
      return false;
    }
  }
  if (!ascii::equalIgnoreCase(scheme, "mailto")) return true;
  const auto address = rest.substr(0, rest.find('?'));  // RFC 6068 section 2
  const auto at = address.rfind('@');
  return at != std::string_view::npos && at > 0 && at + 1 < address.size();
}

std::optional<Record> parseRecord(std::string_view text) {
  // dmarc-version = "v" equals %s"DMARC1", at the very beginning.
  std::string_view rest = text;
  if (rest.empty() || ascii::lower(rest.front()) != 'v') return std::nullopt;
  const auto version = parseTag(takePiece(rest, ';'));
  if (!version || version->name.size() != 1 || version->value != "DMARC1") return std::nullopt;
  Record record;
  record.text = text.substr(0, kShownRecord);
  if (text.size() > kShownRecord) record.text += "...";
  if (text.find_first_of("\r\n") != std::string_view::npos)
    record.tolerated = "line ends as blanks in the record";
  RecordReader reader(record);
  reader.read(rest);
  reader.conclude();
  return record;
}

PolicyAnswer readPolicyAnswer(const dns::Answer& answer) {
  PolicyAnswer out;
  std::size_t found = 0;
  std::optional<NearMiss> near;
  for (const auto& record : answer.records) {
    const auto* text = std::get_if<dns::Txt>(&record.data);
    if (text == nullptr) continue;
    auto parsed = parseRecord(*text);
    if (!parsed) {
      if (!near) near = nearMiss(*text);
      continue;
    }
    ++found;
    out.record = std::move(parsed);
  }
  if (found > 1) {
    out.record.reset();
    out.problem = cat({std::to_string(found), " DMARC records, all discarded"});
  } else if (out.record && !out.record->usable) {
    out.problem = unusableText(*out.record);
  } else if (out.record && out.record->assumedNone) {
    out.problem = cat({out.record->policyProblem, ", taken as none"});
  } else if (out.record) {
    out.problem = out.record->tolerated;
  } else if (near) {
    out.problem = cat({"nearly a DMARC record: ", near->problem});
  } else if (answer.status == dns::Status::DanglingCname && !answer.chain.empty()) {
    out.problem = cat({"an alias of ", answer.chain.back().target.text(), ", which does not exist"});
  }
  return out;
}

std::string unusableText(const Record& record) {
  return cat(
      {record.policyProblem, record.ruaGiven ? ", and no URI in rua= is valid" : ", and there is no rua="});
}

std::size_t derivedCost(const PolicyAnswer& answer) {
  std::size_t size = sizeof(PolicyAnswer) + answer.problem.capacity();
  if (!answer.record) return size;
  size += answer.record->text.capacity();
  for (const auto* list : {&answer.record->rua, &answer.record->ruf, &answer.record->problems}) {
    for (const auto& text : *list) size += sizeof(std::string) + text.capacity();
  }
  return size;
}

}  // namespace alignd::dmarc
