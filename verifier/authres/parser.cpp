#include "verifier/authres/parser.h"

#include <algorithm>
#include <utility>

#include "dns/data/ascii.h"
#include "verifier/authres/scanner.h"

namespace alignd::authres {

namespace {

// A token of RFC 2045 section 5.1, with octets over 127 let through.
bool isToken(std::string_view text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
    return ascii::isControl(c) || std::string_view(" ()<>@,;:\\\"/[]?=").find(c) != std::string_view::npos;
  });
}

class Parser {
 public:
  explicit Parser(std::string_view value) : scanner_(value) {}

  Parsed run() {
    head();
    while (scanner_.take(';')) resinfo();
    if (scanner_.unterminated()) {
      error("a comment or quoted-string has no end");
      if (!out_.results.empty()) out_.results.back().wellFormed = false;
    }
    out_.unterminated = scanner_.unterminated();
    return std::move(out_);
  }

 private:
  bool atBoundary() const { return scanner_.atEnd() || scanner_.peek() == ';'; }

  void error(std::string_view what) {
    if (out_.errors++ == 0) out_.firstError = what;
  }

  // method [ / version ] = ...: then there is no authserv-id in front.
  bool startsWithMethod() const {
    Scanner ahead = scanner_;
    if (ahead.keyword().empty()) return false;
    ahead.skipCfws();
    if (ahead.take('/')) {
      ahead.skipCfws();
      if (!ahead.number(kMaxVersion)) return false;
      ahead.skipCfws();
    }
    return ahead.take('=');
  }

  void head() {
    scanner_.skipCfws();
    if (startsWithMethod()) {
      error("no authserv-id");
      out_.head = Head::NoId;
      resinfo();
      out_.headEnd = scanner_.position();
      return;
    }
    out_.head = authservId() ? Head::Id : Head::Malformed;
    if (out_.head == Head::Malformed) {
      error("the authserv-id is malformed");
      scanner_.skipToSemicolon();
    }
    out_.headEnd = scanner_.position();
    if (scanner_.atEnd()) error("no results");
  }

  // authserv-id [ CFWS authres-version ], up to the semicolon.
  bool authservId() {
    if (scanner_.peek() == '"') {
      out_.authservId = scanner_.quoted();
    } else {
      out_.authservId = scanner_.run("");
      // A job id behind a slash is no token, but it is what Sendmail's filters write.
      const std::size_t slash = out_.authservId.find('/');
      if (slash != std::string::npos) error("a slash in the authserv-id");
      if (!isToken(std::string_view(out_.authservId).substr(0, slash))) return false;
    }
    const bool blank = scanner_.skipCfws();
    if (atBoundary()) return !out_.authservId.empty();
    const auto version = blank ? scanner_.number(kMaxVersion) : std::nullopt;
    if (!version) return false;
    out_.version = *version;
    scanner_.skipCfws();
    return atBoundary() && !out_.authservId.empty();
  }

  // After the semicolon; up to the next one.
  void resinfo() {
    scanner_.skipCfws();
    if (atBoundary()) return error("a semicolon without a result");
    if (out_.results.size() >= kMaxResults) {
      ++out_.skipped;
      return scanner_.skipToSemicolon();
    }
    MethodResult result;
    if (!methodspec(result)) return scanner_.skipToSemicolon();
    while (scanner_.skipCfws(), !atBoundary()) clause(result);
    out_.results.push_back(std::move(result));
  }

  // False when there is no result to be read: for `none`, and on errors.
  bool methodspec(MethodResult& result) {
    result.method = ascii::toLower(scanner_.keyword());
    scanner_.skipCfws();
    if (result.method == "none" && atBoundary()) {
      out_.none = true;
      return false;
    }
    if (scanner_.take('/')) {
      scanner_.skipCfws();
      const auto version = scanner_.number(kMaxVersion);
      result.wellFormed = version.has_value();
      result.version = version.value_or(kMaxVersion);
      scanner_.skipCfws();
    }
    if (result.method.empty() || !scanner_.take('=')) {
      error("no method and result after a semicolon");
      return false;
    }
    scanner_.skipCfws();
    result.result = ascii::toLower(scanner_.keyword());
    if (result.result.empty()) {
      error("a method without a result");
      return false;
    }
    return true;
  }

  // reasonspec or propspec.
  void clause(MethodResult& result) {
    const std::string first = ascii::toLower(scanner_.keyword());
    scanner_.skipCfws();
    if (!first.empty() && scanner_.take('=')) {
      if (first == "reason") {
        result.reason = value(result);
      } else {  // Microsoft 365 writes action=none: no ptype, no harm
        error("a property without a type");
        keep(result, {"", first, value(result)});
      }
      return;
    }
    if (!first.empty() && scanner_.take('.')) {
      scanner_.skipCfws();
      const std::string second = ascii::toLower(scanner_.keyword());
      scanner_.skipCfws();
      if (!second.empty() && scanner_.take('=')) return keep(result, {first, second, value(result)});
    }
    error("text that is no property");
    result.wellFormed = false;
    if (first.empty()) skipSomething();
  }

  void keep(MethodResult& result, Property property) {
    if (result.properties.size() < kMaxProperties) {
      result.properties.push_back(std::move(property));
    } else {
      result.wellFormed = false;
    }
  }

  // value, or pvalue: words and quoted-strings that touch; an `@` joins what stands before and after it.
  std::string value(MethodResult& result) {
    scanner_.skipCfws();
    std::string out;
    bool any = false;
    for (;;) {
      if (scanner_.peek() == '"') {
        out += scanner_.quoted();
      } else if (const auto word = scanner_.run(""); !word.empty()) {
        out += word;
      } else {
        Scanner ahead = scanner_;
        if (!any || !ahead.skipCfws() || ahead.peek() != '@') break;
        scanner_ = ahead;
      }
      any = true;
    }
    if (!any) {
      error("a property without a value");
      result.wellFormed = false;
    }
    return out;
  }

  // Gets over what no clause begins with: a quoted-string, a word, or a parenthesis that closes nothing.
  void skipSomething() {
    if (scanner_.peek() == '"') {
      scanner_.quoted();
    } else if (scanner_.run("").empty()) {
      scanner_.advance();
    }
  }

  Scanner scanner_;
  Parsed out_;
};

}  // namespace

std::optional<std::string_view> MethodResult::property(std::string_view type, std::string_view name) const {
  const Property* found = nullptr;
  for (const auto& one : properties) {
    if (one.type != type || one.name != name) continue;
    if (found != nullptr) return std::nullopt;
    found = &one;
  }
  if (found == nullptr) return std::nullopt;
  return found->value;
}

Parsed parse(std::string_view value) {
  return Parser(value).run();
}

}  // namespace alignd::authres
