// A message as people have it, made into what the milter saw of it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/data/address.h"

namespace alignd::cli {

struct MessageFile {
  std::string text;  // CRLF; what came after the judging host is gone
  std::vector<std::string>
      notes;  // what was changed, and what was read from the message instead of being told
  std::optional<IpAddress> client;  // of the topmost Received field of `mx`
  std::string helo;                 // likewise
  /// So many Received fields on top are the word of `mx`, down to the one that names the client: no milter saw them.
  std::size_t ownReceived = 0;
  std::optional<std::string> mailFrom;  // of Return-Path, without angle brackets
  bool smtputf8 = false;  // the header has octets outside ASCII: it cannot have come without SMTPUTF8
};

/// Linear. `mx` is the name of the MTA that took the message, as it writes it behind `by` and as authserv-id; without
/// it ("") no client is found and nothing is left out. Line ends, an mbox line and the fields that stand above an
/// Authentication-Results field of `mx` (and it) are dealt with, and said. A Received field is believed that far:
/// whoever holds the message vouches for it.
MessageFile readMessageFile(std::string_view raw, std::string_view mx);

/// What gateways and lists leave behind, by the look of it: "***SPAM***" or "[EXT]" in the Subject, a list's footer.
/// A line each.
std::vector<std::string> tracesOf(std::string_view subject, std::string_view body);

}  // namespace alignd::cli
