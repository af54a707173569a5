// Options that must not start: DESIGN.md decisions 2 and 15.
#include <algorithm>
#include <set>

#include "dns/data/ascii.h"
#include "verifier/cause/why.h"
#include "verifier/policy/options.h"
#include "verifier/policy/reply.h"
#include "verifier/policy/rules.h"

namespace alignd::policy {

namespace {

using ascii::cat;
using Faults = std::vector<std::string>;

bool isAmong(std::string_view word, const std::vector<std::string>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool isName(std::string_view text) {
  constexpr std::size_t kMaxName = 64;
  return !text.empty() && text.size() <= kMaxName && std::all_of(text.begin(), text.end(), [](char c) {
    return ascii::isAlnum(c) || c == '-' || c == '_';
  });
}

// `example.org` or `*.example.org`, in A-labels.
bool isDomainPattern(std::string_view text) {
  if (text.starts_with("*.")) text.remove_prefix(2);
  return !text.empty() && text.front() != '.' && text.back() != '.' &&
         text.find("..") == std::string_view::npos && std::all_of(text.begin(), text.end(), [](char c) {
           return ascii::isAlnum(c) || c == '-' || c == '_' || c == '.';
         });
}

bool isRecipientPattern(std::string_view text) {
  const auto at = text.rfind('@');
  return at != std::string_view::npos && at + 1 < text.size();
}

bool isResult(std::string_view text) {
  using dmarc::Status;
  const auto known = {Status::Pass, Status::Fail, Status::None, Status::TempError, Status::PermError};
  return std::any_of(known.begin(), known.end(),
                     [&](Status status) { return dmarc::statusWord(status) == text; });
}

bool isPolicy(std::string_view text) {
  using dmarc::Policy;
  const auto known = {Policy::None, Policy::Quarantine, Policy::Reject};
  return std::any_of(known.begin(), known.end(),
                     [&](Policy policy) { return dmarc::policyWord(policy) == text; });
}

bool isCause(std::string_view text) {
  return cause::fromWord(text).has_value();
}

template <class Good>
void checkList(const std::string& where, std::string_view key, const std::vector<std::string>& values,
               Good good, std::string_view wanted, Faults& faults) {
  for (const std::string& value : values) {
    if (!good(value)) faults.push_back(cat({where, key, " \"", value, "\" is ", wanted}));
  }
}

void checkRule(const Rule& rule, std::size_t index, Faults& faults) {
  const std::string where = cat({"rule ", rule.name.empty() ? std::to_string(index + 1) : rule.name, ": "});
  if (!isName(rule.name))
    faults.push_back(where + "needs a name of letters, digits, hyphens and underscores");
  for (const auto& [key, domains] :
       {std::pair{"signing domain", &rule.signingDomains}, std::pair{"SPF domain", &rule.spfDomains},
        std::pair{"sealer", &rule.sealers}, std::pair{"author domain", &rule.authorDomains},
        std::pair{"List-Id", &rule.listIds}}) {
    checkList(where, key, *domains, isDomainPattern, "no domain and no *.domain", faults);
  }
  checkList(where, "recipient", rule.recipients, isRecipientPattern, "no address and no @domain", faults);
  checkList(where, "result", rule.results, isResult, "no result of DMARC", faults);
  checkList(where, "published policy", rule.published, isPolicy, "no policy of DMARC", faults);
  checkList(where, "why", rule.why, isCause, "no cause of alignd-verdicts(5)", faults);
  if (!(rule.share >= 0 && rule.share <= 1)) faults.push_back(where + "share must be from 0 to 1");
  if (isAmong(cause::word(cause::Why::Exempt), rule.why)) {
    faults.push_back(where + "a message that is exempt meets no rule");
  }
  const bool matchesAll = rule.clientNetworks.empty() && rule.signingDomains.empty() &&
                          rule.spfDomains.empty() && rule.sealers.empty() && rule.authorDomains.empty() &&
                          rule.listIds.empty() && rule.recipients.empty() && rule.results.empty() &&
                          rule.published.empty() && rule.why.empty();  // a share of all is all kinds of mail
  if (matchesAll) faults.push_back(where + "matches every message");
  const bool eases = rule.action == RuleAction::Accept ||
                     (rule.action == RuleAction::Policy && rule.policy == dmarc::Policy::None);
  if (eases && !namesAuthenticatedFact(rule)) {
    faults.push_back(
        where +
        "eases the policy, so it must name an authenticated fact: a client network, a signing domain, an "
        "SPF domain or a sealer; what the sender writes or publishes proves nothing, nor do \"*.com\" and "
        "half of all "
        "addresses");
  }
  const bool onTempError = isAmong(dmarc::statusWord(dmarc::Status::TempError), rule.results) ||
                           isAmong(cause::word(cause::Why::DnsTrouble), rule.why);
  if (onTempError && rule.action == RuleAction::Reject) {
    faults.push_back(where + "rejects on temperror: a temporary DNS failure is never a permanent refusal");
  }
}

void checkAction(std::string_view key, Action value, std::initializer_list<Action> allowed, Faults& faults) {
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return;
  faults.push_back(cat({key, " cannot be ", actionWord(value)}));
}

bool isEnhancedCode(std::string_view code) {  // RFC 3463 section 2, class 5
  const auto dot = code.find('.', 2);
  if (!code.starts_with("5.") || dot == std::string_view::npos) return false;
  const auto number = [](std::string_view text) {
    return !text.empty() && text.size() <= 3 && std::all_of(text.begin(), text.end(), ascii::isDigit);
  };
  return number(code.substr(2, dot - 2)) && number(code.substr(dot + 1));
}

}  // namespace

std::vector<Fault> faultsOf(const Options& options) {
  Faults faults;
  checkAction("quarantine", options.quarantine, {Action::Accept, Action::Mark, Action::Hold, Action::Reject},
              faults);
  checkAction("reject", options.reject, {Action::Accept, Action::Mark, Action::Hold, Action::Reject}, faults);
  checkAction("ambiguous_author", options.author,
              {Action::Accept, Action::Mark, Action::Hold, Action::Reject}, faults);
  checkAction("temperror", options.temperror, {Action::Accept, Action::Mark, Action::TempFail}, faults);
  if (!isEnhancedCode(options.rejectCode)) {
    faults.push_back(cat({"reject_code \"", options.rejectCode, "\" is no enhanced status code of class 5"}));
  }
  for (const auto& [key, text] :
       {std::pair{"reject_text", &options.rejectText}, std::pair{"temperror_text", &options.temperrorText},
        std::pair{"ambiguous_author_text", &options.authorText}, std::pair{"rule_text", &options.ruleText}}) {
    if (const auto fault = templateFault(*text)) faults.push_back(cat({key, " ", *fault}));
  }
  if (const auto fault = helpFault(options.helpUrl)) faults.push_back(cat({"help_url ", *fault}));
  std::vector<Fault> out;
  for (std::string& fault : faults) out.push_back({std::move(fault)});
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < options.rules.size(); ++i) {
    const Rule& rule = options.rules[i];
    faults.clear();
    checkRule(rule, i, faults);
    if (!names.insert(rule.name).second) {
      faults.push_back(cat({"rule ", rule.name, ": the name stands twice"}));
    }
    for (std::string& fault : faults) out.push_back({std::move(fault), i});
  }
  return out;
}

std::vector<std::string> check(const Options& options) {
  std::vector<std::string> out;
  for (Fault& fault : faultsOf(options)) out.push_back(std::move(fault.text));
  return out;
}

}  // namespace alignd::policy
