// The grammar of address lists: RFC 5322 section 3.4 with its obsolete forms (section 4.4), groups in From
// (RFC 6854), UTF-8 (RFC 6532). Finds the domains; what else an address holds is not kept.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "verifier/message/author.h"

namespace alignd::message {

struct Address {
  std::string domain;      // without CFWS; empty for a domain-literal
  std::size_t offset = 0;  // where the domain stands
};

struct AddressList {
  AuthorProblem problem = AuthorProblem::None;
  std::size_t offset = 0;  // of the problem
  std::vector<Address> addresses;
};

inline constexpr std::size_t kMaxAddresses = 100;  // DESIGN.md decision 16

/// Parses `value` (a field body; folds are CRLF + WSP). One pass over its tokens, no recursion.
///
/// Read literally with three differences. Looser: the dots of an unquoted local part may stand anywhere
/// (`a..b.@x`, as some mobile operators hand out). Stricter, because another reader may stop where this one
/// goes on, all HiddenAddress: a source route (RFC 5322 obs-route) through another domain than the address
/// has; a domain that is split by CFWS after what is a whole domain by itself (`a@one.example .two.example`);
/// an unquoted local part with an encoded-word that hides an address.
AddressList parseAddressList(std::string_view value);

/// Parses exactly one addr-spec without comments. Nothing found: `problem` says why.
AddressList parseAddrSpec(std::string_view value);

}  // namespace alignd::message
