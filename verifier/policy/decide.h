// From Verdict to Decision. Pure.
#pragma once

#include "verifier/policy/decision.h"
#include "verifier/policy/facts.h"
#include "verifier/policy/options.h"
#include "verifier/verdict.h"

namespace alignd::policy {

/// What is to be done. `taken` is a plain accept in Mode::Stamp. A message that was exempt from evaluation is
/// accepted and meets no rule.
///
/// Without a rule: an ambiguous author as Options::author says (a bounce without any domain as
/// Options::authorWithoutDomain says); dmarc=fail as the effective policy and the
/// options say, unless a trusted ARC chain vouches for the message; dmarc=temperror is deferred only where
/// the policy is quarantine or reject or was not found, never refused for good; SPF by itself (when set)
/// unless dmarc=pass or a trusted chain. While dmarc=temperror nothing refuses for good: an SPF fail is left alone, a
/// rule's refusal becomes a deferral. Rules without an authenticated fact only make the outcome severer
/// (DESIGN.md decision 15), and do not hide a severer rule behind them. Recipients for which different rules apply get the mildest of the outcomes, and
/// the comment says so: a milter answers once for all.
Decision decide(const Verdict& verdict, const Facts& facts, const Options& options);

/// A message of the null path whose From names no domain at all (`MAILER-DAEMON <>`): nobody's name is abused.
bool isBounceWithoutDomain(const Verdict& verdict);

}  // namespace alignd::policy
