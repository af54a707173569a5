// DKIM signatures for messages that are handed to the daemon; apart from the signer's header, whose names are its own.
#pragma once

#include <string>
#include <vector>

namespace alignd::test {

/// The key record that signedField() signs for, whatever the domain.
std::string signingKeyRecord();
/// The value of a DKIM-Signature of `domain` (selector s1) over the fields From and Subject, folds as LF.
std::string signedField(const std::string& domain, const std::vector<std::string>& header,
                        const std::string& body);

}  // namespace alignd::test
