// Which of the key records at a name may have made a signature, and what it is when none did (RFC 6376 section 6.1.2).
#pragma once

#include <vector>

#include "dns/data/answer.h"
#include "verifier/dkim/options.h"
#include "verifier/dkim/public_key.h"
#include "verifier/dkim/result.h"
#include "verifier/dkim/signature.h"

namespace alignd::dkim {

/// DNS trouble, or the lack of a record (steps 2 and 3): the result of a signature whose key `answer` does not give.
void concludeWithoutKey(const dns::Answer& answer, SignatureResult& result);

/// True when the key record is to blame, and not the signature or the message.
bool isKeyFault(Reason reason);

/// The records that may have made the signature, by steps 5 to 8; they belong to `keys`. When there is none, `result`
/// has the fault of the one that came nearest. Step 4 leaves open what to do with several records: each is tried, up to
/// Options::maximumKeyRecords.
std::vector<const KeyRecord*> usableKeys(const KeySet& keys, const Signature& signature,
                                         const Options& options, SignatureResult& result);

}  // namespace alignd::dkim
