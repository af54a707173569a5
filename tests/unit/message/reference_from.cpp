#include "tests/unit/message/reference_from.h"

#include <algorithm>
#include <utility>

#include "verifier/message/encoded_word.h"
#include "verifier/message/from_parser.h"

namespace alignd::test {

namespace {

using Domains = std::vector<std::string>;

// Folds become the blank that they are (RFC 5322 section 2.2.3).
std::string unfold(const std::string& value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::string next = value.substr(i, 3);
    if (next == "\r\n " || next == "\r\n\t") {
      out += next[2];
      i += 2;
    } else {
      out += value[i];
    }
  }
  return out;
}

bool isAtext(char c) {
  const auto octet = static_cast<unsigned char>(c);
  if (octet >= 0x80) return true;
  if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
  return c != 0 && std::string("!#$%&'*+-/=?^_`{|}~").find(c) != std::string::npos;
}

enum class Verdict { Good, Bad, Hidden };

// Recursive descent, a character at a time.
class Grammar {
 public:
  explicit Grammar(std::string text) : s_(std::move(text)) {}
  Verdict list(Domains& out);
  Verdict addrSpecOnly(Domains& out);
  bool lexable();

 private:
  char at(std::size_t i) const { return i < s_.size() ? s_[i] : '\0'; }
  char here() const { return at(p_); }
  bool end() const { return p_ >= s_.size(); }
  bool eat(char c) {
    skip();
    if (end() || here() != c) return false;
    ++p_;
    return true;
  }
  bool see(char c) {
    skip();
    return !end() && here() == c;
  }
  bool atEnd() {
    skip();
    return end();
  }
  bool comment();
  bool quoted();
  bool literal();
  bool skip();
  bool word(std::string* atom);
  Verdict member(Domains& out);
  Verdict angle(Domains& out);
  Verdict addrSpec(Domains& out);
  Verdict localPart();
  Verdict domain(std::string& out);

