// What an operator may choose about acting: DESIGN.md decisions 1 to 3 and 15.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "dns/data/address.h"
#include "verifier/dmarc/result.h"
#include "verifier/policy/decision.h"
#include "verifier/spf/options.h"

namespace alignd::policy {

enum class Mode {
  Stamp,    // say what enforce would do, and do nothing
  Enforce,  // do it
};

/// What a rule does with the messages it matches.
enum class RuleAction {
  Accept,      // eases: needs an authenticated fact
  Quarantine,  // as Options::quarantine says
  Reject,
  TempFail,
  NoChange,  // what would be done anyway; later rules are not looked at
  Policy,    // a failing message is handled as if its domain had published Rule::policy (for domains with
             // p=none)
};

/// One entry of the table. Lists that are not empty must all match, each by one of its entries. Domains are
/// compared without case, in A-labels: `example.org` is that name, `*.example.org` every name below it.
struct Rule {
  std::string name;  // for logs, counters and A-R; letters, digits, hyphen, underscore
  // Authenticated facts
  std::vector<Network> clientNetworks;
  std::vector<std::string> signingDomains;  // d= of a signature that passed
  std::vector<std::string> spfDomains;      // domain of an SPF pass (MAIL FROM identity)
  std::vector<std::string> sealers;         // sealer of a trusted ARC chain
  // What the sender writes
  std::vector<std::string> authorDomains;
  std::vector<std::string> listIds;     // of RFC 2919, patterns like domains
  std::vector<std::string> recipients;  // `a@example.org`, or `@example.org` for the whole domain
  // What was found
  std::vector<std::string> results;    // of DMARC: pass, fail, none, temperror, permerror
  std::vector<std::string> published;  // the policy that the author domain asks for: none, quarantine, reject
  std::vector<std::string> why;        // words of cause/why.h
  /// Of the messages that match, the rule takes this share: 0 to 1, by author domain and client (share.h).
  double share = 1;

  RuleAction action = RuleAction::NoChange;
  dmarc::Policy policy = dmarc::Policy::None;  // for RuleAction::Policy
};

struct Options {
  Mode mode = Mode::Stamp;
  // Enforce
  Action quarantine = Action::Mark;  // dmarc=fail under quarantine
  Action reject =
      Action::Mark;  // dmarc=fail under reject (RFC 9989 section 7.4: that alone is no ground to reject)
  Action author = Action::Mark;  // nobody can say whose message it is
  /// The same where nobody is named at all, on the null path: bounces `From: MAILER-DAEMON <>`.
  Action authorWithoutDomain = Action::Accept;
  Action temperror = Action::TempFail;  // where the policy asks for something, or could not be found
  /// What DNS failed on for as long is accepted as temperror: more deferrals would end in bounces.
  std::chrono::milliseconds temperrorPatience{std::chrono::hours(4)};
  /// rejectFail, deferTempError and helo: what SPF asks for by itself. Never when dmarc=pass.
  spf::Options spf;
  /// The first that matches counts; of those without an authenticated fact, the severest up to the first with one.
  std::vector<Rule> rules;

  // Replies. {domain}: the author domain; {reason}: what was found; {rule}: the rule's name; {why}, {spf}, {dkim}:
  // the cause (cause/why.h) and its two halves; {client}, {queue_id}; {help_url}.
  std::string rejectCode = "5.7.1";  // enhanced status code of a DMARC rejection
  std::string rejectText = "Email rejected per DMARC policy for {domain}: {reason}";
  std::string temperrorText = "DMARC check of {domain} met a temporary error of DNS, try again later";
  std::string authorText = "DMARC needs one author domain: {reason}";
  std::string ruleText = "Message refused by local policy {rule}";
  /// Where a sender reads what to do; may hold {why}, {domain}, {queue_id}. Stands at the end of every refusal that
  /// has no {help_url}. "": none.
  std::string helpUrl;
};

/// Something that is wrong with the options.
struct Fault {
  std::string text;
  std::optional<std::size_t> rule{};  // its place in Options::rules, when a rule is to blame
};
/// All of it; empty when nothing is. Called by whoever read them.
std::vector<Fault> faultsOf(const Options& options);
/// The same, a line each.
std::vector<std::string> check(const Options& options);

}  // namespace alignd::policy
