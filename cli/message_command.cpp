#include "cli/message_command.h"

#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include "dns/progress.h"
#include "verifier/dkim/diagnosis.h"
#include "verifier/message/split.h"
#include "verifier/policy/decide.h"
#include "verifier/report/line.h"
#include "verifier/report/story.h"
#include "verifier/verification.h"

namespace alignd::cli {

namespace {

Verdict judge(const Arguments& arguments, const message::SplitMessage& message, Verification& verification) {
  const auto now = [] { return std::chrono::steady_clock::now(); };
  Client client;
  client.address = arguments.ip;
  client.helo = arguments.helo;
  const auto wall = arguments.time
                        ? UnixTime(std::chrono::seconds(*arguments.time))
                        : std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  verification.begin(client, arguments.mailFrom, true, Exemption::None, now(), wall);
  for (const auto& recipient : arguments.recipients) verification.recipient(recipient);
  for (const auto& field : message.fields) verification.field(field, now());
  verification.endOfHeader(now());
  if (verification.wantsBody()) {
    verification.body(std::as_bytes(std::span(message.body.data(), message.body.size())));
  }
  while (!verification.ready(now())) verification.wait();
  return verification.finish(now());
}

// What only the raw body can tell (verifier/dkim/diagnosis.h), added to what the verdict says already.
void diagnoseBodies(Verdict& verdict, const message::HeaderBlock& header, std::string_view body) {
  for (auto& signature : verdict.dkim.signatures) {
    if (signature.reason != dkim::Reason::BodyHashMismatch) continue;
    const std::string more = dkim::diagnoseBody(header, signature.field, body);
    if (more.empty()) continue;
    if (!signature.diagnosis.empty()) signature.diagnosis += "; ";
    signature.diagnosis += more;
  }
}

int exitCode(dmarc::Status status) {
  switch (status) {
    case dmarc::Status::Pass: return kExitPass;
    case dmarc::Status::TempError: return kExitTemporary;
    default: return kExitNotPass;
  }
}

}  // namespace

int runMessage(const Arguments& arguments, std::string_view raw, const conf::Settings& settings,
               std::shared_ptr<dns::Resolver> resolver, std::ostream& out) {
  dns::ProgressThreads progress;
  Verification verification(std::make_shared<const VerificationOptions>(settings.verification),
                            std::move(resolver), progress);
  const message::SplitMessage message = message::split(raw);
  Verdict verdict = judge(arguments, message, verification);
  diagnoseBodies(verdict, verification.header(), message.body);
  const policy::Decision decision = policy::decide(verdict, {}, settings.policy);
  std::string text;
  if (arguments.json) {
    report::Context context;
    context.time = std::chrono::system_clock::now();
    report::appendLine(text, report::Format::Json, verdict, decision, context);
    text += '\n';
  } else {
    report::appendStory(text, verdict, decision);
  }
  out << text;
  return exitCode(verdict.dmarc.status);
}

}  // namespace alignd::cli
