#include "dns/zone/zone_lexer.h"

#include "dns/data/ascii.h"

namespace alignd::dns {

namespace {

constexpr std::size_t kMaxTokens = 5000;  // of one entry: a TXT record of 64 KiB in short strings has fewer

// CR before LF is part of the line's end; alone it does no harm.
bool isBlank(char c) {
  return ascii::isWsp(c) || c == '\r';
}

bool endsWord(char c) {
  return isBlank(c) || c == '\n' || c == ';' || c == '"' || c == '(' || c == ')';
}

}  // namespace

std::string ZoneError::text() const {
  return ascii::cat({std::to_string(line), ":", std::to_string(column), ": ", message});
}

std::string quoteForMessage(std::string_view text) {
  constexpr std::size_t kShown = 60;
  std::string out = "\"";
  for (char c : text.substr(0, kShown)) {
    const auto octet = static_cast<unsigned char>(c);
    if (!ascii::isControl(c) && !ascii::is8Bit(c)) {
      out += c;
    } else {
      out += '\\';
      for (unsigned unit : {100U, 10U, 1U}) out += static_cast<char>('0' + octet / unit % 10);
    }
  }
  out += text.size() > kShown ? "\"..." : "\"";
  return out;
}

bool ZoneLexer::fail(std::size_t at, std::string message) {
  error_ = ZoneError{line_, column(at), std::move(message)};
  return false;
}

void ZoneLexer::newLine() {
  ++at_;
  ++line_;
  lineStart_ = at_;
}

void ZoneLexer::skipComment() {
  const auto end = text_.find('\n', at_);
  at_ = end == std::string_view::npos ? text_.size() : end;
}

bool ZoneLexer::next(ZoneEntry& entry) {
  entry.tokens.clear();
  if (error_) return false;
  while (!atEnd()) {
    const char c = text_[at_];
    if (at_ == lineStart_ && entry.tokens.empty() && !open_) entry.startsWithBlank = isBlank(c);
    if (isBlank(c)) {
      ++at_;
    } else if (c == '\n') {
      newLine();
      if (!open_ && !entry.tokens.empty()) return true;
    } else if (c == ';') {
      skipComment();
    } else if (c == '(' || c == ')') {
      if (!readParenthesis()) return false;
    } else if (!readToken(entry)) {
      return false;
    }
  }
  if (open_) {
    error_ = ZoneError{open_->line, open_->column, "this parenthesis is never closed"};
    return false;
  }
  return !entry.tokens.empty();
}

// RFC 1035 knows no parentheses inside parentheses.
bool ZoneLexer::readParenthesis() {
  if (text_[at_] == '(') {
    if (open_) return fail(at_, "a parenthesis inside parentheses");
    open_ = Place{line_, column(at_)};
  } else {
    if (!open_) return fail(at_, "a closing parenthesis without an opening one");
    open_.reset();
  }
  ++at_;
  return true;
}

bool ZoneLexer::readToken(ZoneEntry& entry) {
  if (entry.tokens.size() >= kMaxTokens) return fail(at_, "too many words in one entry");
  return text_[at_] == '"' ? readQuoted(entry) : readWord(entry);
}

bool ZoneLexer::readQuoted(ZoneEntry& entry) {
  const std::size_t from = ++at_;
  while (!atEnd() && text_[at_] != '\n') {
    if (text_[at_] == '"') {
      addToken(entry, from, true);
      ++at_;
      return true;
    }
    at_ += text_[at_] == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n' ? 2 : 1;
  }
  return fail(from - 1, "a quoted string that does not end on its line");
}

bool ZoneLexer::readWord(ZoneEntry& entry) {
  const std::size_t from = at_;
  while (!atEnd() && !endsWord(text_[at_])) {
    if (ascii::isControl(text_[at_])) return fail(at_, "a control character");
    at_ += text_[at_] == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n' ? 2 : 1;
  }
  return addToken(entry, from, false);
}

bool ZoneLexer::addToken(ZoneEntry& entry, std::size_t from, bool quoted) {
  entry.tokens.push_back({text_.substr(from, at_ - from), quoted, line_, column(from)});
  return true;
}

std::optional<std::vector<ZoneOctet>> unescape(const ZoneToken& token, std::optional<ZoneError>& error) {
  const std::string_view raw = token.raw;
  std::vector<ZoneOctet> out;
  out.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const std::size_t start = i;
    if (raw[i] != '\\') {
      out.push_back({raw[i], false, start});
      continue;
    }
    unsigned value = 0;
    bool good = ++i < raw.size();
    if (good && ascii::isDigit(raw[i])) {
      good = i + 2 < raw.size() && ascii::isDigit(raw[i + 1]) && ascii::isDigit(raw[i + 2]);
      for (std::size_t k = i; good && k < i + 3; ++k)
        value = value * 10 + static_cast<unsigned>(raw[k] - '0');
      good = good && value <= 255;
      i += 2;
    } else if (good) {
      value = static_cast<unsigned char>(raw[i]);
    }
    if (!good) {
      error =
          ZoneError{token.line, token.column + start,
                    "a malformed escape: write \\DDD with three digits up to 255, or \\ and one character"};
      return std::nullopt;
    }
    out.push_back({static_cast<char>(value), true, start});
  }
  return out;
}

}  // namespace alignd::dns
