// Verdicts to ask why of: mail of bank.example under p=reject, from 203.0.113.66.
#pragma once

#include <string>

#include "verifier/verdict.h"

namespace alignd::cause::test {

/// Fails DMARC, with nothing else said.
Verdict failing();
/// A signature of `domain`, selector s1, that ended so.
dkim::SignatureResult signature(const std::string& domain, dkim::Status status, dkim::Reason reason,
                                const std::string& diagnosis = {});
/// SPF of `domain` for the client.
spf::Result spf(const std::string& domain, spf::Status status);

}  // namespace alignd::cause::test
