#include "reporting/read/from_xml.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <pugixml.hpp>

#include "dns/data/ascii.h"

namespace alignd::reporting {

namespace {

using ascii::cat;

constexpr int kMaxDepth = 32;
constexpr std::ptrdiff_t kMaxTags = 2'000'000;
constexpr std::size_t kMaxText = 4096;

std::string_view localName(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node childOf(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_node& child : node.children()) {
    if (localName(child) == name) return child;
  }
  return {};
}

std::string textOf(const pugi::xml_node& node, std::string_view name) {
  std::string_view text = childOf(node, name).child_value();
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return std::string(text.substr(0, kMaxText));
}

std::optional<std::int64_t> numberOf(const pugi::xml_node& node, std::string_view name) {
  const std::string text = textOf(node, name);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

class DepthCheck final : public pugi::xml_tree_walker {
 public:
  bool for_each(pugi::xml_node&) override { return depth() < kMaxDepth; }
};

// Looked for before anything is parsed, in every case: entities begin there.
bool hasDocumentType(std::string_view text) {
  for (auto at = text.find("<!"); at != std::string_view::npos; at = text.find("<!", at + 2)) {
    const auto word = text.substr(at + 2, 7);
    if (ascii::equalIgnoreCase(word, "DOCTYPE") || ascii::equalIgnoreCase(word.substr(0, 6), "ENTITY"))
      return true;
  }
  return false;
}

Row readRow(const pugi::xml_node& record) {
  Row out;
  const auto row = childOf(record, "row");
  const auto evaluated = childOf(row, "policy_evaluated");
  out.sourceIp = textOf(row, "source_ip");
  out.disposition = textOf(evaluated, "disposition");
  out.dkim = textOf(evaluated, "dkim") == "pass";
  out.spf = textOf(evaluated, "spf") == "pass";
  for (const pugi::xml_node& reason : evaluated.children()) {
    if (localName(reason) != "reason") continue;
    Reason one{textOf(reason, "type"), textOf(reason, "comment")};
    if (!one.type.empty() || !one.comment.empty()) out.reasons.push_back(std::move(one));
  }
  const auto identifiers = childOf(record, "identifiers");
  out.headerFrom = textOf(identifiers, "header_from");
  if (childOf(identifiers, "envelope_from")) out.envelopeFrom = textOf(identifiers, "envelope_from");
  if (childOf(identifiers, "envelope_to")) out.envelopeTo = textOf(identifiers, "envelope_to");
  for (const pugi::xml_node& result : childOf(record, "auth_results").children()) {
    if (localName(result) == "dkim") {
      out.dkimResults.push_back({textOf(result, "domain"), textOf(result, "selector"),
                                 textOf(result, "result"), textOf(result, "human_result")});
    } else if (localName(result) == "spf") {
      SpfRow spf{textOf(result, "domain"), textOf(result, "result"), textOf(result, "human_result")};
      // RFC 7489 had one of HELO too; the one of MAIL FROM counts.
      if (!out.spfResult || textOf(result, "scope") == "mfrom") out.spfResult = std::move(spf);
    }
  }
  return out;
}

void readMetadata(const pugi::xml_node& feedback, Received& out) {
  const auto node = childOf(feedback, "report_metadata");
  Metadata& metadata = out.report.metadata;
  metadata.orgName = textOf(node, "org_name");
  metadata.email = textOf(node, "email");
  metadata.extraContactInfo = textOf(node, "extra_contact_info");
  metadata.reportId = textOf(node, "report_id");
  metadata.error = textOf(node, "error");
  metadata.generator = textOf(node, "generator");
  const auto range = childOf(node, "date_range");
  const auto begin = numberOf(range, "begin");
  const auto end = numberOf(range, "end");
  if (!begin || !end) out.remarks.emplace_back("no period that can be read");
  metadata.begin = begin.value_or(0);
  metadata.end = end.value_or(0);
  if (metadata.reportId.empty()) out.remarks.emplace_back("no report_id");
}

void readPolicy(const pugi::xml_node& feedback, Received& out) {
  const auto node = childOf(feedback, "policy_published");
  PublishedPolicy& policy = out.report.policy;
  policy.domain = textOf(node, "domain");
  policy.method = textOf(node, "discovery_method");
  policy.p = textOf(node, "p");
  policy.sp = textOf(node, "sp");
  policy.np = textOf(node, "np");
  policy.fo = textOf(node, "fo");
  policy.adkim = textOf(node, "adkim");
  policy.aspf = textOf(node, "aspf");
  policy.testing = textOf(node, "testing") == "y";
  if (policy.domain.empty()) out.remarks.emplace_back("no domain in policy_published");
}

}  // namespace

std::variant<Received, std::string> fromXml(std::string_view text) {
  if (text.size() > kMaxXml) return cat({"larger than ", std::to_string(kMaxXml >> 20U), " MiB"});
  if (hasDocumentType(text)) return std::string("it declares a document type, which no report has");
  if (std::count(text.begin(), text.end(), '<') > kMaxTags) return std::string("it has too many elements");
  pugi::xml_document document;
  const auto parsed =
      document.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_auto);
  if (!parsed) {
    return cat({"no XML: ", parsed.description(), " at octet ", std::to_string(parsed.offset)});
  }
  DepthCheck check;
  if (!document.traverse(check)) return cat({"elements nest deeper than ", std::to_string(kMaxDepth)});
  const auto feedback = document.document_element();
  if (localName(feedback) != "feedback") return std::string("no report: its first element is not feedback");
  Received out;
  readMetadata(feedback, out);
  readPolicy(feedback, out);
  for (const pugi::xml_node& record : feedback.children()) {
    if (localName(record) != "record") continue;
    const auto count = numberOf(childOf(record, "row"), "count");
    if (!count) {
      if (out.remarks.size() < 20) out.remarks.emplace_back("a record without a count is passed over");
      continue;
    }
    out.report.rows.emplace_back(readRow(record), *count);
  }
  if (out.report.rows.empty()) out.remarks.emplace_back("no records");
  if (out.report.rows.empty() && out.report.policy.domain.empty())
    return std::string("neither a domain nor records");
  return out;
}

}  // namespace alignd::reporting
