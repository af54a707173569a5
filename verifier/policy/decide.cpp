#include "verifier/policy/decide.h"

#include <algorithm>

#include "dns/data/ascii.h"
#include "verifier/cause/explain.h"
#include "verifier/policy/reply.h"
#include "verifier/policy/rules.h"
#include "verifier/spf/enforcement.h"

namespace alignd::policy {

namespace {

using ascii::cat;

struct Considered {
  Outcome outcome;
  std::string rule;
  std::string overrideType;
  std::string overrideComment;
};

// What the options say of messages that fail, one beside the other so that another answer can be tried.
struct Actions {
  Action quarantine;
  Action reject;
  Action author;
  bool inWords = true;  // a reply is wanted
};

Actions actionsOf(const Options& options) {
  return {options.quarantine, options.reject, options.author};
}

class Judge {
 public:
  Judge(const Verdict& verdict, const Facts& facts, const Options& options, const Actions& actions,
        cause::Why why)
      : verdict_(verdict),
        facts_(facts),
        options_(options),
        actions_(actions),
        why_(why),
        base_(withoutRules()) {}

  Considered under(const MetRules& rules) const { return forNow(withRules(rules)); }

 private:
  Considered withoutRules() const;
  Considered onAuthor() const;
  Considered onFail(dmarc::Policy policy) const;
  Considered onTempError() const;
  Considered withRules(const MetRules& rules) const;
  Considered withRule(const Rule& rule, bool eases) const;
  Considered forNow(Considered considered) const;
  void addSpf(Considered& considered) const;

  Outcome outcome(Action action, std::string_view cause, std::string_view text,
                  std::string_view rule = {}) const;
  std::string reply(std::string_view text, std::string_view reason, std::string_view rule = {}) const;
  std::string sealerComment() const;
  bool vouched() const { return verdict_.arc.trustedPass; }
  bool undecided() const {
    return !verdict_.author.ambiguous() && verdict_.dmarc.status == dmarc::Status::TempError;
  }

