#include "cli/key_checks.h"

#include <algorithm>
#include <array>
#include <optional>

#include "cli/ask.h"
#include "cli/key_record_checks.h"
#include "cli/zone_cut.h"
#include "dns/data/ascii.h"
#include "dns/data/idna.h"

namespace alignd::cli {

namespace {

using ascii::cat;
using dns::Status;

constexpr std::string_view kDomainKey = "_domainkey";
// What large providers and common signers use: a near selector is worth naming, not hunting for.
constexpr std::array<std::string_view, 12> kCommonSelectors{
    "default", "dkim", "mail", "google", "selector1", "selector2", "s1", "s2", "k1", "k2", "smtp", "key1"};

std::string_view withoutDot(std::string_view text) {
  return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

std::string toAsciiOr(std::string_view domain) {
  return dns::toAscii(domain).value_or(std::string(domain));
}

std::vector<std::string> textsOf(const dns::Answer& answer) {
  std::vector<std::string> out;
  for (const auto& record : answer.records) {
    if (const auto* text = std::get_if<dns::Txt>(&record.data)) out.push_back(*text);
  }
  return out;
}

bool looksLikeKey(const std::string& text) {
  return text.find("p=") != std::string::npos || text.starts_with("v=DKIM1");
}

// One lookup of the name after another, each judged for the list.
class KeyWalk {
 public:
  KeyWalk(std::string selector, std::string domain, dns::Name name, dns::Lookups& lookups, KeyReport& report)
      : selector_(std::move(selector)),
        domain_(std::move(domain)),
        name_(std::move(name)),
        lookups_(lookups),
        report_(report),
        answer_(ask(lookups, {name_, dns::Type::TXT}, kPatience)) {
    report_.answer = &answer_;
  }

  void run() {
    report_.records = textsOf(answer_);
    report_.keys = answer_.status == Status::Ok ? dkim::parseKeySet(answer_) : dkim::KeySet();
    answer();
    chain();
    besideAlias();
    wildcard();
    if (report_.records.empty()) {
      nearby();
      return;
    }
    checkKeyRecords(report_.records, name_.text(), report_.list);
    if (answer_.authenticated) {
      report_.list.pass("dnssec", "the answer is authenticated");
    } else {
      report_.list.note("dnssec",
                        "the answer is not authenticated: unsigned, or the resolver does not validate");
    }
  }

 private:
  Checklist& list() { return report_.list; }
  std::string home() const {
    return answer_.chain.empty() ? name_.text() : answer_.chain.back().target.text();
  }

  void answer() {
    const std::string said = answer_.detail.empty() ? std::string() : cat({" (", answer_.detail, ")"});
    if (answer_.temporary()) {
      return list().add("answer", Standing::Unknown, cat({dns::statusName(answer_.status), said}),
                        std::string(kAskAgain));
    }
    switch (answer_.status) {
      case Status::Ok:
        return list().pass("answer", cat({std::to_string(report_.records.size()), " TXT record",
                                          report_.records.size() == 1 ? "" : "s"}));
      case Status::NoSuchName:
        return list().fail("answer", cat({name_.text(), " does not exist"}),
                           cat({"publish the key as TXT record of ", name_.text()}));
      case Status::NoData:
        return list().fail("answer", cat({home(), " exists, without a TXT record"}),
                           cat({"publish the key as TXT record of ", home()}));
      default: break;  // the chain says it
    }
  }

  void chain() {
    if (answer_.chain.empty()) {
      const ZoneCut cut = zoneOf(name_, lookups_);
      return list().pass("chain",
                         cut.zone.empty() ? std::string("no alias") : cat({"no alias, ", cut.text()}));
    }
    std::string text;
    for (const auto& hop : answer_.chain) {
      const std::string zone = zoneOf(hop.owner, lookups_).text();
      text += cat({hop.owner.text(), " -> ", hop.target.text(), " (TTL ", std::to_string(hop.ttl),
                   zone.empty() ? "" : ", ", zone, "); "});
    }
    const dns::Hop& last = answer_.chain.back();
    const ZoneCut cut = zoneOf(last.target, lookups_);
    text += cut.zone.empty() ? cat({"ends at ", last.target.text()}) : cat({"ends in ", cut.text()});
    switch (answer_.status) {
      case Status::DanglingCname:
        return list().fail("chain", cat({last.target.text(), " does not exist: ", text}),
                           cat({"publish the key at ", last.target.text(),
                                cut.zone.empty() ? std::string() : cat({" in ", cut.text()}), ", or point ",
                                last.owner.text(), " to where it is"}));
      case Status::CnameLoop:
        return list().fail("chain", cat({"the aliases lead in a circle: ", text}),
                           cat({"point ", last.owner.text(), " to the key instead of ", last.target.text()}));
      case Status::ChainTooLong:
        return list().fail("chain", cat({"more than 10 aliases: ", text}),
                           cat({"point ", name_.text(), " nearer to the key"}));
      default: return list().pass("chain", text);
    }
  }

  // RFC 1034 section 3.6.2: an alias stands alone. A resolver shows it by answering other questions at the alias
  // itself.
  void besideAlias() {
    if (answer_.chain.empty()) return;
    for (const auto& hop : answer_.chain) {
      for (const dns::Type type : {dns::Type::A, dns::Type::MX}) {
        const dns::Answer& beside = ask(lookups_, {hop.owner, type}, kPatience);
        if (beside.status != Status::Ok || !beside.chain.empty()) continue;
        return list().fail("beside_alias",
                           cat({hop.owner.text(), " has a CNAME and ", dns::typeName(type),
                                " records: which of them is seen is chance (RFC 1034 section 3.6.2)"}),
                           cat({"remove everything beside the CNAME at ", hop.owner.text()}));
      }
    }
    list().pass("beside_alias", "nothing beside the aliases");
  }

  void wildcard() {
    const auto nobody = dns::Name::parse(cat({"alignd-check-nobody.", kDomainKey, ".", domain_}));
    if (!nobody) return;
    const dns::Answer& other = ask(lookups_, {*nobody, dns::Type::TXT}, kPatience);
    const bool covered = other.status == Status::Ok || !other.chain.empty();
    if (!covered) return;
    list().warn("wildcard", cat({"a wildcard answers for every selector below ", kDomainKey, ".", domain_}),
                "remove the wildcard: it hides mistakes, and selectors that were never published exist");
  }

  // Only names that cost one round trip together.
  void nearby() {
    if (answer_.temporary()) return;
    std::vector<std::pair<std::string, std::string>> candidates{
        {cat({selector_, ".", domain_}), cat({"the label ", kDomainKey, " is missing in the zone"})},
        {cat({name_.text(), ".", domain_}),
         "the domain stands twice: a final dot is missing in the zone file"},
        {cat({selector_, ".", kDomainKey, ".www.", domain_}), "it was published below www"}};
    if (const std::size_t digit = selector_.find_last_not_of("0123456789"); digit + 1 < selector_.size()) {
      const std::string stem = selector_.substr(0, digit + 1);
      if (!stem.empty()) candidates.push_back(selectorCandidate(stem));
      for (const char* number : {"1", "2"}) candidates.push_back(selectorCandidate(stem + number));
    } else {
      for (const char* number : {"1", "2"}) candidates.push_back(selectorCandidate(selector_ + number));
    }
    std::string swapped = selector_;
    std::replace(swapped.begin(), swapped.end(), '-', '_');
    if (swapped == selector_) std::replace(swapped.begin(), swapped.end(), '_', '-');
    if (swapped != selector_) candidates.push_back(selectorCandidate(swapped));
    for (const std::string& typed : withoutTypo()) candidates.push_back(selectorCandidate(typed));
    for (const auto common : kCommonSelectors) candidates.push_back(selectorCandidate(std::string(common)));
    report(candidates);
  }

  // What it would be without a letter too many, or with two in their right order.
  std::vector<std::string> withoutTypo() const {
    constexpr std::size_t kLongest = 10;  // each is a question
    std::vector<std::string> out;
    if (selector_.size() > kLongest) return out;
    for (std::size_t i = 0; selector_.size() > 1 && i < selector_.size(); ++i) {
      out.push_back(selector_.substr(0, i) + selector_.substr(i + 1));
      if (i + 1 == selector_.size() || selector_[i] == selector_[i + 1]) continue;
      out.push_back(selector_);
      std::swap(out.back()[i], out.back()[i + 1]);
    }
    return out;
  }

  std::pair<std::string, std::string> selectorCandidate(const std::string& selector) const {
    return {cat({selector, ".", kDomainKey, ".", domain_}), {}};
  }

  void report(const std::vector<std::pair<std::string, std::string>>& candidates) {
    for (const auto& [text, meaning] : candidates) {
      if (const auto name = dns::Name::parse(text)) lookups_.ask({*name, dns::Type::TXT});
    }
    // A wildcard finds every name: that is no find.
    if (list().find("wildcard") != nullptr) return;
    for (const auto& [text, meaning] : candidates) {
      const auto name = dns::Name::parse(text);
      if (!name || *name == name_) continue;
      const auto texts = textsOf(ask(lookups_, {*name, dns::Type::TXT}, kPatience));
      if (!std::any_of(texts.begin(), texts.end(), looksLikeKey)) continue;
      return list().warn("nearby", cat({name->text(), " has a key", meaning.empty() ? "" : ": ", meaning}),
                         meaning.empty()
                             ? cat({"if that is the one, sign with its selector instead of ", selector_})
                             : cat({"publish it at ", name_.text()}));
    }
    list().note("nearby", "no key at selectors or names that are near");
  }

  std::string selector_;
  std::string domain_;
  dns::Name name_;
  dns::Lookups& lookups_;
  KeyReport& report_;
  const dns::Answer& answer_;
};

}  // namespace

KeyArguments readKeyArguments(std::string_view selector, std::string_view domain) {
  KeyArguments out{std::string(withoutDot(selector)), toAsciiOr(withoutDot(domain)), {}};
  const std::string marker = cat({kDomainKey, "."});
  if (out.domain.starts_with(marker)) {
    out.domain.erase(0, marker.size());
    out.mistake = cat({"DOMAIN is the domain alone, without ", kDomainKey});
  } else if (const auto at = out.domain.find(cat({".", marker})); at != std::string::npos) {
    out.domain.erase(0, at + 1 + marker.size());
    out.mistake = cat({"DOMAIN is the domain alone, without selector and ", kDomainKey});
  }
  if (const auto at = out.selector.find(cat({".", kDomainKey})); at != std::string::npos) {
    out.selector.resize(at);
    out.mistake = cat({"SELECTOR is what stands before ", kDomainKey});
  } else if (out.selector.ends_with(cat({".", out.domain}))) {
    out.selector.resize(out.selector.size() - out.domain.size() - 1);
    out.mistake = "SELECTOR is given without the domain";
  }
  // A domain has a dot, and a selector that has one too is rare.
  if (out.domain.find('.') == std::string::npos && out.selector.find('.') != std::string::npos) {
    std::swap(out.selector, out.domain);
    out.domain = toAsciiOr(out.domain);
    out.mistake = "SELECTOR and DOMAIN were swapped";
  }
  return out;
}

KeyReport checkKey(std::string_view selector, std::string_view domain, dns::Lookups& lookups) {
  KeyReport report;
  const KeyArguments read = readKeyArguments(selector, domain);
  const auto name = dns::Name::parse(cat({read.selector, ".", kDomainKey, ".", read.domain}));
  if (!name || read.selector.empty() || read.domain.empty()) {
    report.list.fail(
        "name", cat({read.selector, ".", kDomainKey, ".", read.domain, " is no name that DNS can be asked"}),
        "labels have 1 to 63 octets, names at most 253, and no two dots stand together");
    return report;
  }
  report.name = name->text();
  if (read.mistake.empty()) {
    report.list.pass("name", report.name);
  } else {
    report.list.warn("name", cat({read.mistake, "; looked up ", report.name}),
                     cat({"alignd-check key ", read.selector, " ", read.domain}));
  }
  KeyWalk(read.selector, read.domain, *name, lookups, report).run();
  return report;
}

}  // namespace alignd::cli
