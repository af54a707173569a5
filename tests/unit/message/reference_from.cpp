#include "tests/unit/message/reference_from.h"

#include <algorithm>
#include <set>
#include <vector>

#include "verifier/message/encoded_word.h"
#include "verifier/message/from_parser.h"

namespace alignd::test {

namespace {

const std::string kBlank = " \t\r\n";
const std::string kSpecials = "<>()[]@,;:";

bool in(char c, const std::string& set) {
  return c != 0 && set.find(c) != std::string::npos;
}

// Each octet of a field and what it is.
enum class Kind { Text, Comment, Quoted };
struct Octet {
  char c;
  Kind kind;
};
using Octets = std::vector<Octet>;

Octets allText(const std::string& value, bool& doubtful) {
  doubtful = true;
  Octets out;
  for (char c : value) out.push_back({c, Kind::Text});
  return out;
}

// A state for each octet, as a reader would keep it who goes through the field by hand.
Octets classify(const std::string& value, bool& doubtful) {
  Octets out;
  int depth = 0;
  bool quoted = false;
  bool escape = false;
  for (char c : value) {
    const bool inside = depth > 0 || quoted;
    if (!inside && (c == '\\' || c == ')')) return allText(value, doubtful);
    if (escape) {
      escape = false;
      out.push_back({c, depth > 0 ? Kind::Comment : Kind::Quoted});
      continue;
    }
    escape = inside && c == '\\';
    if (!quoted && c == '(') ++depth;
    const bool comment = depth > 0;
    const bool quote = depth == 0 && c == '"';
    out.push_back({c, comment ? Kind::Comment : quoted || quote ? Kind::Quoted : Kind::Text});
    if (comment && !escape && c == ')') --depth;
    if (quote && !escape) quoted = !quoted;
  }
  return depth > 0 || quoted ? allText(value, doubtful) : out;
}

struct Seen {
  std::string text;
  std::string inside;  // what is between the brackets of the final angle-addr
  std::size_t open = std::string::npos;
  std::size_t close = std::string::npos;
  bool doubtful = false;  // where quotes and comments are
};

Seen see(const std::string& value) {
  Seen out;
  const Octets octets = classify(value, out.doubtful);
  for (const auto& octet : octets) out.text += octet.kind == Kind::Comment ? ' ' : octet.c;
  bool nested = false;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    if (octets[i].kind != Kind::Text) continue;
    if (octets[i].c == '<') {
      nested = out.open != std::string::npos && out.close == std::string::npos;
      out.open = i;
      out.close = std::string::npos;
    } else if (octets[i].c == '>' && out.open != std::string::npos && out.close == std::string::npos) {
      out.close = i;
    }
  }
  if (out.open == std::string::npos) return out;
  const bool closed = out.close != std::string::npos;
  if (!closed) out.close = value.size();
  out.inside = out.text.substr(out.open + 1, out.close - out.open - 1);
  const std::size_t nameEnd =
      out.open == 0 ? std::string::npos : out.text.find_last_not_of(kBlank, out.open - 1);
  const bool named = nameEnd != std::string::npos && octets[nameEnd].kind == Kind::Quoted;
  const std::size_t at = out.inside.find('@');
  const bool address = at != std::string::npos && out.inside.rfind('@') == at &&
                       out.inside.find_first_not_of(kBlank) < at &&
                       out.inside.find_first_not_of(kBlank, at + 1) != std::string::npos &&
                       out.inside.find_first_of(",;:") == std::string::npos;
  const bool last = closed && out.text.find_first_not_of(kBlank + ";,.>", out.close) == std::string::npos;
  if (!named || nested || !address || !last) return out;
  // Back to the quote that opens the last of the strings that stand there, as the states told.
  std::size_t begin = 0;
  bool open = false;
  bool escape = false;
  for (std::size_t i = 0; i <= nameEnd; ++i) {
    if (octets[i].kind != Kind::Quoted) {
      open = false;
      continue;
    }
    if (escape) {
      escape = false;
    } else if (open && octets[i].c == '\\') {
      escape = true;
    } else if (octets[i].c == '"') {
      open = !open;
      if (open) begin = i;
    }
  }
  for (std::size_t i = begin; i <= nameEnd; ++i) out.text[i] = ' ';
  return out;
}

bool hostOctet(char c) {
  return (c & 0x80) != 0 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         in(c, "-_.");
}

std::string rtrim(std::string text, const std::string& ends) {
  while (!text.empty() && in(text.back(), ends)) text.pop_back();
  return text;
}

// What stands behind an "@": the words of it.
struct Behind {
  std::string host;
  std::string joined;  // with blanks around dots alone
  std::string whole;
  bool literal;
  std::size_t at;
};

// Takes blanks and comments (where nothing has been hidden) off the front.
void takeBlanks(std::string& rest) {
  while (!rest.empty()) {
    if (in(rest[0], kBlank)) {
      rest.erase(0, 1);
      continue;
    }
    if (rest[0] != '(') return;
    int depth = 0;
    bool escape = false;
    std::size_t length = 0;
    for (char c : rest) {
      if (++length > 4 * 253) return;  // longer ones are not looked through
      const bool plain = !escape;
      escape = plain && c == '\\';
      if (plain && c == '(') ++depth;
      if (plain && c == ')') --depth;
      if (depth == 0) break;
    }
    if (depth > 0) return;
    rest.erase(0, length);
  }
}

Behind behind(const std::string& text, std::size_t at) {
  std::string rest = text.substr(at + 1);
  takeBlanks(rest);
  Behind out{"", "", "", false, at};
  std::string* joined = &out.joined;
  for (char c : rest) {
    if (!hostOctet(c)) break;
    out.host += c;
  }
  out.literal = out.host.empty() && !rest.empty() && rest[0] == '[';
  out.host = rtrim(out.host, ".-");
  bool first = true;
  while (true) {
    std::string word;
    for (char c : rest) {
      if (in(c, kBlank) || in(c, kSpecials)) break;
      word += c;
    }
    if (word.empty()) break;
    rest.erase(0, word.size());
    takeBlanks(rest);
    const bool behindADot = word[0] == '.' || (!out.whole.empty() && out.whole.back() == '.');
    if (!first && !behindADot && !rest.empty() && rest[0] == '@') break;
    if (!first && !behindADot) joined = nullptr;
    if (joined != nullptr) *joined += word;
    out.whole += word;
    first = false;
  }
  out.joined = rtrim(out.joined, ".-\"'");
  out.whole = rtrim(out.whole, ".-\"'");
  return out;
}

bool dotted(std::string domain) {
  for (const char* dot : {"\xe3\x80\x82", "\xef\xbc\x8e", "\xef\xbd\xa1"}) {
    for (auto at = domain.find(dot); at != std::string::npos; at = domain.find(dot))
      domain = domain.substr(0, at) + '.' + domain.substr(at + 3);
  }
  const auto dot = domain.find('.');
  return dot != std::string::npos && dot + 1 < domain.size();
}

// What `longer` has beyond `host` names something else.
bool goesOn(const Behind& one, const std::string& longer) {
  bool dot = false;
  for (std::size_t i = one.host.size(); i < longer.size(); ++i) {
    const char c = longer[i];
    if (dot && hostOctet(c) && !in(c, "-_.")) return true;
    dot = dot || c == '.';
  }
  return false;
}

// All that one reading names; "" for what is no host name.
std::set<std::string> named(const Seen& seen) {
  std::vector<Behind> inside;
  std::vector<Behind> outside;
  for (std::size_t i = 0; i < seen.text.size(); ++i) {
    if (seen.text[i] != '@') continue;
    const bool angle = seen.open != std::string::npos && i > seen.open && i < seen.close;
    (angle ? inside : outside).push_back(behind(seen.text, i));
  }
  std::set<std::string> out;
  std::set<std::string> undottedInside;
  std::set<std::string> undottedOutside;
  bool dottedInside = false;
  for (const auto* all : {&inside, &outside}) {
    const bool angle = all == &inside;
    for (const auto& one : *all) {
      if (one.literal) {
        out.insert("");
      } else if (dotted(one.host) || goesOn(one, one.whole)) {
        dottedInside = dottedInside || angle;
        if (dotted(one.host)) out.insert(message::hostName(one.host));
        if (goesOn(one, one.joined)) out.insert(message::hostName(one.joined));
        const bool address = angle || seen.open == std::string::npos;
        if (one.whole != one.host && (address || goesOn(one, one.whole)))
          out.insert(message::hostName(one.whole));
      } else if (!one.whole.empty()) {
        (angle ? undottedInside : undottedOutside).insert(message::hostName(one.whole));
      }
    }
  }
  if (!dottedInside) out.insert(undottedInside.begin(), undottedInside.end());
  return out.empty() ? undottedOutside : out;
}

// Encoded-words of the display name that stand for a name and nothing else are blanked.
std::string withoutNameWords(const std::string& value, const Seen& seen, message::WordRules rules) {
  std::string out = value;
  if (seen.open == std::string::npos || seen.doubtful) return out;
  std::size_t end = seen.open;
  const auto words = message::findEncodedWords(value, rules);
  for (std::size_t i = words.size(); i-- > 0;) {
    const auto [from, to] = words[i];
    if (to > end) continue;
    if (seen.text.substr(to, end - to).find_first_of("<>@,;:[]") != std::string::npos) break;
    end = from;
    const std::string decoded = message::decodeEncodedWords(value.substr(from, to - from), rules);
    const bool quotes = value.find('"') != std::string::npos || value.find('(') != std::string::npos;
    const bool marks = std::any_of(decoded.begin(), decoded.end(),
                                   [&](char c) { return in(c, "<,;") || (quotes && in(c, "\"()\\")); });
    if (seen.text[from] == '=' && !marks) out.replace(from, to - from, to - from, ' ');
  }
  return out;
}

}  // namespace

std::optional<std::string> referenceFrom(const std::string& value) {
  std::string unfolded;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::string three = value.substr(i, 3);
    if (three == "\r\n " || three == "\r\n\t") i += 2;
    unfolded += value[i];
  }
  if (unfolded.find_first_of(std::string("\r\n\v\f\x1c\x1d\x1e\0", 8)) != std::string::npos)
    return std::nullopt;
  const Seen plain = see(value);
  const std::set<std::string> author = named(plain);
  if (author.size() != 1 || author.begin()->empty()) return std::nullopt;
  for (const message::WordRules rules : message::kAllWordRules) {
    if (message::findEncodedWords(value, rules).empty()) continue;
    const std::string shown = withoutNameWords(value, plain, rules);
    for (const std::string left : {"", "\"()\\"}) {
      const auto other = named(see(message::decodeEncodedWords(shown, rules, left)));
      if (!other.empty() && other != author) return std::nullopt;
    }
  }
  return *author.begin();
}

}  // namespace alignd::test