  const Verdict& verdict_;
  const Facts& facts_;
  const Options& options_;
  const Actions actions_;
  const cause::Why why_;
  const Considered base_;
};

// Only a refusal is put into words.
std::string Judge::reply(std::string_view text, std::string_view reason, std::string_view rule) const {
  const std::string spf = cause::spfText(verdict_);
  const std::string dkim = cause::dkimText(verdict_);
  const auto& address = verdict_.client.address;
  const std::string client = address ? address->text() : verdict_.client.local ? "local" : "unknown";
  const ReplyWords words{verdict_.author.domain, reason, rule, cause::word(why_), spf, dkim, client,
                         facts_.queueId};
  return fillReply(text, words, fillHelp(options_.helpUrl, words));
}

Outcome Judge::outcome(Action action, std::string_view cause, std::string_view text,
                       std::string_view rule) const {
  Outcome out;
  out.action = action;
  out.cause = cause;
  if ((action != Action::Reject && action != Action::TempFail) || !actions_.inWords) return out;
  const bool permanent = action == Action::Reject;
  out.replyCode = permanent ? "550" : "451";
  out.enhancedCode = permanent ? cause == "dmarc" ? options_.rejectCode : "5.7.1" : "4.7.0";
  out.replyText = reply(text, cause == "arc" ? verdict_.arc.trustedText : cause::explain(verdict_), rule);
  return out;
}

// RFC 8617 section 7.2.2: how an override by ARC is told in reports.
std::string Judge::sealerComment() const {
  std::string out = cat({"arc=", arc::statusWord(verdict_.arc.status)});
  for (auto set = verdict_.arc.sets.rbegin(); set != verdict_.arc.sets.rend() && out.size() < 300; ++set) {
    const std::string instance = std::to_string(set->instance);
    out += cat({" as[", instance, "].d=", set->sealDomain, " as[", instance, "].s=", set->sealSelector});
  }
  return out;
}

Considered Judge::withoutRules() const {
  if (verdict_.author.ambiguous()) {
    Considered out = onAuthor();
    addSpf(out);
    return out;
  }
  Considered out;
  switch (verdict_.dmarc.status) {
    case dmarc::Status::Pass: return out;
    case dmarc::Status::Fail: out = onFail(verdict_.dmarc.effective); break;
    case dmarc::Status::TempError: out = onTempError(); break;
    case dmarc::Status::None:
    case dmarc::Status::PermError: break;  // no policy applies
  }
  addSpf(out);
  return out;
}

Considered Judge::onAuthor() const {
  const Action action = isBounceWithoutDomain(verdict_) ? options_.authorWithoutDomain : actions_.author;
  if (action == Action::Accept) return {};
  return {outcome(action, "author", options_.authorText), {}, {}, {}};
}

Considered Judge::onFail(dmarc::Policy policy) const {
  Considered out;
  const dmarc::Result& dmarc = verdict_.dmarc;
  if (dmarc.testing && dmarc.selected != dmarc.effective) {
    out.overrideType = "policy_test_mode";  // RFC 9990 section 3.1.6
    out.overrideComment =
        cat({"t=y: ", dmarc::policyWord(dmarc.selected), " applied as ", dmarc::policyWord(dmarc.effective)});
  }
  if (policy == dmarc::Policy::None) return out;
  if (vouched()) {
    out.overrideType = "local_policy";
    out.overrideComment = sealerComment();
    return out;
  }
  // The chain might have vouched for it, had a key been there.
  if (verdict_.arc.trustedTransient && options_.temperror == Action::TempFail && !facts_.persistentFailure) {
    out.outcome = outcome(Action::TempFail, "arc", options_.temperrorText);
    return out;
  }
  const Action action = policy == dmarc::Policy::Reject ? actions_.reject : actions_.quarantine;
  if (action != Action::Accept) out.outcome = outcome(action, "dmarc", options_.rejectText);
  return out;
}

// DESIGN.md decision 2: never a 5xx, and no deferral of what would be let through in any case.
Considered Judge::onTempError() const {
  Considered out;
  const dmarc::Result& dmarc = verdict_.dmarc;
  const bool matters = dmarc.discoveryFailed || dmarc.effective != dmarc::Policy::None;
  if (!matters || options_.temperror == Action::Accept) return out;
  if (vouched()) {
    out.overrideType = "local_policy";
    out.overrideComment = sealerComment();
    return out;
  }
  if (facts_.persistentFailure && options_.temperror == Action::TempFail) return out;
  out.outcome = outcome(options_.temperror, "dmarc", options_.temperrorText);
  return out;
}

void Judge::addSpf(Considered& considered) const {
  if (!verdict_.spf || vouched()) return;
  const spf::Result* helo = verdict_.spfHelo ? &*verdict_.spfHelo : nullptr;
  const auto refusal = spf::refusal(*verdict_.spf, helo, options_.spf);
  if (!refusal) return;
  // The answer that is missing may make it dmarc=pass, and then SPF alone decides nothing.
  if (refusal->permanent && undecided()) return;
  const Action action = refusal->permanent ? Action::Reject : Action::TempFail;
  if (action == Action::Reject && considered.outcome.action == Action::Reject) {
    // RFC 7372 section 4: more than one check failed.
    considered.outcome.enhancedCode = "5.7.26";
    return;
  }
  if (considered.outcome.action >= action) return;
  considered.outcome = {action, "spf", refusal->replyCode, refusal->enhancedCode,
                        actions_.inWords ? reply("{reason}", refusal->text) : std::string()};
}

// The first that matches counts, and no later one is looked at, unless the first rests on what the sender writes: then it
// must not be milder than what he would have met without it (DESIGN.md decision 15).
Considered Judge::withRules(const MetRules& rules) const {
  Considered out = base_;
  for (auto met = rules.rbegin(); met != rules.rend(); ++met) {
    Considered own = withRule(*met->rule, met->authenticated);
    // The last one alone may name an authenticated fact, and ease.
    if (met == rules.rbegin() || own.outcome.action >= out.outcome.action) out = std::move(own);
  }
  return out;
}

// `eases`: it names an authenticated fact.
Considered Judge::withRule(const Rule& rule, bool eases) const {
  Considered out = base_;
  const auto tighten = [&](Outcome next) {
    if (next.action > base_.outcome.action || eases) out.outcome = std::move(next);
  };
  switch (rule.action) {
    case RuleAction::NoChange: break;
    case RuleAction::Accept:
      if (eases) out.outcome = {};
      break;
    case RuleAction::Quarantine:
      tighten(outcome(actions_.quarantine, "rule", options_.ruleText, rule.name));
      break;
    case RuleAction::Reject: tighten(outcome(Action::Reject, "rule", options_.ruleText, rule.name)); break;
    case RuleAction::TempFail:
      tighten(outcome(Action::TempFail, "rule", options_.ruleText, rule.name));
      break;
    case RuleAction::Policy: {
      if (verdict_.author.ambiguous() || verdict_.dmarc.status != dmarc::Status::Fail) break;
      Considered other = onFail(rule.policy);
      addSpf(other);
      tighten(std::move(other.outcome));
      break;
    }
  }
  out.rule = rule.name;
  const bool changed = out.outcome.action != base_.outcome.action;
  if (changed && verdict_.dmarc.status == dmarc::Status::Fail) {
    // RFC 9990 section 3.1.6: a mailing list, a forwarder that is known by its address, or the operator's own will.
    const bool accepts = rule.action == RuleAction::Accept;
    out.overrideType = accepts && !rule.listIds.empty()          ? "mailing_list"
                       : accepts && !rule.clientNetworks.empty() ? "trusted_forwarder"
                                                                 : "local_policy";
    out.overrideComment = cat({"rule ", rule.name});
  }
  return out;
}

// DESIGN.md decision 2: what a rule refuses while DNS leaves the result open is asked to come again. The rule may
// match because of the missing answer alone: one that stands before it, for dmarc=pass, did not.
Considered Judge::forNow(Considered considered) const {
  Outcome& out = considered.outcome;
  if (!undecided() || out.action != Action::Reject) return considered;
  out.action = Action::TempFail;
  out.replyCode = "451";
  out.enhancedCode = "4.7.0";
  return considered;
}

Considered mildest(const Judge& judge, const std::vector<MetRules>& met) {
  Considered out = judge.under(met.front());
  bool differ = false;
  for (std::size_t i = 1; i < met.size(); ++i) {
    Considered other = judge.under(met[i]);
    differ = differ || other.rule != out.rule;
    if (other.outcome.action < out.outcome.action) out = std::move(other);
  }
  if (differ) {
    if (out.overrideType.empty()) out.overrideType = "local_policy";
    if (!out.overrideComment.empty()) out.overrideComment += "; ";
    out.overrideComment += "recipients met different rules, the mildest outcome counts";
  }
  return out;
}

// Only of what those settings are about: for other messages they change nothing.
std::optional<Alternatives> alternativesFor(const Verdict& verdict, const Facts& facts,
                                            const Options& options, cause::Why why,
                                            const std::vector<MetRules>& met) {
  if (!verdict.author.ambiguous() && verdict.dmarc.status != dmarc::Status::Fail) return std::nullopt;
  const auto with = [&](Action action) {
    const Judge judge(verdict, facts, options, {action, action, action, false}, why);
    return mildest(judge, met).outcome.action;
  };
  return Alternatives{with(Action::Mark), with(Action::Hold), with(Action::Reject)};
}

}  // namespace

bool isBounceWithoutDomain(const Verdict& verdict) {
  const message::AuthorProblem problem = verdict.author.problem;
  return verdict.envelope.mailFrom.empty() &&
         (problem == message::AuthorProblem::NoAddress || problem == message::AuthorProblem::NoDomain);
}

Decision decide(const Verdict& verdict, const Facts& facts, const Options& options) {
  Decision decision;
  if (verdict.exemption != Exemption::None) return decision;
  const cause::Why why = facts.why ? *facts.why : cause::whyOf(verdict);
  const std::vector<MetRules> met = RuleFinder(options, verdict, why).forAll();
  const Judge judge(verdict, facts, options, actionsOf(options), why);
  Considered considered = mildest(judge, met);
  decision.wouldBe = std::move(considered.outcome);
  if (options.mode == Mode::Enforce) decision.taken = decision.wouldBe;
  decision.rule = std::move(considered.rule);
  decision.overrideType = std::move(considered.overrideType);
  decision.overrideComment = std::move(considered.overrideComment);
  decision.alternatives = alternativesFor(verdict, facts, options, why, met);
  return decision;
}

}  // namespace alignd::policy
