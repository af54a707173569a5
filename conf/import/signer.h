// What is left of opendkim.conf when alignd verifies: a signer.
#pragma once

#include <string>
#include <vector>

#include "conf/import/words.h"

namespace alignd::conf::migration {

/// The file with `Mode s`: what is about signing and the process stays as it was, what is about verifying is a comment
/// with the reason. Authentication-Results are alignd's: KeepAuthResults is set.
std::string signerFile(const std::string& name, const std::vector<Word>& words);

}  // namespace alignd::conf::migration
