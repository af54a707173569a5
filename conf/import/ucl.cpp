#include "conf/import/ucl.h"

#include <algorithm>

#include "dns/data/ascii.h"

namespace alignd::conf::migration {

namespace {

constexpr std::size_t kMaxNodes = 20'000;
constexpr std::size_t kMaxDepth = 16;

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {
    file_.nodes.push_back({UclNode::Kind::Object, {}, {}, 1});
    open_.push_back(0);
  }

  UclFile run() {
    while (file_.fault.empty() && skipBlanks()) step();
    if (file_.fault.empty() && open_.size() > 1) {
      fault(file_.nodes[open_.back()].line, "is not closed before the end of the file");
    }
    if (!file_.fault.empty()) file_.nodes.clear();
    return std::move(file_);
  }

 private:
  bool atEnd() const { return at_ == text_.size(); }
  char here() const { return text_[at_]; }
  bool starts(std::string_view word) const { return text_.substr(at_).starts_with(word); }
  void advance() {
    if (here() == '\n') ++line_;
    ++at_;
  }
  void skipLine() {
    while (!atEnd() && here() != '\n') advance();
  }
  void fault(unsigned line, std::string_view what) {
    if (file_.fault.empty()) file_.fault = ascii::cat({std::to_string(line), ": ", what});
  }

  // Over white space, separators and comments. False at the end.
  bool skipBlanks() {
    while (!atEnd()) {
      const char c = here();
      if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ';' || c == ',') {
        advance();
      } else if (c == '#') {
        skipLine();
      } else if (starts("/*")) {
        const unsigned begun = line_;
        while (!atEnd() && !starts("*/")) advance();
        if (atEnd()) {
          fault(begun, "a comment that does not end");
          return false;
        }
        at_ += 2;
      } else {
        return true;
      }
    }
    return false;
  }

  bool inArray() const { return file_.nodes[open_.back()].kind == UclNode::Kind::Array; }

  void step() {
    const char c = here();
    if (c == '\0') return fault(line_, "a NUL: this is no text");
    if (c == '}' || c == ']') return close(c);
    if (inArray()) return readValue({});
    if (c == '.') return skipLine();  // a macro
    if (c == '{' || c == '[') return fault(line_, "a value without a name");
    std::string key = readKey();
    skipInLine();
    if (!atEnd() && (here() == '=' || here() == ':')) advance();
    skipInLine();
    if (!atEnd() && here() == '\n' && !nextOpens()) return add(UclNode::Kind::Scalar, std::move(key), {});
    readValue(std::move(key));
  }

  void close(char c) {
    const bool array = file_.nodes[open_.back()].kind == UclNode::Kind::Array;
    if (open_.size() == 1 || array != (c == ']')) return fault(line_, "closes what was not opened");
    open_.pop_back();
    advance();
  }

  void skipInLine() {
    while (!atEnd() && (here() == ' ' || here() == '\t' || here() == '\r')) advance();
  }

  // A brace on a line of its own belongs to the name above.
  bool nextOpens() const {
    const auto next = text_.find_first_not_of(" \t\r\n", at_);
    return next != std::string_view::npos && (text_[next] == '{' || text_[next] == '[');
  }

  std::string readKey() {
    if (here() == '"') return readQuoted();
    const std::size_t begin = at_;
    while (!atEnd() && std::string_view(" \t\r\n=:{}[];,\"").find(here()) == std::string_view::npos)
      advance();
    if (at_ == begin) advance();  // an octet that begins nothing
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::string readQuoted() {
    const unsigned begun = line_;
    std::string out;
    for (advance(); !atEnd() && here() != '"'; advance()) {
      if (here() == '\\' && at_ + 1 < text_.size()) {
        advance();
        out += here() == 'n' ? '\n' : here() == 't' ? '\t' : here();
      } else {
        out += here();
      }
    }
    if (atEnd()) {
      fault(begun, "a quotation mark without its other");
    } else {
      advance();
    }
    return out;
  }

  // <<WORD ... WORD on a line of its own.
  std::string readHeredoc() {
    const unsigned begun = line_;
    at_ += 2;
    const std::size_t begin = at_;
    while (!atEnd() && here() >= 'A' && here() <= 'Z') advance();
    const std::string mark(text_.substr(begin, at_ - begin));
    skipLine();
    const std::size_t content = std::min(at_ + 1, text_.size());
    const auto end = mark.empty() ? std::string_view::npos : text_.find("\n" + mark, at_);
    if (end == std::string_view::npos) {
      fault(begun, "a text that does not end");
      at_ = text_.size();
      return {};
    }
    std::string out(end > content ? text_.substr(content, end - content) : std::string_view());
    while (at_ < end + 1 + mark.size()) advance();
    return out;
  }

  void readValue(std::string key) {
    if (inArray() == false) {
      while (!atEnd() && (here() == '\n' || here() == '\r' || here() == ' ' || here() == '\t')) advance();
    }
    if (atEnd()) return add(UclNode::Kind::Scalar, std::move(key), {});
    if (here() == '{' || here() == '[') {
      const auto kind = here() == '{' ? UclNode::Kind::Object : UclNode::Kind::Array;
      advance();
      return add(kind, std::move(key), {});
    }
    if (here() == '"') {
      std::string text = readQuoted();
      if (!inArray() && opensHere()) return nested(std::move(key), std::move(text));
      return add(UclNode::Kind::Scalar, std::move(key), std::move(text));
    }
    if (starts("<<")) return add(UclNode::Kind::Scalar, std::move(key), readHeredoc());
    const std::size_t begin = at_;
    while (!atEnd() && std::string_view("\n;,{}[]#").find(here()) == std::string_view::npos) advance();
    std::string text(ascii::trimWsp(text_.substr(begin, at_ - begin)));
    if (text.ends_with('\r')) text.pop_back();
    if (!atEnd() && (here() == '{' || here() == '[') && !inArray())
      return nested(std::move(key), std::move(text));
    if (at_ == begin) advance();
    add(UclNode::Kind::Scalar, std::move(key), std::move(text));
  }

  bool opensHere() {
    skipInLine();
    return !atEnd() && here() == '{';
  }

  // name "other" { ... } is name { other { ... } }: here the inner name goes with the outer one.
  void nested(std::string key, std::string inner) {
    const auto kind = here() == '{' ? UclNode::Kind::Object : UclNode::Kind::Array;
    advance();
    key += ' ';
    key += inner;
    add(kind, std::move(key), {});
  }

  void add(UclNode::Kind kind, std::string key, std::string value) {
    if (file_.nodes.size() == kMaxNodes) return fault(line_, "more than 20000 values");
    const std::size_t index = file_.nodes.size();
    file_.nodes.push_back({kind, std::move(key), std::move(value), line_});
    file_.nodes[open_.back()].children.push_back(index);
    if (kind == UclNode::Kind::Scalar) return;
    if (open_.size() == kMaxDepth) return fault(line_, "deeper than 16 braces");
    open_.push_back(index);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  unsigned line_ = 1;
  UclFile file_;
  std::vector<std::size_t> open_;
};

}  // namespace

const UclNode* UclFile::member(const UclNode& object, std::string_view key) const {
  for (auto child = object.children.rbegin(); child != object.children.rend(); ++child) {
    if (nodes[*child].key == key) return &nodes[*child];
  }
  return nullptr;
}

UclFile parseUcl(std::string_view text) {
  return Parser(text).run();
}

}  // namespace alignd::conf::migration
