// Verdict lines made of verdicts: a month that is known.
#pragma once

#include <string>

#include "verifier/policy/options.h"
#include "verifier/verdict.h"

namespace alignd::cli::test {

/// Mail of bank.example under p=reject from 203.0.113.66 that nothing authenticates.
Verdict forged();
/// The same that passes, signed by bank.example.
Verdict aligned();
/// The same, signed by esp.example alone.
Verdict unaligned();

/// As the daemon writes it under these settings, with its newline.
std::string line(const Verdict& verdict, const std::string& queueId, std::int64_t timeMs,
                 const policy::Options& options = {});

/// `messages` lines of the three kinds in turn, a minute apart from 2026-10-01 on: queue ids "Q0", "Q1" ...
std::string month(std::size_t messages);

}  // namespace alignd::cli::test