  std::string s_;
  std::size_t p_ = 0;
  bool skipped_ = false;
};

bool Grammar::comment() {
  ++p_;
  while (!end()) {
    if (here() == '\\') {
      p_ += 2;
    } else if (here() == '(') {
      if (!comment()) return false;
    } else if (s_[p_++] == ')') {
      return true;
    }
  }
  return false;
}

bool Grammar::quoted() {
  ++p_;
  while (!end()) {
    if (here() == '\\') {
      p_ += 2;
    } else if (s_[p_++] == '"') {
      return true;
    }
  }
  return false;
}

bool Grammar::literal() {
  ++p_;
  while (!end() && here() != '[') {
    if (here() == '\\') {
      p_ += 2;
    } else if (s_[p_++] == ']') {
      return true;
    }
  }
  return false;
}

bool Grammar::skip() {
  skipped_ = false;
  while (!end() && (here() == ' ' || here() == '\t' || here() == '(')) {
    skipped_ = true;
    if (here() != '(') {
      ++p_;
    } else if (!comment()) {
      return false;
    }
  }
  return true;
}

bool Grammar::lexable() {
  while (!end()) {
    if (here() == ' ' || here() == '\t' || isAtext(here())) {
      ++p_;
    } else if (here() == '(') {
      if (!comment()) return false;
    } else if (here() == '"') {
      if (!quoted()) return false;
    } else if (here() == '[') {
      if (!literal()) return false;
    } else if (here() != 0 && std::string("<>@,;:.").find(here()) != std::string::npos) {
      ++p_;
    } else {
      return false;
    }
  }
  p_ = 0;
  return true;
}

bool Grammar::word(std::string* atom) {
  skip();
  if (end()) return false;
  if (here() == '"') return quoted();
  const std::size_t first = p_;
  while (!end() && isAtext(here())) ++p_;
  if (atom != nullptr) *atom = s_.substr(first, p_ - first);
  return p_ > first;
}

Verdict Grammar::localPart() {
  bool any = false;
  bool last = false;
  while (!see('@')) {
    if (eat('.')) {
      last = false;
      continue;
    }
    std::string atom;
    if (last || !word(&atom)) return Verdict::Bad;
    if (atom.find("=?") != std::string::npos &&
        message::decodeEncodedWords(atom).find('@') != std::string::npos) {
      return Verdict::Hidden;
    }
    any = last = true;
  }
  return any ? Verdict::Good : Verdict::Bad;
}

Verdict Grammar::domain(std::string& out) {
  out.clear();
  if (see('[')) return literal() ? Verdict::Good : Verdict::Bad;
  bool atomNext = true;
  while (true) {
    skip();
    const bool gap = skipped_;
    if (end() || (atomNext ? !isAtext(here()) : here() != '.')) break;
    std::string stop = out;
    if (atomNext && !stop.empty()) stop.pop_back();
    if (gap && stop.find('.') != std::string::npos) return Verdict::Hidden;
    if (atomNext) {
      std::string atom;
      word(&atom);
      out += atom;
    } else {
      out += s_[p_++];
    }
    atomNext = !atomNext;
  }
  return atomNext ? Verdict::Bad : Verdict::Good;
}

Verdict Grammar::addrSpec(Domains& out) {
  if (const Verdict local = localPart(); local != Verdict::Good) return local;
  eat('@');
  std::string text;
  const Verdict verdict = domain(text);
  if (verdict == Verdict::Good) out.push_back(text);
  return verdict;
}

Verdict Grammar::angle(Domains& out) {
  eat('<');
  Domains route;
  if (see('@') || see(',')) {
    while (eat(',')) {
    }
    while (eat('@')) {
      std::string text;
      if (const Verdict verdict = domain(text); verdict != Verdict::Good) return verdict;
      route.push_back(text);
      if (!see(',') && !see(':')) return Verdict::Bad;
      while (eat(',')) {
      }
    }
    if (route.empty() || !eat(':')) return Verdict::Bad;
  }
  // The words must lead to an "@" before anything in them is looked at.
  const std::size_t start = p_;
  while (eat('.') || (!end() && !see('@') && word(nullptr))) {
  }
  if (p_ == start || !see('@')) return Verdict::Bad;
  p_ = start;
  if (const Verdict verdict = addrSpec(out); verdict != Verdict::Good) return verdict;
  if (!eat('>')) return Verdict::Bad;
  const auto same = [&](const std::string& a) {
    const auto& b = out.back();
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
             const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
             return low(x) == low(y);
           });
  };
  return std::all_of(route.begin(), route.end(), same) ? Verdict::Good : Verdict::Hidden;
}

// A mailbox, or a group, whole.
Verdict Grammar::member(Domains& out) {
  const std::size_t start = p_;
  bool words = false;
  while (!see('@') && (eat('.') || word(nullptr))) words = true;
  if (words && see('@')) {
    p_ = start;
    return addrSpec(out);
  }
  if (see('<')) return angle(out);
  return Verdict::Bad;
}

Verdict Grammar::list(Domains& out) {
  bool group = false;
  while (true) {
    while (eat(',')) {
    }
    if (atEnd()) break;
    if (group && eat(';')) {
      group = false;
    } else {
      const std::size_t start = p_;
      bool words = false;
      while (eat('.') || (!end() && word(nullptr))) words = true;
      if (words && !group && eat(':')) {
        group = true;
        continue;
      }
      p_ = start;
      if (const Verdict verdict = member(out); verdict != Verdict::Good) return verdict;
      if (group && see(';')) continue;
    }
    if (!see(',') && !atEnd()) return Verdict::Bad;
  }
  return group || out.empty() ? Verdict::Bad : Verdict::Good;
}

Verdict Grammar::addrSpecOnly(Domains& out) {
  const std::size_t start = p_;
  while (eat('.') || (!end() && !see('@') && word(nullptr))) {
  }
  if (p_ == start || !see('@')) return Verdict::Bad;
  p_ = start;
  const Verdict verdict = addrSpec(out);
  return verdict == Verdict::Good && !atEnd() ? Verdict::Bad : verdict;
}

// Outside quotes and comments; everything, when they are doubtful.
std::string visible(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ')' || c == '\\') return text;
    if (c != '"' && c != '(') {
      out += c;
      continue;
    }
    int depth = c == '(' ? 1 : 0;
    std::size_t k = i + 1;
    for (; k < text.size(); ++k) {
      if (text[k] == '\\') {
        ++k;
      } else if (c == '"') {
        if (text[k] == '"') break;
      } else if (text[k] == '(') {
        ++depth;
      } else if (text[k] == ')' && --depth == 0) {
        break;
      }
    }
    if (k >= text.size()) return text;
    out += ' ';
    i = k;
  }
  return out;
}

