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

/// Its header, given to `verifier` field by field, and its end.
message::HeaderBlock feed(const Message& message, arc::ChainVerifier& verifier, dkim::BodyHashes& bodies,
                          dns::Lookups& lookups);

/// With an author domain of author.example. `work` bounds it, when it is given, and so do `bodyHashes`.
Played play(const Message& message, const arc::Options& options = {},
            const std::string& author = "author.example", arc::OrganizationalDomain organizational = {},
            WorkBudget* work = nullptr, std::size_t bodyHashes = 8);

}  // namespace alignd::test
