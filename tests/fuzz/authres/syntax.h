// What Authentication-Results and Received fields are made of: RFC 8601 section 2.2, RFC 5321 section 4.4, and the forms of
// several MTAs.
#pragma once

#include "tests/fuzz/mutator.h"

namespace alignd::test {

inline constexpr Rule kAuthresRules[] = {
    {"field", " $id; $results | $results |  $received | $id; none"},
    {"id", "mx.example.org | mx.example.org 1 | MX.example.org | \"mx.example.org\" | $cfws$id$cfws | x/2"},
    {"id", ""},
    {"results", "$result | $result;$results | $result;$result;$results | none | ;$results"},
    {"result", "$cfws$method$version$cfws=$cfws$outcome$reason$props"},
    {"method", "spf | dkim | dmarc | arc | iprev | auth | dkim-adsp | SPF | x-y | $word"},
    {"version", " | /1 | $cfws/${cfws}1 | /2 | /"},
    {"outcome", "pass | fail | none | neutral | softfail | temperror | permerror | policy | $word"},
    {"reason", " |  reason=$value |  reason$cfws=$cfws\"$said\""},
    {"props", " | $prop | $prop$props | $prop$prop$props"},
    {"prop", " $type.$property=$value |  $type$cfws.$cfws$property$cfws=$cfws$value | $cfws"},
    {"type", "smtp | header | policy | body | x | $word"},
    {"property", "mailfrom | helo | remote-ip | auth | from | d | i | s | b | a | iprev | dmarc | $word"},
    {"value", "a@b.example | @b.example | b.example | $quoted | $quoted@b.example | 192.0.2.1 | 2001:db8::1"},
    {"value", "$word"},
    {"quoted", "\"$said\" | \"\" | \"$said"},
    {"said", "a | $said$said | \\\" | \\\\ | ; | $octet | a@b.example | $fold | ( | \\"},
    {"word", "x | 1 | x-1 | $octet | x_y | $word$word | mx.example.org"},
    {"octet", "\xe9 | \xc3\xa9 | \x01 | \x7f | \xff | \r | % | /"},
    {"comment", "($said) | ($said$comment$said) | () | ($said"},
    {"cfws", " |   | $comment | $fold | $fold$comment$fold"},
    {"fold", "\r\n  | \r\n\t | \n  | \r\n"},

    {"received", "from $host$client$by; $date | from $host$client$client$by | $by; $date"},
    {"received", "from $host$client"},
    {"host", "mail.example | [192.0.2.1] | [IPv6:2001:db8::1] | unknown | $word | $host$cfws"},
    {"client", " ($host [$ip]) |  ([$ip]) |  ([$ip] helo=$word) |  (HELO $word) ($ip)"},
    {"client", " (HELO $word) ([$ip])"},
    {"client", " ($word@$host [$ip]) |  ($word@$ip) |  ([$ip]:25 helo=$word ident=$word)"},
    {"client", " ($host [$ip] $comment)"},
    {"client", " (helo=$word) |  (port=25 helo=$word) | $cfws"},
    {"ip", "192.0.2.1 | IPv6:2001:db8::1 | 2001:db8::1 | IPv6:::ffff:192.0.2.1 | 192.0.2.256 | $word"},
    {"by", " by $host |  by $host with $with id $word"},
    {"by", " by $host (Postfix) with $with id $word for <$value>"},
    {"by", " (Authenticated sender: $value) by $host | $fold by $host | by | $cfws by $host$cfws"},
    {"with", "ESMTP | ESMTPS | ESMTPSA | smtp | $word"},
    {"date", "Mon, 1 Jan 2026 00:00:00 +0000 | $word | "},
    {"piece", "$word | $value | $cfws | $quoted | $host | $ip | by | from | with | for | reason | none | 1"},
};
inline constexpr Level kAuthresLevels[] = {
    {";", "result"}, {" \t\n", "prop"}, {"=.@/()\"[]", "piece"}, {" ", "client"}};
inline constexpr Syntax kAuthres{kAuthresRules, kAuthresLevels, "field", "\"\"()[]"};

}  // namespace alignd::test
