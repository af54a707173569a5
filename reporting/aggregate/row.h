// What an aggregate report is made of, and its text form in the store.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace alignd::reporting {

/// policy_published (RFC 9990 section 3.1.1.5): found values, or their defaults.
struct PublishedPolicy {
  std::string domain;
  std::string method;  // treewalk, psl
  std::string p, sp, np, fo, adkim, aspf;
  bool testing = false;
  friend bool operator==(const PublishedPolicy&, const PublishedPolicy&) = default;
};

struct Reason {
  std::string type;  // a word of PolicyOverrideType
  std::string comment;
  friend bool operator==(const Reason&, const Reason&) = default;
};

struct DkimRow {
  std::string domain;
  std::string selector;
  std::string result;
  std::string human;
  friend bool operator==(const DkimRow&, const DkimRow&) = default;
};

struct SpfRow {
  std::string domain;
  std::string result;
  std::string human;
  friend bool operator==(const SpfRow&, const SpfRow&) = default;
};

/// One record without its count: messages that agree in all of this are counted together.
struct Row {
  std::string sourceIp;
  std::string disposition;
  bool dkim = false;  // aligned
  bool spf = false;
  std::vector<Reason> reasons;
  std::string headerFrom;
  std::optional<std::string> envelopeFrom;  // "" for the null path
  std::optional<std::string> envelopeTo;
  std::vector<DkimRow> dkimResults;
  std::optional<SpfRow> spfResult;
  friend bool operator==(const Row&, const Row&) = default;
};

/// Text forms: JSON in ASCII, the same for equal values.
std::string encode(const PublishedPolicy& policy);
std::string encode(const Row& row);
std::string encode(const std::vector<std::string>& words);
/// Back from it; nothing when the text is no such form.
std::optional<PublishedPolicy> decodePolicy(std::string_view text);
std::optional<Row> decodeRow(std::string_view text);
std::optional<std::vector<std::string>> decodeWords(std::string_view text);

}  // namespace alignd::reporting
