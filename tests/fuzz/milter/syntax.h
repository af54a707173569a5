// What the input of fuzz_session is made of: zone lines and what an MTA says, in order and out of it; and what stands in
// them.
#pragma once

#include "tests/fuzz/authres/syntax.h"
#include "tests/fuzz/dkim/syntax.h"
#include "tests/fuzz/dmarc/syntax.h"
#include "tests/fuzz/message/syntax.h"
#include "tests/fuzz/mutator.h"
#include "tests/fuzz/spf/syntax.h"

namespace alignd::test {

inline constexpr Rule kSessionRules[] = {
    {"input", "$octet${octet}x$octet$zone%%\n$connection"},
    {"octet", "\x01 | \x02 | \x03 | ! | a | \x04"},
    {"zone", "$record | $record$zone | $record$record$zone"},
    {"record", "$domain TXT v=spf1 ip4:192.0.2.1 -all\n | $domain TXT v=spf1 a mx include:$domain ~all\n"},
    {"record", "_dmarc.$domain TXT v=DMARC1; p=reject; fo=1\n | _dmarc.$domain TXT v=DMARC1; p=quarantine\n"},
    {"record",
     "s1._domainkey.$domain TXT v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"},
    {"record", "$domain A 192.0.2.1\n | $domain MX $domain\n | 1.2.0.192.in-addr.arpa PTR $domain\n"},
    {"record", "$domain FAIL x\n | _dmarc.$domain FAIL x\n | $domain CNAME $domain\n"},
    {"domain", "example.org | example.com | mail.example.org | border.example | mx.example"},
    {"address", "192.0.2.1 | 198.51.100.3 | 198.51.100.130 | 10.0.0.1 | local | - | 2001:db8::1"},
    {"path", "<joe@$domain> | <joe@$domain> | <> | <joe@example.net> | joe@$domain | $domain"},

    {"connection", "C $domain $address\nH $domain\n$message | $connection$message | $connection$connection"},
    {"message", "$envelope$fields$end | $macro$message | $envelope$fields$event$end"},
    {"message", "$envelope$envelope$end"},
    {"envelope", "M $path\nR $path\n | M $path\nR $path\nR $path\n | M $path SMTPUTF8\nR $path\n"},
    {"fields", "L From: Joe <joe@$domain>\n | $field$fields | $field$field$fields"},
    {"end", "N\nB Hi.\nE\n | N\nE\n | E\n | N\nB Hi.\\\nB \nB there\nE\n | A\n | Q\n"},
    {"macro", "D {auth_authen} joe\n | D {auth_type} PLAIN\n | D i 4abc\n | D {daemon_name} x\n"},
    {"macro", "D j mx.example\n"},
    {"field", "L From: Joe <joe@$domain>\n | L To: b@example.net\n | L Subject: hello\n | L $name:x\n"},
    {"field", "L DKIM-Signature: v=1; a=ed25519-sha256; d=$domain; s=s1; h=from:to; bh=AAAA; b=AAAA\n"},
    {"field",
     "L Authentication-Results: $id; spf=pass smtp.mailfrom=$domain; dmarc=pass header.from=$domain\n"},
    {"field", "L Received: from x ($domain [192.0.2.1]) by border.example with ESMTP id X; date\n"},
    {"field", "L ARC-Seal: i=1; a=ed25519-sha256; cv=none; d=$domain; s=s1; b=AAAA\n"},
    {"name", "X-Alignd-Disposition | X-Removed | Received-SPF | authentication-results | from | List-Id | x"},
    {"id", "mx.example | MX.example 1 | border.example | $domain"},
    {"event", "$field | $macro | $end | M $path\n | R $path\n | C $domain $address\n | H $domain\n | N\n"},
    {"event", "X\n"},
    {"event", "S 1\n | S 2\n | S 3\n | S 0\n | F 1\n | F 2\n | F 3\n | E\n | B x\n | $record"},
    {"piece", "$domain | $path | $address | $id | $name | joe"},
};
inline constexpr Level kSessionLevels[] = {{"\n", "event"}, {" \n", "piece"}, {"\n", "message"}};
inline constexpr Value kSessionValues[] = {
    {" TXT v=spf1 ", &kSpfTerms},     {" TXT v=DMARC1;", &kDmarcTags},
    {" TXT v=DKIM1;", &kDkimKeyTags}, {"\nL From:", &kFrom},
    {"-Signature:", &kDkimSignature}, {"\nL Authentication-Results:", &kAuthres},
    {"\nL Received:", &kAuthres},
};
inline constexpr Syntax kSession{kSessionRules, kSessionLevels, "input", {}, kSessionValues};

}  // namespace alignd::test