bool blank(char c) {
  return c == ' ' || c == '\t';
}

bool foreign(const std::string& text, const std::string& own) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '@') continue;
    // Labels and dots, in turn of any length, with blanks around the dots.
    const auto gap = [&](std::size_t from) {
      while (from < text.size() && (blank(text[from]) || text[from] == '\r' || text[from] == '\n')) ++from;
      return from;
    };
    const auto run = [&](std::size_t from, bool dots) {
      std::string found;
      for (; from < text.size(); ++from) {
        const char c = text[from];
        const bool label = c == '-' || c == '_' || (c & 0x80) != 0 || (c >= '0' && c <= '9') ||
                           ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
        if (dots ? c != '.' : !label) break;
        found += c;
      }
      return found;
    };
    const std::size_t first = gap(i + 1);
    std::string domain;
    std::size_t k = first;
    for (bool dots = k < text.size() && text[k] == '.';; dots = !dots) {
      const std::string part = run(gap(k), dots);
      if (part.empty()) break;
      k = gap(k) + part.size();
      domain += part;
      if (dots) {  // ". ." is a run of dots, too
        while (!run(gap(k), true).empty()) {
          const std::string more = run(gap(k), true);
          k = gap(k) + more.size();
          domain += more;
        }
      }
    }
    while (!domain.empty() && domain.back() == '.') domain.pop_back();
    if (domain.empty() && k < text.size() && text[k] == '[') return true;
    if (domain.empty()) continue;
    const bool before = i == 0 || blank(text[i - 1]) || text[i - 1] == '\r' || text[i - 1] == '\n';
    if (domain.find('.') == std::string::npos && (before || first > i + 1)) continue;
    if (message::hostName(domain) != own) return true;
  }
  return false;
}

std::optional<Domains> tolerated(std::string text) {
  while (!text.empty() && blank(text.back())) text.pop_back();
  const auto open = text.rfind('<');
  if (open == std::string::npos || text.back() != '>') return std::nullopt;
  Domains out;
  Grammar inside(text.substr(open + 1, text.size() - open - 2));
  if (!inside.lexable() || inside.addrSpecOnly(out) != Verdict::Good) return std::nullopt;
  const std::string before = text.substr(0, open);
  for (const std::string& seen :
       {message::decodeEncodedWords(visible(before)), visible(message::decodeEncodedWords(before))}) {
    if (seen.find('<') != std::string::npos || foreign(seen, message::hostName(out.front())))
      return std::nullopt;
  }
  return out;
}

}  // namespace

std::optional<std::vector<std::string>> referenceFrom(const std::string& value) {
  const std::string text = unfold(value);
  if (text.find_first_of(std::string("\r\n\v\f\x1c\x1d\x1e\0", 8)) != std::string::npos) return std::nullopt;
  Domains out;
  Grammar grammar(text);
  const Verdict strict = grammar.lexable() ? grammar.list(out) : Verdict::Bad;
  if (strict == Verdict::Hidden) return std::nullopt;
  if (strict == Verdict::Bad) return tolerated(text);
  const auto lower = [](std::string s) {
    std::transform(s.begin(), s.end(), s.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return s;
  };
  const bool one = std::all_of(
      out.begin(), out.end(), [&](const std::string& domain) { return lower(domain) == lower(out.front()); });
  if (one && text.find("=?") != std::string::npos) {
    const std::string plain = visible(text);
    const auto marks = [](const std::string& seen) {
      return std::count(seen.begin(), seen.end(), '<') + std::count(seen.begin(), seen.end(), ',') +
             std::count(seen.begin(), seen.end(), ';');
    };
    for (const std::string& seen :
         {message::decodeEncodedWords(plain), visible(message::decodeEncodedWords(text))}) {
      if (marks(seen) > marks(plain) && foreign(seen, message::hostName(out.front()))) return std::nullopt;
    }
  }
  return out;
}

}  // namespace alignd::test
