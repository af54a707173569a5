#include "verifier/message/address_tokens.h"

#include <algorithm>

#include "dns/ascii.h"

namespace alignd::message {

namespace {

using Kind = AddressToken::Kind;
using Fault = AddressTokens::Fault;

bool isBlank(char c) {
  return ascii::isWsp(c) || c == '\r' || c == '\n';
}

// RFC 5322 section 3.2.3, RFC 6532 section 3.2.
bool isAtext(char c) {
  constexpr std::string_view kOthers = "!#$%&'*+-/=?^_`{|}~";
  return ascii::isAlnum(c) || ascii::is8Bit(c) || (c != 0 && kOthers.find(c) != std::string_view::npos);
}

bool isSpecial(char c) {
  constexpr std::string_view kSpecials = "<>@,;:.";
  return c != 0 && kSpecials.find(c) != std::string_view::npos;
}

// RFC 5322 section 3.4.1 with obs-dtext of section 4.4.
std::size_t literalEnd(std::string_view value, std::size_t open) {
  for (std::size_t i = open + 1; i < value.size(); ++i) {
    if (value[i] == ']') return i + 1;
    if (value[i] == '[') return std::string_view::npos;
    if (value[i] == '\\') ++i;
  }
  return std::string_view::npos;
}

}  // namespace

std::size_t commentEnd(std::string_view value, std::size_t open, std::size_t& depth) {
  std::size_t level = 0;
  for (std::size_t i = open; i < value.size(); ++i) {
    if (value[i] == '\\') {
      ++i;
    } else if (value[i] == '(') {
      depth = std::max(depth, ++level);
    } else if (value[i] == ')' && --level == 0) {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

std::size_t quotedEnd(std::string_view value, std::size_t open) {
  for (std::size_t i = open + 1; i < value.size(); ++i) {
    if (value[i] == '\\') {
      ++i;
    } else if (value[i] == '"') {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

AddressTokens tokenizeAddresses(std::string_view value) {
  AddressTokens out;
  bool blank = false;
  std::size_t at = 0;
  const auto add = [&](Kind kind, std::size_t end, char special = 0) {
    out.tokens.push_back({kind, at, end, special, blank});
    blank = false;
    at = end;
  };
  const auto fail = [&](Fault fault) {
    out.fault = fault;
    out.offset = at;
    return out;
  };
  while (at < value.size()) {
    const char c = value[at];
    if (isBlank(c)) {
      blank = true;
      ++at;
    } else if (c == '(') {
      std::size_t depth = 0;
      const std::size_t end = commentEnd(value, at, depth);
      if (depth > kMaxCommentDepth) return fail(Fault::Depth);
      if (end == std::string_view::npos) return fail(Fault::Unclosed);
      blank = true;
      at = end;
    } else if (c == '"' || c == '[') {
      const std::size_t end = c == '"' ? quotedEnd(value, at) : literalEnd(value, at);
      if (end == std::string_view::npos) return fail(Fault::Unclosed);
      add(c == '"' ? Kind::Quoted : Kind::Literal, end);
    } else if (isSpecial(c)) {
      add(Kind::Special, at + 1, c);
    } else if (isAtext(c)) {
      std::size_t end = at + 1;
      while (end < value.size() && isAtext(value[end])) ++end;
      add(Kind::Atom, end);
    } else {
      return fail(Fault::Octet);
    }
  }
  add(Kind::End, at);
  return out;
}

}  // namespace alignd::message
