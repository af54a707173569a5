// Messages with ARC sets, of which some are as RFC 8617 section 4.1 has them, but for their signatures.
#pragma once

#include "tests/fuzz/authres/syntax.h"
#include "tests/fuzz/dkim/syntax.h"
#include "tests/fuzz/mutator.h"

namespace alignd::test {

inline constexpr Rule kArcRules[] = {
    {"message", "$first$from\r\nHi.\r\n | $second$first$from\r\nHi.\r\n"},
    {"message", "$fields$second$first$from\r\nHi.\r\n | $fields"},
    {"fields", "$field | $field$fields | $set$fields"},
    {"from", "From: a@a.example\r\n"},
    {"first", "ARC-Seal: i=1; cv=none; $sealed$ams1$aar1"},
    {"ams1", "ARC-Message-Signature: i=1; $signed"},
    {"aar1", "ARC-Authentication-Results: i=1; a.example; $results\r\n"},
    {"second", "ARC-Seal: i=2; cv=pass; ${sealed}ARC-Message-Signature: i=2; ${signed}$aar2 | $set"},
    {"aar2", "ARC-Authentication-Results: i=2; a.example; $results\r\n"},
    {"set", "ARC-Seal: i=$i; cv=$cv; ${sealed}ARC-Message-Signature: i=$i; $signed$aar"},
    {"aar", "ARC-Authentication-Results: i=$i; $id; $results\r\n"},
    {"sealed", "a=$algorithm; d=a.example; s=s; b=AAAA\r\n"},
    {"sealed", "a=$algorithm; t=$i; d=a.example; s=$id; b=AAAA\r\n"},
    {"signed", "a=$algorithm; d=a.example; s=s; h=from:to; bh=AAAA; b=AAAA\r\n"},
    {"signed", "a=$algorithm; c=relaxed/relaxed; d=a.example; s=s; h=from:arc-seal; bh=; b=\r\n"},
    {"algorithm", "ed25519-sha256 | rsa-sha256 | rsa-sha1"},
    {"results", "none | spf=pass smtp.mailfrom=$id; dmarc=pass header.from=a.example | arc=pass | dkim=fail"},
    {"id", "a.example | s | b.example | \"a.example\""},
    {"i", "1 | 2 | 3 | 50 | 51 | 0 | 01 | x | "},
    {"cv", "none | pass | fail | None | "},
    {"field", "$set | $aar | $from | To: b@b.example\r\n | ARC-Seal: i=$i; cv=$cv; $sealed | $ams1 | $first"},
    {"piece", "$i | $cv | $id | $algorithm | i=$i; | cv=$cv; | h=from; | "},
};
inline constexpr Level kArcLevels[] = {{"\n", "field"}, {"; ", "piece"}, {":=; \n", "piece"}, {"\n", "set"}};
inline constexpr Value kArcValues[] = {
    {"-Signature:", &kDkimSignature}, {"ARC-Seal:", &kDkimSignature}, {"-Results:", &kAuthres}};
inline constexpr Syntax kArc{kArcRules, kArcLevels, "message", {}, kArcValues};

}  // namespace alignd::test
