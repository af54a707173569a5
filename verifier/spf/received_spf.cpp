#include "verifier/spf/received_spf.h"

#include <algorithm>

#include "dns/data/ascii.h"

namespace alignd::spf {

namespace {

// Longer than any path or name that SMTP allows; longer values say nothing more.
constexpr std::size_t kMaxValue = 320;

char printable(char c) {
  return c >= 0x20 && c < 0x7f ? c : '?';
}

// Quoted-pairs for what `special` holds; everything else that is not printable becomes "?".
std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (char c : text.substr(0, kMaxValue)) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += printable(c);
  }
  return out;
}

bool isAtext(char c) {
  return ascii::isAlnum(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

// dot-atom / quoted-string
std::string value(std::string_view text) {
  const bool atom = !text.empty() && text.size() <= kMaxValue && text.front() != '.' && text.back() != '.' &&
                    text.find("..") == std::string_view::npos &&
                    std::all_of(text.begin(), text.end(), [](char c) { return c == '.' || isAtext(c); });
  return atom ? std::string(text) : "\"" + escaped(text, "\"\\") + "\"";
}

class Field {
 public:
  Field(std::string_view first, std::string_view fold) : out_(first), fold_(fold), line_(14 + first.size()) {}

  // Puts `token` on this line or the next; a blank or a fold before it either way.
  void add(std::string_view token) {
    constexpr std::size_t kLine = 76;
    if (line_ + 1 + token.size() > kLine) {
      out_ += fold_;
      line_ = 8 + token.size();
    } else {
      out_ += ' ';
      line_ += 1 + token.size();
    }
    out_ += token;
  }
  // key-value-pair; all but the first are preceded by ";".
  void pair(std::string_view key, std::string_view text) {
    if (pairs_) out_ += ';';
    pairs_ = true;
    add(ascii::cat({key, "=", value(text)}));
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
  std::string_view fold_;
  std::size_t line_;
  bool pairs_ = false;
};

}  // namespace

std::string receivedSpf(const Request& request, const Result& result, std::string_view fold) {
  Field field(statusWord(result.status), fold);
  // The comment folds at its blanks, so that a long reason stays within the line.
  const std::string comment =
      ascii::cat({"(", request.receiver.empty() ? std::string() : escaped(request.receiver, "()\\") + ": ",
                  escaped(result.text, "()\\"), ")"});
  for (std::size_t at = 0; at < comment.size();) {
    const auto blank = std::min(comment.find(' ', at), comment.size());
    if (blank > at) field.add(std::string_view(comment).substr(at, blank - at));
    at = blank + 1;
  }
  const bool error = result.status == Status::TempError || result.status == Status::PermError;
  field.pair("client-ip", result.client.value_or(request.client).text());
  if (result.identity == Identity::MailFrom) field.pair("envelope-from", request.mailFrom);
  if (!request.helo.empty()) field.pair("helo", request.helo);
  if (!request.receiver.empty()) field.pair("receiver", request.receiver);
  field.pair("identity", result.identity == Identity::Helo ? "helo" : "mailfrom");
  if (!error && result.status != Status::None) {
    field.pair("mechanism", result.mechanism.empty() ? "default" : result.mechanism);
  }
  if (error) field.pair("problem", result.text);
  return field.take();
}

}  // namespace alignd::spf
