#include <stdexcept>

#include <pugixml.hpp>
#include <zlib.h>

#include "dns/data/ascii.h"
#include "reporting/report/report.h"
#include "verifier/report/utf8.h"

namespace alignd::reporting {

namespace {

// Char of XML 1.0 section 2.2. Line ends and tabs become blanks: no element of ours has lines.
std::string clean(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const report::Utf8Char c = report::decodeUtf8(text);
    if (c.length == 0) {
      out += "\xef\xbf\xbd";
      text.remove_prefix(1);
      continue;
    }
    if (c.code == '\n' || c.code == '\r' || c.code == '\t') {
      out += ' ';
    } else if (c.code < 0x20 || c.code == 0x7f || (c.code >= 0x80 && c.code < 0xa0) ||
               (c.code & 0xfffeU) == 0xfffeU) {
      out += "\xef\xbf\xbd";
    } else {
      out += text.substr(0, c.length);
    }
    text.remove_prefix(c.length);
  }
  return out;
}

void add(pugi::xml_node parent, const char* name, std::string_view text) {
  parent.append_child(name).append_child(pugi::node_pcdata).set_value(clean(text).c_str());
}
void addIf(pugi::xml_node parent, const char* name, std::string_view text) {
  if (!text.empty()) add(parent, name, text);
}

void addMetadata(pugi::xml_node feedback, const Metadata& metadata) {
  auto node = feedback.append_child("report_metadata");
  add(node, "org_name", metadata.orgName);
  add(node, "email", metadata.email);
  addIf(node, "extra_contact_info", metadata.extraContactInfo);
  add(node, "report_id", metadata.reportId);
  auto range = node.append_child("date_range");
  add(range, "begin", std::to_string(metadata.begin));
  add(range, "end", std::to_string(metadata.end));
  addIf(node, "error", metadata.error);
  addIf(node, "generator", metadata.generator);
}

void addPolicy(pugi::xml_node feedback, const PublishedPolicy& policy) {
  auto node = feedback.append_child("policy_published");
  add(node, "domain", policy.domain);
  addIf(node, "discovery_method", policy.method);
  add(node, "p", policy.p);
  addIf(node, "sp", policy.sp);
  addIf(node, "np", policy.np);
  addIf(node, "fo", policy.fo);
  addIf(node, "adkim", policy.adkim);
  addIf(node, "aspf", policy.aspf);
  add(node, "testing", policy.testing ? "y" : "n");
}

void addRow(pugi::xml_node record, const Row& row, std::int64_t count) {
  auto node = record.append_child("row");
  add(node, "source_ip", row.sourceIp);
  add(node, "count", std::to_string(count));
  auto evaluated = node.append_child("policy_evaluated");
  add(evaluated, "disposition", row.disposition);
  add(evaluated, "dkim", row.dkim ? "pass" : "fail");
  add(evaluated, "spf", row.spf ? "pass" : "fail");
  for (const Reason& reason : row.reasons) {
    auto why = evaluated.append_child("reason");
    add(why, "type", reason.type);
    addIf(why, "comment", reason.comment);
  }
}

void addResults(pugi::xml_node record, const Row& row) {
  auto identifiers = record.append_child("identifiers");
  add(identifiers, "header_from", row.headerFrom);
  if (row.envelopeFrom) add(identifiers, "envelope_from", *row.envelopeFrom);
  if (row.envelopeTo) add(identifiers, "envelope_to", *row.envelopeTo);
  auto results = record.append_child("auth_results");
  for (const DkimRow& dkim : row.dkimResults) {
    auto node = results.append_child("dkim");
    add(node, "domain", dkim.domain);
    add(node, "selector", dkim.selector);
    add(node, "result", dkim.result);
    addIf(node, "human_result", dkim.human);
  }
  if (!row.spfResult) return;
  auto node = results.append_child("spf");
  add(node, "domain", row.spfResult->domain);
  add(node, "scope", "mfrom");
  add(node, "result", row.spfResult->result);
  addIf(node, "human_result", row.spfResult->human);
}

class Text final : public pugi::xml_writer {
 public:
  void write(const void* data, std::size_t size) override {
    text.append(static_cast<const char*>(data), size);
  }
  std::string text;
};

}  // namespace

std::string toXml(const Report& report) {
  pugi::xml_document document;
  auto declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  auto feedback = document.append_child("feedback");
  feedback.append_attribute("xmlns") = "urn:ietf:params:xml:ns:dmarc-2.0";
  add(feedback, "version", "1.0");
  addMetadata(feedback, report.metadata);
  addPolicy(feedback, report.policy);
  for (const auto& [row, count] : report.rows) {
    auto record = feedback.append_child("record");
    addRow(record, row, count);
    addResults(record, row);
  }
  Text out;
  document.save(out, " ", pugi::format_default, pugi::encoding_utf8);
  return std::move(out.text);
}

std::string gzip(std::string_view text) {
  z_stream stream{};
  constexpr int kGzip = 15 + 16;  // zlib.h: the largest window, and a gzip header (without a time)
  if (deflateInit2(&stream, 9, Z_DEFLATED, kGzip, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("zlib has no memory");
  }
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib does not write there
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) throw std::runtime_error("a report could not be compressed");
  return out;
}

std::string fileName(std::string_view receiver, const Report& report) {
  return ascii::cat({receiver, "!", report.policy.domain, "!", std::to_string(report.metadata.begin), "!",
                     std::to_string(report.metadata.end), "!", report.metadata.reportId, ".xml.gz"});
}

std::string subject(std::string_view receiver, const Report& report) {
  return ascii::cat({"Report Domain: ", report.policy.domain, " Submitter: ", receiver,
                     " Report-ID: ", report.metadata.reportId});
}

}  // namespace alignd::reporting
