// Public suffixes by libpsl.
#pragma once

#include <memory>
#include <string_view>

#include "verifier/dmarc/options.h"

namespace alignd::dmarc {

/// From the content of a list file: the text of publicsuffix.org or libpsl's compiled form (Debian ships both
/// in /usr/share/publicsuffix). Null when it is neither.
std::shared_ptr<const PublicSuffixList> parsePublicSuffixList(std::string_view content);

/// The list that libpsl was built with, as old as the package. Null when it was built without one.
std::shared_ptr<const PublicSuffixList> builtinPublicSuffixList();

}  // namespace alignd::dmarc
