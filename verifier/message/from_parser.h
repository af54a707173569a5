// One From field: the domain of its author, or why nobody can say whose it is. There is no grammar of addresses here:
// what counts is what any reader could take for the author (DESIGN.md decision 3).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "verifier/message/author.h"

namespace alignd::message {

inline constexpr std::size_t kMaxFromBytes = 65536;
inline constexpr std::size_t kMaxCandidates = 100;  // DESIGN.md decision 16

struct FromReading {
  AuthorProblem problem = AuthorProblem::None;
  std::size_t offset = 0;  // in the field body: of the problem
  std::string found;       // what stands there, at most 64 octets as they came
  std::vector<std::string>
      domains;            // all that are named: A-labels, distinct, in order; one when there is no problem
  std::string asWritten;  // the first of them as it stood there
  std::size_t converted = 0;  // spellings of domains that IDNA was asked for: what the field cost
};

/// `value` is the field body; folds are CRLF + WSP. Linear but for the search behind each `@`, which is bounded; never
/// throws but for memory.
///
/// Every `@` outside comments, and outside a quoted display name directly before the final angle-addr, is a candidate
/// with the domain behind it. One without a dot in its domain is none (`root@web1 <root@example.org>`) unless it stands
/// in the final angle-addr, or nothing else is there. If the rest name one domain, that is the author's, whatever is
/// wrong with brackets, commas and words around it; if they name two, the author is ambiguous.
///
/// Encoded-words are looked through, as RFC 2047 has them and as lenient readers do, before and after quotes and comments
/// are known; the ones of the display name of the
/// final angle-addr count when they decode to brackets or list separators beside the address. NUL (some readers stop
/// there) and line ends that are no folds (some readers see another field there) are always ambiguous.
FromReading parseFrom(std::string_view value);

/// The domain as it is looked up and compared: A-labels, lower case. Empty when it is no host name: RFC 1123
/// section 2.1 letters, digits and hyphens, and underscores, which occur; not an address (a last label of
/// digits only).
std::string hostName(std::string_view domain);

}  // namespace alignd::message
