#include "verifier/authres/scanner.h"

#include <algorithm>

#include "dns/data/ascii.h"
#include "verifier/authres/parser.h"

namespace alignd::authres {

namespace {

constexpr bool isBlank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

}  // namespace

bool Scanner::take(char c) {
  if (atEnd() || text_[at_] != c) return false;
  ++at_;
  return true;
}

std::string_view Scanner::comment() {
  const std::size_t begin = at_ + 1;
  std::size_t depth = 0;
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '\\') {
      ++at_;
    } else if (c == '(') {
      if (++depth > kMaxCommentDepth) break;
    } else if (c == ')' && --depth == 0) {
      ++at_;
      return text_.substr(begin, at_ - 1 - begin);
    }
  }
  at_ = text_.size();
  unterminated_ = true;
  return text_.substr(begin);
}

bool Scanner::skipCfws() {
  const std::size_t begin = at_;
  while (!atEnd()) {
    if (isBlank(text_[at_])) {
      ++at_;
    } else if (text_[at_] == '(') {
      comment();
    } else {
      break;
    }
  }
  return at_ != begin;
}

std::string_view Scanner::keyword() {
  const std::size_t begin = at_;
  while (!atEnd() && (ascii::isAlnum(text_[at_]) || text_[at_] == '-' || text_[at_] == '_')) ++at_;
  return text_.substr(begin, at_ - begin);
}

std::optional<int> Scanner::number(int maximum) {
  if (!ascii::isDigit(peek())) return std::nullopt;
  int out = 0;
  for (; ascii::isDigit(peek()); ++at_) out = std::min(maximum, out * 10 + (text_[at_] - '0'));
  return out;
}

std::string Scanner::quoted() {
  std::string out;
  for (++at_; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '"') {
      ++at_;
      return out;
    }
    if (c == '\\' && at_ + 1 < text_.size()) {
      out += text_[++at_];
    } else if (c != '\r' && c != '\n') {
      out += c;
    }
  }
  unterminated_ = true;
  return out;
}

std::string_view Scanner::run(std::string_view stops) {
  const std::size_t begin = at_;
  while (!atEnd()) {
    const char c = text_[at_];
    if (isBlank(c) || c == '"' || c == '(' || c == ')' || c == ';' || stops.find(c) != std::string_view::npos)
      break;
    ++at_;
  }
  return text_.substr(begin, at_ - begin);
}

void Scanner::skipToSemicolon() {
  while (!atEnd() && peek() != ';') {
    if (peek() == '(') {
      comment();
    } else if (peek() == '"') {
      quoted();
    } else {
      ++at_;
    }
  }
}

}  // namespace alignd::authres
