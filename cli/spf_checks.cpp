#include "cli/spf_checks.h"

#include <algorithm>
#include <optional>

#include "cli/ask.h"
#include "dns/data/ascii.h"
#include "verifier/spf/evaluate.h"
#include "verifier/spf/select.h"

namespace alignd::cli {

namespace {

using ascii::cat;
using dns::Status;
using Kind = spf::Selection::Kind;

constexpr int kMaxRecords = 60;  // a survey goes on beyond the limit of 10, to say by how much
constexpr std::size_t kMaxDepth = 12;
constexpr int kWide4 = 16;  // a range of more addresses is not one sender's
constexpr int kWhole4 = 8;
constexpr int kWide6 = 32;
constexpr int kWhole6 = 16;

// A TXT record that was meant to be one of SPF.
std::string nearMiss(const dns::Answer& answer) {
  for (const auto& record : answer.records) {
    const auto* text = std::get_if<dns::Txt>(&record.data);
    if (text != nullptr && !spf::hasSpfVersion(*text) &&
        ascii::toLower(text->substr(0, 40)).find("spf1") != std::string::npos) {
      return *text;
    }
  }
  return {};
}

class Survey {
 public:
  Survey(const spf::Options& options, dns::Lookups& lookups, Checklist& list)
      : options_(options), lookups_(lookups), list_(list) {}

  SpfSurvey run(const dns::Name& domain) {
    record(domain, Role::Root);
    if (found_) finish();
    return std::move(out_);
  }

 private:
  enum class Role { Root, Redirect, Include };

  std::string indent() const { return std::string(path_.size() * 2, ' '); }

  // The record of one domain and all that it leads to. Depth is bounded by kMaxDepth.
  void record(const dns::Name& domain, Role role) {
    if (++records_ > kMaxRecords || path_.size() > kMaxDepth) return;
    const dns::Answer& answer = ask(lookups_, {domain, dns::Type::TXT}, kPatience);
    const spf::Selection selection = spf::selectRecord(answer);
    if (!judge(answer, selection, domain, role)) return;
    if (role == Role::Root) {
      found_ = true;
      out_.record = selection.record.text;
    }
    out_.tree.push_back(cat({indent(), domain.text(), ": ", selection.record.text}));
    path_.push_back(domain);
    for (const auto& directive : selection.record.directives) {
      term(selection.record, directive, domain, role);
    }
    if (!selection.record.hasAll) {
      if (const auto* target = selection.record.spec(selection.record.redirect)) {
        ++out_.terms;
        follow(*target, domain, role == Role::Include ? Role::Include : Role::Redirect);
      } else if (role != Role::Include) {
        endsOpen_ = true;
      }
    }
    path_.pop_back();
  }

  // False when there is nothing to go on with.
  bool judge(const dns::Answer& answer, const spf::Selection& selection, const dns::Name& domain, Role role) {
    const std::string& name = domain.text();
    if (role != Role::Root) return judgeIncluded(answer, selection, name);
    if (answer.temporary()) {
      list_.add("spf_record", Standing::Unknown, cat({"TXT of ", name, ": ", dns::statusName(answer.status)}),
                std::string(kAskAgain));
      return false;
    }
    if (selection.kind == Kind::Several) {
      list_.fail("spf_record",
                 cat({std::to_string(selection.candidates), " SPF records: a permerror for everybody"}),
                 "make one record of them (RFC 7208 section 3.2)");
      return false;
    }
    if (selection.kind == Kind::Malformed) {
      list_.pass("spf_record", "exactly one record");
      list_.fail("spf_syntax", cat({selection.error.term, ": ", selection.error.problem}),
                 cat({"correct the term ", selection.error.term, " in the TXT record of ", name}));
      return false;
    }
    if (selection.kind == Kind::None) {
      const std::string near = nearMiss(answer);
      if (near.empty()) {
        list_.fail("spf_record", cat({name, " has no SPF record"}),
                   cat({"publish TXT ", name,
                        " \"v=spf1 ... -all\" with the hosts that send; \"v=spf1 -all\" when none does"}));
      } else {
        list_.fail("spf_record", cat({"nearly a record, and none: ", near}),
                   "begin it with v=spf1 and a blank, without quotation marks and blanks before it");
      }
      return false;
    }
    list_.pass("spf_record", "exactly one record");
    list_.pass("spf_syntax", selection.record.text);
    return true;
  }

