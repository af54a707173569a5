// One run of check_host(): the state that its parts share. Private to the room.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verifier/spf/ask_ahead.h"
#include "verifier/spf/carry.h"
#include "verifier/spf/evaluate.h"
#include "verifier/spf/identity.h"
#include "verifier/spf/select.h"

namespace alignd::spf {

class Evaluation {
 public:
  Evaluation(const Request& request, const Options& options, dns::Lookups& lookups, Trace* trace,
             Carry* carry);
  std::optional<Result> run();

 private:
  // What a check of one domain found, and where.
  struct Finding {
    Status status = Status::None;
    std::string text;       // a sentence fragment
    std::string mechanism;  // the term that matched or broke
    int prefixLength = -1;
    std::vector<std::string> path;
    bool matched = false;  // a mechanism did (section 6.2: only then there is an explanation)
    std::shared_ptr<const Selection> record;  // of the record whose exp= applies
    std::string domain;                       // <domain> of that record
  };
  enum class Outcome : std::uint8_t { NoMatch, Match, TempError, PermError };
  // The name that a term is about; `outcome` other than Match ends the term.
  static constexpr std::string_view kForeignLocalPart =
      "the local part of the sender is not ASCII (RFC 8616 section 4)";
  struct Target {
    Outcome outcome = Outcome::Match;
    std::string text;
  };

  // evaluate.cpp: section 4
  Finding checkHost(const std::string& domain);
  Finding checkRecord(const std::string& domain, const std::shared_ptr<const Selection>& selection);
  Finding notEvaluated(const std::string& domain, const Selection& selection);
  Finding checkTerms(const std::string& domain, const std::shared_ptr<const Selection>& selection);
  std::size_t resume(std::size_t visit);
  void passed(std::size_t visit, std::size_t directive);
  Finding redirected(const std::string& domain, const Record& record);
  Finding matched(const Directive& directive, const std::string& domain, const Record& record);
  Finding finding(Status status, std::string text, std::string_view mechanism = {}) const;
  std::string explanation(const Finding& finding);

  // mechanisms.cpp: section 5
  Outcome evaluateTerm(const Directive& directive, const Record& record, const std::string& domain);
  Outcome include(const std::string& target);
  Outcome addresses(const Directive& directive, const dns::Name& target);
  Outcome mailExchanges(const Directive& directive, const dns::Name& target);
  Outcome reverseNames(const dns::Name& target);
  Outcome exists(const dns::Name& target);
  Target target(const MacroString* spec, const std::string& domain);
  std::string expanded(const MacroString& spec, const MacroValues& values);
  bool isOpen(const std::string& domain) const;
  bool mayBeAskedAhead(const Directive& directive, const MacroString* spec) const;
  int prefixOf(const Directive& directive) const;
  std::vector<dns::Name> reverseLookup(bool& empty);
  std::string validatedName(const std::string& domain);
  bool validates(const dns::Name& name);

  Outcome countTerm();
  Outcome countVoid();
  Outcome problem(Outcome outcome, std::string text);
  Outcome passOver(std::string_view term, const std::string& domain, std::string_view why);
  std::string noName(std::string_view term, std::string_view target) const;
  Outcome unanswered(const dns::Answer& answer);
  MacroValues values(const std::string& domain) const;
  const dns::Answer* find(const dns::Name& name, dns::Type type);
  dns::Type addressType() const { return client_.isV4() ? dns::Type::A : dns::Type::AAAA; }
  // One step of work; false when no more is wanted: the run is blocked and has asked ahead enough.
  bool step();
  // Once blocked, a run only asks: nothing it meets is to be shown.
  Trace* trace() const { return questions_.blocked() ? nullptr : trace_; }

  const Request& request_;
  const Options& options_;
  Trace* trace_;
  AskAhead questions_;
  IpAddress client_;
  Sender sender_;
  Carry* carry_;
  Carry own_;               // when there is none to go on with
  std::size_t visits_ = 0;  // records come to
  std::size_t ahead_ = 0;   // steps since the run was blocked
  int terms_ = 0;           // section 4.6.4: over all includes and redirects
  int voids_ = 0;
  std::vector<std::string> path_;  // <domain> of the checks that are open, outermost first
  std::string problem_;            // why the last term broke
  std::optional<Finding> inner_;   // what the last include found, when it decides
};

}  // namespace alignd::spf
