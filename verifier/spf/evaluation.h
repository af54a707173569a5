// One run of check_host(): the state that its parts share. Private to the room.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verifier/spf/ask_ahead.h"
#include "verifier/spf/evaluate.h"
#include "verifier/spf/identity.h"
#include "verifier/spf/select.h"

namespace alignd::spf {

class Evaluation {
 public:
  Evaluation(const Request& request, const Options& options, dns::Lookups& lookups, Trace* trace);
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
  struct Target {
    Outcome outcome = Outcome::Match;
    std::string text;
  };

  // evaluate.cpp: section 4
  Finding checkHost(const std::string& domain);
  Finding checkRecord(const std::string& domain, const std::shared_ptr<const Selection>& selection);
  Finding redirected(const std::string& domain, const Record& record);
  Finding matched(const Directive& directive, const std::string& domain, const Record& record);
  Finding finding(Status status, std::string text, std::string_view mechanism = {}) const;
  std::string explanation(const Finding& finding);

  // mechanisms.cpp: section 5
  Outcome evaluateTerm(const Directive& directive, const Record& record, const std::string& domain);
  Outcome include(const Target& target);
  Outcome addresses(const Directive& directive, const std::string& target);
  Outcome mailExchanges(const Directive& directive, const std::string& target);
  Outcome reverseNames(const std::string& target);
  Outcome exists(const std::string& target);
  Target target(const MacroString* spec, const std::string& domain);
  bool mayBeAskedAhead(const Directive& directive, const MacroString* spec) const;
  bool hasClientAddress(const dns::Answer& answer, const Directive& directive) const;
  int prefixOf(const Directive& directive) const;
  std::vector<dns::Name> reverseLookup(bool& empty);
  std::string validatedName(const std::string& domain);
  bool validates(const dns::Name& name);

  Outcome countTerm();
  Outcome countVoid();
  Outcome problem(Outcome outcome, std::string text);
  Outcome unanswered(const dns::Answer& answer);
  MacroValues values(const std::string& domain) const;
  const dns::Answer* find(const dns::Name& name, dns::Type type);
  dns::Type addressType() const { return client_.isV4() ? dns::Type::A : dns::Type::AAAA; }
  // Once blocked, a run only asks: nothing it meets is to be shown.
  Trace* trace() const { return questions_.blocked() ? nullptr : trace_; }

  const Request& request_;
  const Options& options_;
  Trace* trace_;
  AskAhead questions_;
  IpAddress client_;
  Sender sender_;
  int terms_ = 0;  // section 4.6.4: over all includes and redirects
  int voids_ = 0;
  std::vector<std::string> path_;  // <domain> of the checks that are open, outermost first
  std::string problem_;            // why the last term broke
  std::optional<Finding> inner_;   // what the last include found, when it decides
};

}  // namespace alignd::spf
