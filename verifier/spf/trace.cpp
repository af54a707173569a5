#include "verifier/spf/trace.h"

#include <variant>

namespace alignd::spf {

namespace {

std::string valueText(const dns::Record& record) {
  if (const auto* address = std::get_if<IpAddress>(&record.data)) return address->text();
  if (const auto* mx = std::get_if<dns::Mx>(&record.data)) {
    return std::to_string(mx->preference) + " " + mx->exchange.text();
  }
  if (const auto* name = std::get_if<dns::Name>(&record.data)) return name->text();
  return {};
}

}  // namespace

void Trace::clear() {
  root_ = {};
  records_.clear();
  terms_.clear();
}

void Trace::openRecord(const std::string& domain) {
  TraceRecord* record = terms_.empty() ? &root_ : &terms_.back()->inner.emplace_back();
  record->domain = domain;
  records_.push_back(record);
}

void Trace::recordFound(const std::string& text) {
  records_.back()->text = text;
}

void Trace::closeRecord(Status status) {
  records_.back()->status = status;
  records_.pop_back();
}

void Trace::notEvaluated(const std::string& reason) {
  records_.back()->reason = reason;
}

void Trace::openTerm(std::string_view text) {
  terms_.push_back(&records_.back()->terms.emplace_back());
  terms_.back()->text = text;
}

void Trace::target(const std::string& name) {
  terms_.back()->target = name;
}

void Trace::closeTerm(std::string_view outcome, int terms, int voids) {
  terms_.back()->outcome = outcome;
  terms_.back()->terms = terms;
  terms_.back()->voids = voids;
  terms_.pop_back();
}

void Trace::lookup(const dns::Answer& answer) {
  TraceLookup out;
  out.question = answer.question;
  out.status = answer.status;
  out.chain = dns::chainText(answer.chain);
  for (const dns::Record& record : answer.records) {
    if (std::string value = valueText(record); !value.empty()) out.values.push_back(std::move(value));
  }
  if (records_.size() > terms_.size()) {
    records_.back()->lookup = std::move(out);  // the TXT lookup of a record that has no open term yet
  } else if (!terms_.empty()) {
    terms_.back()->lookups.push_back(std::move(out));
  }
}

}  // namespace alignd::spf
