// The ASCII in text of charsets whose 7-bit octets do not always stand for ASCII.
#pragma once

#include <string>
#include <string_view>

namespace alignd::message {

/// `octets` in `charset` (a name of RFC 2047, perhaps with a language; without case) with what is ASCII kept and every
/// other character that is made of 7-bit octets replaced by octets from 0x80 on.
///
/// `<@\x80.\x80>`, an address of nobody knows whom, for charsets that write ASCII in a way of their own and that no mail is
/// written in: EBCDIC, which Python, Perl and iconv read, and codecs that libraries take for charsets (unicode_escape,
/// HTML-ENTITIES, BASE64, ...).
///
/// Known: UTF-7 (RFC 2152); UTF-16 and UTF-32 (NUL octets are left out); ISO-2022-JP (RFC 1468, RFC 1554), -KR (RFC
/// 1557), -CN (RFC 1922); HZ (RFC 1843). All others are taken to hold ASCII as such. Where decoders differ, an octet
/// counts as ASCII: a line end ends every shift, an escape sequence that is not known does so, too.
std::string asciiIn(std::string_view charset, std::string_view octets);

}  // namespace alignd::message