  bool judgeIncluded(const dns::Answer& answer, const spf::Selection& selection, const std::string& name) {
    const std::string by = path_.back().text();
    const auto broken = [&](const std::string& what) {
      includesFail_ = true;
      out_.tree.push_back(cat({indent(), name, ": ", what}));
      list_.fail("spf_includes", cat({by, " leads to ", name, ": ", what}),
                 cat({"take ", name, " out of the record of ", by, ", or have its owner mend it"}));
      return false;
    };
    if (answer.failed()) {
      list_.add("spf_includes", Standing::Unknown,
                cat({"TXT of ", name, ": ", dns::statusName(answer.status)}),
                cat({"ask again; when it lasts, the owner of ", name, " has to look at his servers"}));
      return false;
    }
    switch (selection.kind) {
      case Kind::None: return broken("no SPF record, which is a permerror");
      case Kind::Several: return broken("several SPF records, which is a permerror");
      case Kind::Malformed: return broken(cat({selection.error.term, ": ", selection.error.problem}));
      case Kind::One: return true;
    }
    return true;
  }

  void term(const spf::Record& record, const spf::Directive& directive, const dns::Name& domain, Role role) {
    using spf::Mechanism;
    const std::string_view text = record.textOf(directive);
    if (directive.needsDns()) ++out_.terms;
    switch (directive.mechanism) {
      case Mechanism::All:
        if (role != Role::Include) all_ = directive.qualifier;
        break;
      case Mechanism::Include:
        if (const auto* target = record.spec(directive.target)) follow(*target, domain, Role::Include);
        break;
      case Mechanism::A:
        countVoid(record.spec(directive.target), domain, {dns::Type::A, dns::Type::AAAA});
        break;
      case Mechanism::Mx: countVoid(record.spec(directive.target), domain, {dns::Type::MX}); break;
      case Mechanism::Ptr: ptr_ = cat({text, " in the record of ", domain.text()}); break;
      case Mechanism::Ip4:
      case Mechanism::Ip6: range(directive, text, domain); break;
      case Mechanism::Exists: break;
    }
    if (directive.mechanism == Mechanism::Mx || directive.mechanism == Mechanism::A)
      range(directive, text, domain);
  }

  void range(const spf::Directive& directive, std::string_view text, const dns::Name& domain) {
    if (directive.qualifier != spf::Qualifier::Pass) return;
    const bool only6 = directive.mechanism == spf::Mechanism::Ip6;
    const bool only4 = directive.mechanism == spf::Mechanism::Ip4;
    const bool wide = (!only6 && directive.prefix4 < kWide4) || (!only4 && directive.prefix6 < kWide6);
    const bool whole = (!only6 && directive.prefix4 < kWhole4) || (!only4 && directive.prefix6 < kWhole6);
    if (!wide) return;
    wide_ = true;
    const std::string what =
        cat({text, " in the record of ", domain.text(), " allows ",
             whole ? "a large part of the internet" : "more addresses than one sender has"});
    const std::string remedy = cat({"replace ", text, " by the networks that send"});
    if (whole) {
      list_.fail("spf_ranges", what, remedy);
    } else {
      list_.warn("spf_ranges", what, remedy);
    }
  }

  // Names that are made of the message cannot be followed.
  static std::optional<dns::Name> literal(const spf::MacroString& target) {
    if (target.text().find('%') != std::string::npos) return std::nullopt;
    return dns::Name::parse(target.text());
  }

  void follow(const spf::MacroString& target, const dns::Name& domain, Role role) {
    const auto name = literal(target);
    if (!name) {
      out_.tree.push_back(cat({indent(), target.text(), ": hangs on the message, not followed"}));
      return;
    }
    if (std::find(path_.begin(), path_.end(), *name) != path_.end()) {
      includesFail_ = true;
      list_.fail("spf_includes",
                 cat({domain.text(), " leads to ", name->text(), ", which led to it: a circle"}),
                 cat({"take ", name->text(), " out of the record of ", domain.text()}));
      return;
    }
    record(*name, role);
  }

