// A checklist: what was looked at, how it stands, and what mends it. The same for the eye and for programs.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "verifier/report/json.h"

namespace alignd::cli {

enum class Standing {
  Pass,
  Note,     // for context: neither good nor bad
  Warn,     // works, and should be mended
  Fail,     // does not work
  Unknown,  // DNS did not say: temporary
};
std::string_view standingWord(Standing standing);  // "pass", "note", "warn", "fail", "unknown"

/// What to do when DNS did not say.
inline constexpr std::string_view kAskAgain =
    "ask again; when it lasts for these names alone, whoever runs the servers of the zone has to look at "
    "them, "
    "otherwise it is your own resolver";

struct Check {
  std::string name;  // stable: documented in alignd-check(1)
  Standing standing = Standing::Pass;
  std::string text;    // what was found. Octets from outside unescaped
  std::string remedy;  // what to do, by whom; of warn and fail
};

class Checklist {
 public:
  void add(std::string_view name, Standing standing, std::string text, std::string remedy = {});
  void pass(std::string_view name, std::string text) { add(name, Standing::Pass, std::move(text)); }
  void note(std::string_view name, std::string text) { add(name, Standing::Note, std::move(text)); }
  void warn(std::string_view name, std::string text, std::string remedy) {
    add(name, Standing::Warn, std::move(text), std::move(remedy));
  }
  void fail(std::string_view name, std::string text, std::string remedy) {
    add(name, Standing::Fail, std::move(text), std::move(remedy));
  }

  const std::vector<Check>& checks() const { return checks_; }
  const Check* find(std::string_view name) const;
  bool has(Standing standing) const;
  /// The severest of all: Fail, Unknown, Warn, Pass.
  Standing worst() const;
  /// What to do, failures first, each once.
  std::vector<std::string> remedies() const;
  /// Exit status: 1 with a failure, else 2 where DNS did not say, else 0.
  int exitCode() const;

  void print(std::ostream& out, bool colours) const;
  /// As the member "checks" of the object that is being written, and "next": the remedies in order.
  void write(report::JsonWriter& w) const;

 private:
  std::vector<Check> checks_;
};

}  // namespace alignd::cli
