#include "verifier/message/from_text.h"

#include <algorithm>

#include "dns/data/ascii.h"

namespace alignd::message {

namespace {

constexpr std::size_t kNone = std::string_view::npos;

// One beyond the parenthesis that closes the comment begun at `open` (RFC 5322 section 3.2.2).
std::size_t commentEnd(std::string_view value, std::size_t open, bool& tooDeep) {
  std::size_t depth = 0;
  for (std::size_t i = open; i < value.size(); ++i) {
    if (value[i] == '\\') {
      ++i;
    } else if (value[i] == '(') {
      tooDeep = tooDeep || ++depth > kMaxCommentDepth;
    } else if (value[i] == ')' && --depth == 0) {
      return i + 1;
    }
  }
  return kNone;
}

std::size_t quotedEnd(std::string_view value, std::size_t open) {
  for (std::size_t i = open + 1; i < value.size(); ++i) {
    if (value[i] == '\\') {
      ++i;
    } else if (value[i] == '"') {
      return i + 1;
    }
  }
  return kNone;
}

class Reader {
 public:
  explicit Reader(std::string_view value) : value_(value) { out_.text = value; }

  FromText read() {
    if (!lex()) allIsText();
    if (out_.open != kNone && out_.close == kNone) {
      out_.close = value_.size();
    } else if (displayNameEnds()) {
      blank(nameBegin_, nameEnd_);
    }
    return std::move(out_);
  }

 private:
  bool lex();
  void allIsText();
  bool displayNameEnds() const;
  void blank(std::size_t begin, std::size_t end) {
    std::fill(out_.text.begin() + static_cast<std::ptrdiff_t>(begin),
              out_.text.begin() + static_cast<std::ptrdiff_t>(end), ' ');
  }

  std::string_view value_;
  FromText out_;
  std::size_t nameBegin_ = kNone;  // the quoted-string directly before `open`
  std::size_t nameEnd_ = kNone;
};

// False: it is doubtful what is quoted.
bool Reader::lex() {
  std::size_t quoteBegin = kNone;  // the last quoted-string, while nothing but CFWS has followed it
  std::size_t quoteEnd = kNone;
  for (std::size_t i = 0; i < value_.size();) {
    const char c = value_[i];
    if (c == ')' || c == '\\') return false;
    if (c == '(') {
      const std::size_t end = commentEnd(value_, i, out_.tooDeep);
      if (end == kNone) return false;
      blank(i, end);
      i = end;
      continue;
    }
    if (c == '"') {
      quoteBegin = i;
      i = quoteEnd = quotedEnd(value_, i);
      if (quoteEnd == kNone) return false;
      continue;
    }
    if (c == '<') {
      // In brackets that are open already it is no display name to whoever takes the first ones.
      const bool nested = out_.open != kNone && out_.close == kNone;
      out_.open = i;
      out_.close = kNone;
      nameBegin_ = nested ? kNone : quoteBegin;
      nameEnd_ = quoteEnd;
    } else if (c == '>' && out_.open != kNone && out_.close == kNone) {
      out_.close = i;
    }
    if (!isBlank(c)) quoteBegin = quoteEnd = kNone;
    ++i;
  }
  return true;
}

void Reader::allIsText() {
  out_.doubtful = true;
  out_.text = value_;
  out_.open = value_.rfind('<');
  out_.close = out_.open == kNone ? kNone : value_.find('>', out_.open);
  nameBegin_ = nameEnd_ = kNone;
}

// A name needs what it names: one address in the brackets, no list, and nothing but punctuation behind them. In
// `"ceo@bank.example" <,x@a.example>` and `"ceo@bank.example" <@a.example>` the name is all that some readers show.
bool Reader::displayNameEnds() const {
  if (nameBegin_ == kNone) return false;
  const std::string_view text = out_.text;
  const std::string_view inside = text.substr(out_.open + 1, out_.close - out_.open - 1);
  const auto any = [](std::string_view part) { return part.find_first_not_of(" \t\r\n") != kNone; };
  const std::size_t at = inside.find('@');
  return at != kNone && any(inside.substr(0, at)) && any(inside.substr(at + 1)) &&
         inside.find('@', at + 1) == kNone && inside.find_first_of(",;:") == kNone &&
         text.find_first_not_of(" \t\r\n;,.>", out_.close) == kNone;
}

}  // namespace

bool isBlank(char c) {
  return ascii::isWsp(c) || c == '\r' || c == '\n';
}

FromText readFromText(std::string_view value) {
  return Reader(value).read();
}

}  // namespace alignd::message
