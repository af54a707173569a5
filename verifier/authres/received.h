// Which client a relay in front of us had, from the Received field that it put on top (RFC 5321 section 4.4).
#pragma once

#include <optional>
#include <string_view>

#include "dns/data/address.h"

namespace alignd::authres {

/// The address of the client in `value` (what stands after "Received:"), IPv6 with or without its tag. Only a relay that
/// is listed may be believed so far. The forms:
///
///     from HELO (name [192.0.2.1]) by          Postfix, Sendmail, OpenSMTPD, Courier, Google, ...
///     from HELO ([192.0.2.1]) by               Sendmail without a name, Domino
///     from HELO (ident@name [192.0.2.1]) by    Sendmail with ident
///     from name ([192.0.2.1] helo=HELO) by     Exim; with a port behind the bracket
///     from [192.0.2.1] (helo=HELO) by          Exim without a name, CommuniGate (HELO HELO)
///     from name (HELO HELO) (192.0.2.1) by     qmail; (ident@192.0.2.1)
///     from name (HELO HELO) ([192.0.2.1]) by   IronPort
///     from HELO (192.0.2.1) by                 Exchange
///
/// HELO is never read, whatever stands in it and even if the relay wrote it down unaltered: everything up to the last
/// `by` outside comments counts, and nothing is taken from it when there is more than one word, more than one address, a
/// second `by`, one within a comment, or a parenthesis without its partner, for then HELO may have played a part of the
/// field. Linear.
std::optional<IpAddress> clientOfReceived(std::string_view value);

}  // namespace alignd::authres
