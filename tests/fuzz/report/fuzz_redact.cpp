// Any octets around a user name, in fields as failure reports show them: wherever a field of its kind holds users, the name
// is not to be read. What comes out is bounded, plain, and in lines.
//
// The input is cut in two at its first NUL: what stands before the user, and behind.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/fuzz/check.h"
#include "verifier/report/redact.h"

namespace {

using namespace alignd;
using test::check;

constexpr std::string_view kUser = "jOe7secret";  // what no pseudonym and no input is by chance
constexpr std::string_view kKey = "key";

struct Place {
  std::string_view field;
  std::string_view before;
  std::string_view behind;
};
constexpr Place kPlaces[]{
    {"Received", " for <", "@a.example>; "},
    {"Received", " for ", "@a.example; "},
    {"Received", " for <", ">; "},
    {"Received", "\r\n\tfor ", "; "},
    {"Received", " for <\"", "\"@a.example>; "},
    {"Received", " for <\"x \\\"", "\\\" y\"@a.example>; "},
    {"Received", " for <a.\"b ", "\".c@a.example>; "},
    {"Received", " for <", " @a.example>; "},
    {"Received", " for <", "(c)@a.example>; "},
    {"Received", " (Authenticated sender: ", ") "},
    {"Received", " (authenticated as ", ") "},
    {"Received", " (AUTH: LOGIN ", ", TLS) "},
    {"Received", " (auth=", ") "},
    {"Received", " (envelope-from <", "@a.example>) "},
    {"Received", " (envelope-from ", ") "},
    {"Received", " (envelope-sender <", ">) "},
    {"Authentication-Results", " smtp.mailfrom=", "@a.example "},
    {"Authentication-Results", " auth=pass smtp.auth=", " "},
    {"Authentication-Results", " auth=pass smtp.auth=\"", "\" "},
    {"ARC-Authentication-Results", " smtp.auth=", "@a.example; "},
    {"Received-SPF", " envelope-from=\"", "@a.example\"; "},
    {"Return-Path", "<", "@a.example>"},
    {"DKIM-Signature", "; i=", "@a.example; "},
    {"From", " <", "@a.example>,"},
    {"To", " \"", "\" <x@a.example>,"},
    {"Subject", " ", " "},
    {"X-Other", " ", "@a.example"},
};

void checkLines(std::string_view text) {
  std::size_t line = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') {
      check(i + 1 < text.size() && text[i + 1] == '\n', "line ends of CRLF");
      line = 0;
      ++i;
      continue;
    }
    check(text[i] == '\t' || (text[i] >= ' ' && text[i] < 0x7f), "printable");
    check(++line <= 998, "lines that mail may have");
  }
}

std::string shown(std::string_view name, std::string_view value) {
  message::HeaderBlock header;
  header.add({name, value});
  report::RedactOptions options;
  std::string out = report::shownHeader(header, options, kKey);
  check(out.size() <= options.most, "bounded");
  checkLines(out);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto cut = std::min(input.find('\0'), input.size());
  const std::string_view before = input.substr(0, cut);
  const std::string_view behind = input.substr(std::min(cut + 1, input.size()));
  if (input.find(kUser) != std::string_view::npos) return 0;
  for (const Place& place : kPlaces) {
    std::string value(before);
    value += place.before;
    value += kUser;
    value += place.behind;
    value += behind;
    const std::string out = shown(place.field, value);
    if (out.find(kUser) != std::string::npos) std::fprintf(stderr, "%s\n", out.c_str());
    check(out.find(kUser) == std::string::npos, "no user is shown");
  }
  const std::string once = report::withoutLocalParts(input, kKey);
  check(once.size() <= 13 * input.size(), "a pseudonym an address");
  checkLines(report::plainLines(input));
  check(report::plainLines(report::plainLines(input)) == report::plainLines(input), "plain is plain");
  return 0;
}
