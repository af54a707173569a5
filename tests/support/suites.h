// Suites of conformance cases as GoogleTest cases: one named `group/suite.id` for each case.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/support/cases.h"

namespace alignd::test {

/// What is done with a case: GoogleTest's assertions say what it found. The case's id and note are traced already.
using Play = std::function<void(const Case&)>;

struct Suites {
  std::string group;               // "Dkim"
  std::vector<std::string> names;  // folders of ../shared/conformance
  bool withMessageAlone = false;   // cases that only ask SPF are left out
};

/// Registers every case of `suites` to be played by `play`. Where the folder with the suites is not there, one case
/// a suite that is skipped and says why. Throws std::runtime_error for a suite that is unknown.
void registerSuites(const Suites& suites, const Play& play);

/// The main() of a program of suites: `registered` calls registerSuites. Fails when no case is selected: such a run
/// has shown nothing.
int runSuites(int argc, char** argv, const std::function<void()>& registered);

}  // namespace alignd::test
