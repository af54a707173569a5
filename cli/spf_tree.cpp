#include "cli/spf_tree.h"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "dns/data/ascii.h"
#include "dns/data/idna.h"
#include "dns/table/lookups.h"
#include "verifier/report/json.h"
#include "verifier/report/story.h"
#include "verifier/spf/evaluate.h"

namespace alignd::cli {

namespace {

using report::printable;

class TextTree {
 public:
  TextTree(std::ostream& out, const spf::Options& options) : out_(out), options_(options) {}

  void record(const spf::TraceRecord& record, std::size_t depth) {
    indent(depth) << printable(record.domain) << ": ";
    out_ << (record.text.empty() ? "no SPF record" : printable(record.text)) << '\n';
    if (!record.reason.empty()) indent(depth + 1) << printable(record.reason) << '\n';
    chain(record.lookup, depth);
    for (const auto& term : record.terms) printTerm(term, depth + 1);
    indent(depth) << "= " << spf::statusWord(record.status) << '\n';
  }

 private:
  std::ostream& indent(std::size_t depth) { return out_ << std::string(depth * 2, ' '); }

  void printTerm(const spf::TraceTerm& term, std::size_t depth) {
    indent(depth) << printable(term.text);
    // The name is news only where it does not stand in the term.
    if (!term.target.empty() && term.text.find(term.target) == std::string::npos) {
      out_ << " [" << printable(term.target) << ']';
    }
    out_ << ": " << term.outcome;
    if (!term.target.empty()) {
      out_ << " (" << term.terms << " of " << spf::kMaxTerms << " terms, " << term.voids << " of "
           << options_.maxVoids << " void lookups)";
    }
    out_ << '\n';
    for (const auto& lookup : term.lookups) printLookup(lookup, depth + 1);
    for (const auto& inner : term.inner) record(inner, depth + 1);
  }

  void printLookup(const spf::TraceLookup& lookup, std::size_t depth) {
    indent(depth) << dns::typeName(lookup.question.type) << ' ' << printable(lookup.question.name.text())
                  << ": ";
    if (lookup.values.empty()) out_ << dns::statusName(lookup.status);
    for (std::size_t i = 0; i < lookup.values.size(); ++i)
      out_ << (i > 0 ? ", " : "") << printable(lookup.values[i]);
    out_ << '\n';
    chain(lookup, depth);
  }

  void chain(const spf::TraceLookup& lookup, std::size_t depth) {
    if (!lookup.chain.empty()) indent(depth + 1) << "CNAME " << printable(lookup.chain) << '\n';
  }

  std::ostream& out_;
  const spf::Options& options_;
};

void writeLookup(report::JsonWriter& w, const spf::TraceLookup& lookup) {
  w.text("name", lookup.question.name.text());
  w.text("type", dns::typeName(lookup.question.type));
  w.text("answer", dns::statusName(lookup.status));
  w.textIf("cname", lookup.chain);
  if (lookup.values.empty()) return;
  w.beginArray("values");
  for (const auto& value : lookup.values) w.element(value);
  w.endArray();
}

// Depth is bounded by the 10 terms of RFC 7208 section 4.6.4.
void writeRecord(report::JsonWriter& w, const spf::TraceRecord& record) {
  w.text("domain", record.domain);
  w.textIf("record", record.text);
  w.textIf("reason", record.reason);
  w.beginObject("lookup");
  writeLookup(w, record.lookup);
  w.endObject();
  w.beginArray("terms");
  for (const auto& term : record.terms) {
    w.beginObject();
    w.text("term", term.text);
    w.textIf("target", term.target);
    w.text("outcome", term.outcome);
    w.number("terms", term.terms);
    w.number("voids", term.voids);
    if (!term.lookups.empty()) {
      w.beginArray("lookups");
      for (const auto& lookup : term.lookups) {
        w.beginObject();
        writeLookup(w, lookup);
        w.endObject();
      }
      w.endArray();
    }
    for (const auto& inner : term.inner) {
      w.beginObject("check");
      writeRecord(w, inner);
      w.endObject();
    }
    w.endObject();
  }
  w.endArray();
  w.text("result", spf::statusWord(record.status));
}

void printJson(std::ostream& out, const spf::Request& request, const spf::Result& result,
               const spf::Trace& trace, const spf::Options& options) {
  std::string text;
  report::JsonWriter w(text);
  w.beginObject();
  w.text("domain", result.domain);
  w.text("ip", request.client.unmapped().text());
  w.text("helo", request.helo);
  w.text("mail_from", request.mailFrom);
  w.text("result", spf::statusWord(result.status));
  w.text("reason", result.text);
  w.textIf("mechanism", result.mechanism);
  if (result.prefixLength >= 0) w.number("prefix", result.prefixLength);
  if (!result.path.empty()) {
    w.beginArray("path");
    for (const auto& domain : result.path) w.element(domain);
    w.endArray();
  }
  w.textIf("explanation", result.explanation);
  w.number("terms", result.terms);
  w.number("terms_limit", spf::kMaxTerms);
  w.number("voids", result.voids);
  w.number("voids_limit", options.maxVoids);
  w.beginObject("check");
  writeRecord(w, trace.root());
  w.endObject();
  w.endObject();
  out << text << '\n';
}

void printText(std::ostream& out, const spf::Request& request, const spf::Result& result,
               const spf::Trace& trace, const spf::Options& options) {
  out << "SPF of " << printable(result.domain) << " for " << request.client.unmapped().text() << ", sender "
      << printable(request.mailFrom) << ", HELO " << printable(request.helo) << "\n\n";
  TextTree(out, options).record(trace.root(), 0);
  out << '\n' << spf::statusWord(result.status) << ": " << printable(result.text) << '\n';
  if (!result.explanation.empty()) out << "the domain explains: " << printable(result.explanation) << '\n';
  out << result.terms << " of " << spf::kMaxTerms << " terms with DNS, " << result.voids << " of "
      << options.maxVoids << " void lookups\n";
}

}  // namespace

int runSpf(const Arguments& arguments, const spf::Options& options, std::shared_ptr<dns::Resolver> resolver,
           std::ostream& out) {
  const auto domain = dns::toAscii(arguments.operands[0]);
  const auto name = domain ? dns::Name::parse(*domain) : std::nullopt;
  if (!name || name->isRoot() || !arguments.ip) {
    out << "no such name can be asked\n";
    return kExitUsage;
  }
  spf::Request request;
  request.client = *arguments.ip;
  request.domain = name->text();
  request.helo = arguments.helo.empty() ? name->text() : arguments.helo;
  request.mailFrom = arguments.mailFrom.empty() ? "postmaster@" + name->text() : arguments.mailFrom;
  request.now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  request.smtputf8 = true;

  dns::Lookups lookups(std::move(resolver), {});
  spf::Trace trace;
  const Time deadline = std::chrono::steady_clock::now() + options.timeLimit;
  std::optional<spf::Result> result;
  while (true) {
    lookups.setNow(std::chrono::steady_clock::now());
    result = spf::evaluate(request, options, lookups, &trace);
    if (result) break;
    if (std::chrono::steady_clock::now() >= deadline) lookups.close();
    lookups.wait(deadline);
  }
  if (arguments.json) {
    printJson(out, request, *result, trace, options);
  } else {
    printText(out, request, *result, trace, options);
  }
  if (result->status == spf::Status::TempError) return kExitTemporary;
  return result->status == spf::Status::Pass ? kExitPass : kExitNotPass;
}

}  // namespace alignd::cli
