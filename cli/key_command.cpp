#include "cli/key_command.h"

#include <algorithm>

#include "cli/ask.h"
#include "dns/ascii.h"
#include "dns/idna.h"
#include "verifier/dkim/public_key.h"
#include "verifier/report/json.h"
#include "verifier/report/story.h"

namespace alignd::cli {

namespace {

using report::printable;

// The engine's own deadline comes first; this one is for an engine that does not answer at all.
constexpr std::chrono::minutes kPatience{10};

std::string_view typeWord(const dkim::KeyRecord& record) {
  if (record.fault == dkim::Reason::KeyWrongType) return "unknown";
  return record.type == dkim::KeyType::Rsa ? "rsa" : "ed25519";
}

// Verifiers must not accept it although it reads well (RFC 8301 section 3.2).
bool weak(const dkim::KeyRecord& record) {
  return record.usable() && record.type == dkim::KeyType::Rsa && record.bits < 1024;
}

bool good(const dkim::KeyRecord& record) {
  return record.usable() && record.allowsSha256 && !weak(record);
}

std::string problemOf(const dkim::KeyRecord& record) {
  if (!record.usable())
    return record.text.empty() ? std::string(dkim::reasonWord(record.fault)) : record.text;
  if (weak(record)) return "RSA keys under 1024 bits are not accepted (RFC 8301 section 3.2)";
  if (!record.allowsSha256) return "h= does not allow sha256";
  return {};
}

void printText(std::ostream& out, const dns::Answer& answer, const dkim::KeySet& keys) {
  out << printable(answer.question.name.text()) << ": " << dns::statusName(answer.status);
  if (!answer.detail.empty()) out << " (" << printable(answer.detail) << ')';
  if (answer.authenticated) out << ", DNSSEC";
  out << '\n';
  for (const auto& hop : answer.chain) {
    out << "  CNAME " << printable(hop.owner.text()) << " -> " << printable(hop.target.text()) << " (TTL "
        << hop.ttl << ")\n";
  }
  for (const auto& record : keys.records) {
    out << "  key: " << typeWord(record);
    if (record.bits > 0) out << ", " << record.bits << " bits";
    if (record.testing) out << ", testing (t=y)";
    if (record.strictIdentity) out << ", i= must equal d= (t=s)";
    const std::string problem = problemOf(record);
    out << (problem.empty() ? ": usable" : ": not usable: ") << printable(problem) << '\n';
  }
  if (keys.records.size() > 1)
    out << "  more than one record: each is tried (RFC 6376 section 6.1.2 leaves it open)\n";
}

void printJson(std::ostream& out, const dns::Answer& answer, const dkim::KeySet& keys) {
  std::string text;
  report::JsonWriter w(text);
  w.beginObject();
  w.text("name", answer.question.name.text());
  w.text("answer", dns::statusName(answer.status));
  w.textIf("detail", answer.detail);
  w.textIf("cname", dns::chainText(answer.chain));
  w.flagIf("dnssec", answer.authenticated);
  w.beginArray("keys");
  for (const auto& record : keys.records) {
    w.beginObject();
    w.text("k", typeWord(record));
    if (record.bits > 0) w.number("bits", record.bits);
    w.flagIf("testing", record.testing);
    w.flagIf("strict_identity", record.strictIdentity);
    w.flagIf("usable", good(record));
    w.textIf("problem", problemOf(record));
    w.endObject();
  }
  w.endArray();
  w.endObject();
  out << text << '\n';
}

}  // namespace

int runKey(const Arguments& arguments, std::shared_ptr<dns::Resolver> resolver, std::ostream& out) {
  const auto domain = dns::toAscii(arguments.operands[1]);
  const auto name =
      domain ? dns::Name::parse(ascii::cat({arguments.operands[0], "._domainkey.", *domain})) : std::nullopt;
  if (!name) {
    out << "no such name can be asked\n";
    return kExitUsage;
  }
  dns::Lookups lookups(std::move(resolver), {});
  const dns::Question question{*name, dns::Type::TXT};
  const dns::Answer& answer = ask(lookups, question, kPatience);
  const dkim::KeySet keys = answer.status == dns::Status::Ok ? dkim::parseKeySet(answer) : dkim::KeySet();
  if (arguments.json) {
    printJson(out, answer, keys);
  } else {
    printText(out, answer, keys);
  }
  if (answer.temporary()) return kExitTemporary;
  return std::any_of(keys.records.begin(), keys.records.end(), good) ? kExitPass : kExitNotPass;
}

}  // namespace alignd::cli
