// Mail that is itself a report of some receiver.
#pragma once

#include "verifier/message/header_block.h"

namespace alignd::message {

/// True for what says it is an aggregate report (Subject of RFC 9990 section 3.1.4, or of RFC 8460 section 5.3), a
/// feedback report (RFC 5965) or a TLS report (RFC 8460): reports about it would be answered by reports. Delivery
/// notices are none. Anybody can write it.
bool isReportMail(const HeaderBlock& header);

}  // namespace alignd::message
