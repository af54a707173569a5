// What the input of fuzz_verification is made of: zone lines, an envelope, a message; and what stands in them.
#pragma once

#include "tests/fuzz/dkim/syntax.h"
#include "tests/fuzz/dmarc/syntax.h"
#include "tests/fuzz/message/syntax.h"
#include "tests/fuzz/mutator.h"
#include "tests/fuzz/spf/syntax.h"

namespace alignd::test {

inline constexpr Rule kSceneRules[] = {
    {"input", "\x01$$${flags}x$zone%%\n$helo $from%%\n$fields\nText.\n"},
    {"flags", "  | ! | # | & | + | /"},
    {"zone", "$record | $record$zone | $record$record$zone"},
    {"record", "$domain TXT v=spf1 ip4:192.0.2.1 $end$lf | $domain TXT v=spf1 include:$domain $end$lf"},
    {"record", "_dmarc.$domain TXT v=DMARC1; p=reject;$lf"},
    {"record", "_dmarc.$domain TXT v=DMARC1; p=none; sp=reject;$lf"},
    {"record", "s1._domainkey.$domain TXT v=DKIM1; k=ed25519; p=$ed$lf | s1._domainkey.$domain FAIL x$lf"},
    {"record", "$domain A 192.0.2.1$lf | $domain MX $domain$lf | 1.2.0.192.in-addr.arpa PTR $domain$lf"},
    {"record", "_dmarc.$domain FAIL x$lf | _dmarc.$domain CNAME _dmarc.$domain$lf | $domain FAIL x$lf"},
    {"domain", "example.org | example.com | sub.example.org | mail.example.org | org | $@"},
    {"ed", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="},
    {"end", "-all | ~all | redirect=$domain"},
    {"helo", "mail.example.org | $domain | [192.0.2.1] | x"},
    {"from", "a@$domain\n | <>\n | joe@$domain\n"},
    {"fields", "From: Ann <a@$domain>$lf | $field$fields | $field$field$fields"},
    {"field", "From: Ann <a@$domain>$lf | To: b@example.net$lf | Subject: hello$lf | Sender: c@$domain$lf"},
    {"field", "DKIM-Signature: v=1; a=ed25519-sha256; $signed$lf | DKIM-Signature: $signed$lf"},
    {"field", "ARC-Message-Signature: i=$i; a=ed25519-sha256; $signed$lf | $set | List-Id: <l.$domain>$lf"},
    {"field", "ARC-Authentication-Results: i=$i; $domain; $results$lf"},
    {"field", "Authentication-Results: $domain; $results$lf"},
    {"field", "ARC-Seal: i=$i; a=ed25519-sha256; cv=$cv; d=$domain; s=s1; b=AAAA$lf"},
    {"set", "ARC-Seal: i=$i; a=ed25519-sha256; cv=$cv; d=$domain; s=s1; b=AAAA$lf$ams$aar"},
    {"ams", "ARC-Message-Signature: i=$i; a=ed25519-sha256; $signed$lf"},
    {"aar", "ARC-Authentication-Results: i=$i; $domain; $results$lf"},
    {"results", "none | spf=pass smtp.mailfrom=$domain"},
    {"results", "dkim=pass header.d=$domain; dmarc=pass header.from=$domain"},
    {"signed", "d=$domain; s=s1; h=from:to; bh=AAAA; b=AAAA"},
    {"signed", "c=relaxed/relaxed; d=$domain; s=s1; h=from; bh=AA; b=AA"},
    {"i", "1 | 2 | 3 | 50"},
    {"cv", "none | pass | fail"},
    {"line", "$record | $field"},
    {"lf", "\n"},
    {"piece", "$domain | $end | a@$domain | $cv | $i | $ed"},
};
inline constexpr Level kSceneLevels[] = {{"\n", "line"}, {" \n", "piece"}};
inline constexpr Value kSceneValues[] = {
    {" TXT v=spf1 ", &kSpfTerms},     {" TXT v=DMARC1;", &kDmarcTags},
    {" TXT v=DKIM1;", &kDkimKeyTags}, {"From:", &kFrom},
    {"-Signature:", &kDkimSignature}, {"ARC-Seal:", &kDkimSignature},
};
inline constexpr Syntax kScene{kSceneRules, kSceneLevels, "input", {}, kSceneValues};

}  // namespace alignd::test
