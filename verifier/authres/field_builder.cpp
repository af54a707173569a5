#include "verifier/authres/field_builder.h"

#include "dns/data/ascii.h"

namespace alignd::authres {

namespace {

constexpr std::size_t kLine = 78;
constexpr std::string_view kNewStatement = "\r\n\t";  // a tab counts for eight columns
constexpr std::size_t kTab = 8;

}  // namespace

void Statement::add(std::string_view name, std::string value) {
  if (!value.empty()) properties.emplace_back(name, std::move(value));
}

std::size_t Statement::size() const {
  std::size_t out = method.size() + result.size() + comment.size() + reason.size() + 24;
  for (const auto& [name, value] : properties) out += name.size() + value.size() + 4;
  return out;
}

FieldBuilder::FieldBuilder(std::string authservId)
    : out_(std::move(authservId)),
      column_(std::string_view("Authentication-Results: ").size() + out_.size()) {
  out_.reserve(512);
}

// A blank, or a new line when a word of this length would pass the limit on this one.
void FieldBuilder::separate(std::size_t length, std::string_view fold) {
  if (column_ + 1 + length + 1 > kLine) {  // + 1: a semicolon may follow
    out_ += fold;
    column_ = fold == kNewStatement ? kTab : fold.size() - 2;
  } else {
    out_ += ' ';
    ++column_;
  }
  column_ += length;
}

void FieldBuilder::word(std::string_view text, std::string_view fold) {
  separate(text.size(), fold);
  out_ += text;
}

void FieldBuilder::property(std::string_view name, std::string_view value) {
  separate(name.size() + 1 + value.size(), kNewStatement);
  out_ += name;
  out_ += '=';
  out_ += value;
}

// A quoted-string may be folded at its blanks: unfolding gives the same text (RFC 5322 section 3.2.4).
void FieldBuilder::quoted(std::string_view prefix, std::string_view text) {
  std::size_t space = text.find(' ');
  word(ascii::cat({prefix, text.substr(0, space)}), kNewStatement);
  while (space != std::string_view::npos) {
    const std::size_t next = text.find(' ', space + 1);
    word(text.substr(space + 1, next == std::string_view::npos ? next : next - space - 1), "\r\n ");
    space = next;
  }
}

void FieldBuilder::add(const Statement& statement) {
  any_ = true;
  out_ += ';';
  out_ += kNewStatement;
  out_ += statement.method;
  out_ += '=';
  out_ += statement.result;
  column_ = kTab + statement.method.size() + 1 + statement.result.size();
  if (!statement.comment.empty()) word(ascii::cat({"(", statement.comment, ")"}), kNewStatement);
  if (!statement.reason.empty()) quoted("reason=", statement.reason);
  for (const auto& [name, value] : statement.properties) property(name, value);
}

std::string FieldBuilder::take() {
  if (!any_) out_ += "; none";
  return std::move(out_);
}

}  // namespace alignd::authres
