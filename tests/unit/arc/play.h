// Plays a message through arc::ChainVerifier.
#pragma once

#include <string>
#include <vector>

#include "tests/unit/arc/sealer.h"
#include "verifier/arc/verifier.h"

namespace alignd::test {

struct Played {
  arc::Result result;
  std::vector<std::string> questions;  // that were needed, in order
  std::size_t asked = 0;               // ahead or needed
};

/// With an author domain of author.example. `work` bounds it, when it is given.
Played play(const Message& message, const arc::Options& options = {},
            const std::string& author = "author.example", arc::OrganizationalDomain organizational = {},
            WorkBudget* work = nullptr);

}  // namespace alignd::test
