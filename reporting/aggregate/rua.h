// Where reports are asked to go: the rua tag read once more, for what the DMARC check does not need of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace alignd::reporting {

/// A mailbox that reports can be sent to.
struct Mailbox {
  std::string address;  // local@host, the host in lower case
  std::string host;
  std::uint64_t limit =
      0;  // octets that the owner wants at most (`!10m`, RFC 7489 section 6.2); 0: none said
};

/// The URIs of the first such tag ("rua", "ruf") of a DMARC record, in order, each as published with its size limit; at
/// most 100.
std::vector<std::string> urisOfRecord(std::string_view record, std::string_view tag);

/// One URI of rua. Or why nothing can be sent there: not mailto, an address that SMTP would not take as it is, or
/// one that means something to a shell, a header or an MTA (RFC 6068 percent-encoding is taken off before).
std::variant<Mailbox, std::string> readRuaUri(std::string_view uri);

}  // namespace alignd::reporting
