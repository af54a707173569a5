#include "reporting/log/opendmarc_history.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "dns/data/ascii.h"

namespace alignd::reporting {

namespace {

constexpr std::size_t kMaxText = 1000;
constexpr std::size_t kMaxSignatures = 100;
constexpr std::size_t kMaxUris = 20;
constexpr std::int64_t kMaxSeconds = 100'000'000'000;  // far beyond all dates

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Of SPF and DKIM alike; opendmarc-reports has the same table.
std::string_view resultWord(std::string_view code) {
  constexpr std::array<std::string_view, 9> kWords{"pass",      "",     "softfail", "neutral", "temperror",
                                                   "permerror", "none", "fail",     "policy"};
  const auto value = number(code);
  if (!value || *value < 0 || static_cast<std::size_t>(*value) >= kWords.size()) return {};
  return kWords[static_cast<std::size_t>(*value)];
}

std::string_view policyWord(std::string_view code) {
  const auto value = number(code);
  if (value == 'n') return "none";
  if (value == 'q') return "quarantine";
  return value == 'r' ? "reject" : "";
}

std::string_view takeWord(std::string_view& rest) {
  const auto end = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

void takeSignature(std::string_view value, LoggedMessage& out) {
  if (out.dkim.size() >= kMaxSignatures) return;
  LoggedSignature signature;
  signature.domain = takeWord(value);
  const std::string_view next = takeWord(value);
  // Before 1.4 there was no selector.
  const std::string_view result = value.empty() ? next : takeWord(value);
  if (result.data() != next.data()) signature.selector = next;
  signature.result = resultWord(result) == "softfail" ? "fail" : resultWord(result);
  if (signature.result == "pass") signature.reason = "verified";
  if (!signature.result.empty()) out.dkim.push_back(std::move(signature));
}

// What enforcing the policy does: it tells whether OpenDMARC enforced it.
std::string_view enforced(const LoggedDmarc& dmarc) {
  if (dmarc.result == "pass" || dmarc.policy == "none") return "accept";
  return dmarc.policy == "reject" ? "reject" : "hold";
}

}  // namespace

void HistoryReader::take(std::string_view key, std::string_view value) {
  LoggedDmarc& dmarc = message_.dmarc;
  const std::string text(value == "-" ? std::string_view() : value);
  if (key == "reporter") {
    message_.host = text;
  } else if (key == "received") {
    const auto seconds = number(value);
    if (seconds && *seconds > 0 && *seconds < kMaxSeconds) message_.timeMs = *seconds * 1000;
  } else if (key == "ipaddr") {
    message_.client = text;
  } else if (key == "from") {
    message_.from = ascii::toLower(text);
  } else if (key == "mfrom") {
    message_.spf.domain = ascii::toLower(text);
    message_.mailFrom = text.empty() ? std::string() : "@" + message_.spf.domain;
  } else if (key == "dkim") {
    takeSignature(value, message_);
  } else if (key == "spf") {
    message_.spf.result = resultWord(value);
    message_.hasSpf = !message_.spf.result.empty();
  } else if (key == "pdomain") {
    dmarc.policyDomain = ascii::toLower(text);
  } else if (key == "rua") {
    if (!text.empty() && dmarc.rua.size() < kMaxUris) dmarc.rua.push_back(text);
  } else if (key == "adkim") {
    dmarc.adkim = number(value) == 's' ? "s" : "r";
  } else if (key == "aspf") {
    dmarc.aspf = number(value) == 's' ? "s" : "r";
  } else if (key == "p") {
    dmarc.p = policyWord(value);
  } else if (key == "sp") {
    dmarc.sp = policyWord(value);
  } else if (key == "align_dkim") {
    dmarc.alignedDkim = value == "4";
  } else if (key == "align_spf") {
    dmarc.alignedSpf = value == "4";
  } else if (key != "policy" && key != "pct" && key != "spf_scope" && key != "fo" && key != "arc" &&
             key != "arc_policy") {
    ++foreign_;
  }
}

// The dispositions of opendmarc-reports: discard is a reject that nobody hears of.
bool HistoryReader::conclude(std::string_view action) {
  constexpr std::array<std::string_view, 5> kActions{"reject", "reject", "accept", "tempfail", "hold"};
  const auto value = number(action);
  open_ = false;
  if (!value || *value < 0 || static_cast<std::size_t>(*value) >= kActions.size() || message_.timeMs <= 0) {
    ++torn_;
    return false;
  }
  LoggedDmarc& dmarc = message_.dmarc;
  message_.action = kActions[static_cast<std::size_t>(*value)];
  message_.hasDmarc = true;
  if (dmarc.p.empty()) dmarc.policyDomain.clear();  // no record
  dmarc.method = "psl";
  dmarc.result = dmarc.alignedDkim || dmarc.alignedSpf ? "pass" : "fail";
  const bool below = message_.from != dmarc.policyDomain;
  dmarc.policy = below && !dmarc.sp.empty() ? dmarc.sp : dmarc.p;
  dmarc.disposition = dmarc.result == "pass" ? "none" : dmarc.policy;
  message_.would = enforced(dmarc);
  return true;
}

bool HistoryReader::line(std::string_view text) {
  while (!text.empty() && (ascii::isWsp(text.back()) || text.back() == '\r')) text.remove_suffix(1);
  if (text.empty()) return false;
  std::string_view rest = text;
  const std::string_view key = takeWord(rest);
  const std::string_view value = rest.substr(0, kMaxText);
  if (key == "job") {
    if (open_) ++torn_;
    message_ = {};
    message_.queueId = value;
    open_ = true;
    return false;
  }
  if (!open_) {
    ++foreign_;
    return false;
  }
  if (key == "action") return conclude(value);
  take(key, value);
  return false;
}

}  // namespace alignd::reporting
