// Which incoming Authentication-Results fields must go (RFC 8601 section 5, DESIGN.md decision 12).
#pragma once

#include <string_view>

#include "verifier/authres/options.h"

namespace alignd::authres {

/// True when the field has to be removed before ours is added: it is an Authentication-Results field (`name`
/// is what stands before the colon; case, blanks and octets that cannot be seen do not matter) and
///  - its authserv-id is ours or one of the additional ids, however it is written: another case, in quotes, between
///    comments, folded, behind empty parts, with a version, with a job id behind a slash, with a final dot, as A-labels
///    or U-labels;
///  - or what stands before its first semicolon is malformed, or an id that is no host name, and contains our id,
///    spread over quotes, comments, blanks and octets outside ASCII perhaps, or in encoded-words or percent forms; when
///    a comment or quoted-string has no end, it is enough that the id stands anywhere;
///  - or its version is not 1 and removeUnsupportedVersions is set; or removeAll is set.
/// Or, whatever its name, it hides such a field behind a line end that is no fold (`Subject: hi` CR
/// `Authentication-Results: ...`), where some readers see one. Comments in front of the id are read in every way that
/// readers know them: with and without escapes and nesting.
/// Fields of others, and those without an id (`spf=pass ...; dkim=...`), are not touched. Linear in `value`.
bool claimsOurId(std::string_view name, std::string_view value, const Options& options);

/// The first two of these for one id.
bool claimsId(std::string_view name, std::string_view value, std::string_view id);

/// The comparison of authserv-ids behind it: case, final dot, A-labels and U-labels, job id behind a slash.
bool sameId(std::string_view claimed, std::string_view ours);

}  // namespace alignd::authres
