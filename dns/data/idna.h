// Internationalized domain names by IDNA2008 (RFC 5890, RFC 5891): what arrives as U-labels in SMTPUTF8 mail
// (RFC 6532, RFC 8616) is looked up, and compared, as A-labels.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace alignd::dns {

/// `domain` with every U-label made an A-label and ASCII in lower case: the form for DNS questions and for
/// comparing two domains. A final dot stays.
///
/// - ASCII labels are only lower-cased: `_dmarc`, `a+b` and even blanks survive. Whether they may stand in a
/// DKIM or
///   From domain is the caller's business (DESIGN.md decision 14). Without `xn--` libidn2 is not called at
///   all.
/// - `xn--` labels must be well-formed Punycode (RFC 3492). Registered names that IDNA2008 would not allow to
/// be
///   registered, such as emoji, pass: RFC 5891 section 5.3 leaves the further tests to those who show the
///   U-label.
/// - Labels with other octets must be UTF-8 and, after case folding and NFC (the non-transitional mapping of
/// UTS 46,
///   so that `ß` stays a letter of its own), be U-labels as RFC 5891 section 5.4 wants them. Labels that map
///   to plain ASCII (fullwidth letters, zero width spaces in `paypal`) or that hide a dot, slash or
///   underscore are refused: they are disguises, not U-labels. The Bidi rule (RFC 5893) is applied label by
///   label.
///
/// Nothing when a label is empty or invalid, or when the result breaks the limits of RFC 1035 section 2.3.4.
std::optional<std::string> toAscii(std::string_view domain);

/// `domain` with every A-label that is valid by RFC 5891 section 5.4 made a U-label, for display. Other
/// labels stay A-labels; ASCII is lower-cased. A domain that toAscii refuses is given back unchanged.
/// U-labels of different scripts can look alike, so decisions and logs use toAscii.
std::string toUnicode(std::string_view domain);

}  // namespace alignd::dns
