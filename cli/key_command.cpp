#include "cli/key_command.h"

#include <utility>

#include "cli/ask.h"
#include "cli/key_checks.h"
#include "verifier/report/json.h"
#include "verifier/report/story.h"

namespace alignd::cli {

namespace {

using report::printable;

void printText(std::ostream& out, const KeyReport& report, bool colours) {
  out << "DKIM key " << printable(report.name) << "\n\n";
  report.list.print(out, colours);
  if (!report.records.empty()) out << '\n';
  for (const auto& record : report.records) out << "record: " << printable(record) << '\n';
}

void printJson(std::ostream& out, const KeyReport& report) {
  std::string text;
  report::JsonWriter w(text);
  w.beginObject();
  w.text("name", report.name);
  if (report.answer != nullptr) {
    w.text("answer", dns::statusName(report.answer->status));
    w.textIf("detail", report.answer->detail);
    w.textIf("cname", dns::chainText(report.answer->chain));
    w.flagIf("dnssec", report.answer->authenticated);
  }
  w.beginArray("records");
  for (const auto& record : report.records) w.element(record);
  w.endArray();
  report.list.write(w);
  w.endObject();
  out << text << '\n';
}

}  // namespace

int runKey(const Arguments& arguments, std::shared_ptr<dns::Resolver> resolver, std::ostream& out) {
  dns::Lookups lookups(std::move(resolver), {});
  const KeyReport report = checkKey(arguments.operands[0], arguments.operands[1], lookups);
  if (arguments.json) {
    printJson(out, report);
  } else {
    printText(out, report, arguments.colours);
  }
  return report.name.empty() ? kExitUsage : report.list.exitCode();
}

}  // namespace alignd::cli
