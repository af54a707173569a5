// From the options of one program into the draft.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conf/import/draft.h"
#include "conf/import/words.h"

namespace alignd::conf::migration {

/// What the programs did with mail that fails, which only all of them together make a mode of.
struct Actions {
  std::optional<Word> dmarcRejects;  // RejectFailures and the like
  std::optional<Word> dmarcHolds;    // HoldQuarantinedMessages
  std::optional<Word> spfRejects;    // Mail_From_reject
  std::optional<Word> dmarcReads;    // there was a DMARC milter, that only stamped
  bool signs = false;                // an OpenDKIM that has keys
};

void translateOpenDmarc(const std::vector<Word>& words, const ReadFile& readFile, Draft& draft,
                        Actions& actions);
void translateOpenDkim(const std::vector<Word>& words, const ReadFile& readFile, Draft& draft,
                       Actions& actions);
void translatePolicydSpf(const std::vector<Word>& words, const ReadFile& readFile, Draft& draft,
                         Actions& actions);
/// `folder`: /etc/rspamd. Gives what is wrong with its files.
std::vector<std::string> translateRspamd(const std::string& folder, const ReadFile& readFile, Draft& draft);

/// The settings of [policy] from what all of them did.
void decideMode(const Actions& actions, Draft& draft);

}  // namespace alignd::conf::migration
