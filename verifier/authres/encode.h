// How values from outside stand in Authentication-Results, so that a strict parser reads what we mean and a
// sloppy one (which knows no quotes, no comments, or splits at blanks, `;` and `=`) cannot be misled.
//
// What is written is printable US-ASCII. Inside values, quoted or not, there never is a `"`, `\`, `(`, `)`,
// `;`,
// `<`, `>`, control or 8-bit octet, and `=` only as base64 padding. Other octets are written `%XX` (upper
// case hex), and so is `%` itself: percentDecode() gives the original back.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace alignd::authres {

/// A domain, selector or host name. Letters, digits, hyphen, underscore and dots stay as they are. In
/// anything else the dots are encoded too: no part of such a value reads as a domain name. Address literals,
/// `[192.0.2.1]`, are quoted. Empty for an empty name and for one that has over 253 octets.
std::string encodeDomain(std::string_view domain);

/// An e-mail identity as `local@domain` or `@domain` (the pvalue form of RFC 8601 section 2.2). Local parts
/// over 128 octets are left out. Empty when the domain is.
std::string encodeIdentity(std::string_view identity);

/// The user name of a session: an identity when it holds an `@`, otherwise a token. At most 128 octets.
std::string encodeUser(std::string_view user);

/// One of our words, or a tag value that should be a token (a=). Empty for over 128 octets.
std::string encodeToken(std::string_view text);

/// The first octets of b= (RFC 6008 section 4): in quotes when it holds `/` or `=`.
std::string encodeBase64(std::string_view text);

/// An IP address: IPv6 in quotes, for `:` is no token character.
std::string encodeAddress(std::string_view text);

/// A reason for people, always in quotes and at most `maximum` octets: what could be read as syntax is
/// replaced
/// (`=` by `:`, or dropped before a blank; `;` by `,`; brackets, quotes and backslashes by blanks or
/// apostrophes; non-ASCII by `?`), not encoded.
std::string quoteReason(std::string_view text, std::size_t maximum = 120);

/// An authserv-id: as a token when it is one, otherwise in quotes (RFC 8601 section 2.5).
std::string encodeAuthservId(std::string_view id);

/// Undoes `%XX`.
std::string percentDecode(std::string_view text);

}  // namespace alignd::authres