  void countVoid(const spf::MacroString* target, const dns::Name& domain,
                 std::initializer_list<dns::Type> types) {
    const auto name = target == nullptr ? std::optional(domain) : literal(*target);
    if (!name) return;
    for (const dns::Type type : types) {
      const dns::Answer& answer = ask(lookups_, {*name, type}, kPatience);
      if (!answer.empty()) return;
    }
    ++out_.voids;
    voidNames_ += cat({voidNames_.empty() ? "" : ", ", name->text()});
  }

  void finish() {
    if (!includesFail_ && list_.find("spf_includes") == nullptr) {
      list_.pass("spf_includes", cat({std::to_string(out_.tree.size()),
                                      out_.tree.size() == 1 ? " record" : " records", " in all"}));
    }
    terms();
    voids();
    if (!wide_) list_.pass("spf_ranges", "no range is too wide");
    if (ptr_.empty()) {
      list_.pass("spf_ptr", "ptr is not used");
    } else {
      list_.warn("spf_ptr", cat({ptr_, ": slow, and not to be used (RFC 7208 section 5.5)"}),
                 "name the hosts with a, mx, ip4 or ip6 instead of ptr");
    }
    all();
  }

  void terms() {
    const std::string limit = std::to_string(spf::kMaxTerms);
    // Behind the 11th nothing is read any more.
    const std::string text = out_.terms > spf::kMaxTerms
                                 ? cat({"more than ", limit, " terms with DNS"})
                                 : cat({std::to_string(out_.terms), " of ", limit, " terms with DNS"});
    if (out_.terms > spf::kMaxTerms) {
      list_.fail("spf_terms", cat({text, ": a permerror for clients that match late, or never"}),
                 "take out includes that nobody sends by any more, or replace some by ip4 and ip6");
    } else if (out_.terms >= spf::kMaxTerms - 1) {
      list_.warn("spf_terms", cat({text, ": one more at any included domain, and it breaks"}),
                 "take out includes that nobody sends by any more");
    } else {
      list_.pass("spf_terms", text);
    }
  }

  void voids() {
    const std::string text =
        cat({std::to_string(out_.voids), " of ", std::to_string(options_.maxVoids), " void lookups"});
    const std::string remedy = cat({"take terms out whose name has no records: ", voidNames_});
    if (out_.voids > static_cast<int>(options_.maxVoids))
      return list_.fail("spf_voids", cat({text, ": a permerror"}), remedy);
    if (out_.voids > 0) return list_.warn("spf_voids", cat({text, ": ", voidNames_}), remedy);
    list_.pass("spf_voids", text);
  }

  void all() {
    if (all_ == spf::Qualifier::Pass) {
      return list_.fail("spf_all", "+all: everybody may send as this domain",
                        "end the record with -all or ~all");
    }
    if (all_ == spf::Qualifier::Neutral || endsOpen_) {
      return list_.warn(
          "spf_all",
          all_ ? "?all: nothing is said of other clients" : "no all: nothing is said of other clients",
          "end the record with -all or ~all");
    }
    if (!all_) return list_.note("spf_all", "the end of the record is not reached, or hangs on the message");
    list_.pass("spf_all", all_ == spf::Qualifier::Fail ? "-all" : "~all");
  }

  const spf::Options& options_;
  dns::Lookups& lookups_;
  Checklist& list_;
  SpfSurvey out_;
  std::vector<dns::Name> path_;
  int records_ = 0;
  bool found_ = false;
  bool includesFail_ = false;
  bool endsOpen_ = false;
  bool wide_ = false;
  std::optional<spf::Qualifier> all_;
  std::string ptr_;
  std::string voidNames_;
};

}  // namespace

SpfSurvey checkSpf(const dns::Name& domain, const spf::Options& options, dns::Lookups& lookups,
                   Checklist& list) {
  return Survey(options, lookups, list).run(domain);
}

}  // namespace alignd::cli
