#include "reporting/failure/record.h"

#include <algorithm>
#include <array>

#include <simdjson.h>

#include "dns/data/ascii.h"
#include "reporting/store/store.h"

namespace alignd::reporting {

namespace {

namespace dom = simdjson::dom;
using ascii::cat;

constexpr std::size_t kMaxUris = 20;

std::string textOf(const dom::element& root, std::string_view key) {
  std::string_view text;
  return root[key].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

// Takes so many octets off the front as the head says; false when they are not there.
bool take(const dom::element& root, std::string_view key, std::string_view& rest, std::string& out) {
  std::int64_t size = 0;
  if (root[key].get(size) != simdjson::SUCCESS || size < 0 ||
      static_cast<std::uint64_t>(size) > rest.size()) {
    return false;
  }
  out = rest.substr(0, static_cast<std::size_t>(size));
  rest.remove_prefix(static_cast<std::size_t>(size));
  return true;
}

bool isPlain(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= ' ' && c < 0x7f) || c == '\t' || c == '\r' || c == '\n'; });
}

}  // namespace

std::variant<FailureRecord, std::string> readFailure(std::string_view file) {
  const auto line = file.find('\n');
  if (line == std::string_view::npos || file.size() > kMaxFailure)
    return std::string("no record of a failure");
  dom::parser parser;
  dom::element root;
  std::int64_t version = 0;
  const simdjson::padded_string head(file.substr(0, line));
  if (parser.parse(head).get(root) != simdjson::SUCCESS ||
      root["alignd_failure"].get(version) != simdjson::SUCCESS) {
    return std::string("no record of a failure");
  }
  if (version != 1) return cat({"a record of version ", std::to_string(version)});
  FailureRecord out;
  out.policyDomain = textOf(root, "policy_domain");
  out.from = textOf(root, "from");
  out.client = textOf(root, "client");
  bool redacted = false;
  out.redacted = root["redacted"].get(redacted) == simdjson::SUCCESS && redacted;
  if (root["time"].get(out.time) != simdjson::SUCCESS || out.time < 0 || out.policyDomain.empty()) {
    return std::string("a record without time or policy domain");
  }
  dom::array uris;
  if (root["ruf"].get(uris) == simdjson::SUCCESS) {
    for (const dom::element& uri : uris) {
      std::string_view text;
      if (out.ruf.size() < kMaxUris && uri.get(text) == simdjson::SUCCESS) out.ruf.emplace_back(text);
    }
  }
  std::string_view rest = file.substr(line + 1);
  if (!take(root, "feedback", rest, out.feedback) || !take(root, "header", rest, out.header) ||
      !take(root, "body", rest, out.body) || !rest.empty()) {
    return std::string("a record that is cut off");
  }
  if (!isPlain(out.feedback) || !isPlain(out.header) || !isPlain(out.body) || !isPlain(out.from) ||
      !isPlain(out.policyDomain) || !isPlain(out.client) || !out.feedback.ends_with("\r\n")) {
    return std::string("a record with octets that none has");
  }
  return out;
}

std::string similarity(const FailureRecord& record) {
  constexpr std::array<std::string_view, 5> kSame{
      "Auth-Failure:", "Identity-Alignment:", "Delivery-Result:", "DKIM-Domain:", "DKIM-Selector:"};
  std::string text = cat({record.policyDomain, "\n", record.from, "\n", record.client, "\n"});
  for (const std::string& uri : record.ruf) text += cat({uri, "\n"});
  std::string_view rest(record.feedback);
  while (!rest.empty()) {
    const auto end = std::min(rest.find("\r\n"), rest.size());
    const std::string_view field = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 2, rest.size()));
    if (std::any_of(kSame.begin(), kSame.end(),
                    [&](std::string_view name) { return field.starts_with(name); })) {
      text += cat({field, "\n"});
    }
  }
  return digestText(text);
}

}  // namespace alignd::reporting
