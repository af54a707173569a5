// What SPF records, and the zones around them, are made of: RFC 7208 section 12.
#pragma once

#include "tests/fuzz/mutator.h"

namespace alignd::test {

// Terms end with their blank. Few names, so that records refer to each other; $@ are names of the zone that is there.
inline constexpr Rule kSpfRules[] = {
    {"zone", "$root$lf$lines | >$local$lf$root$lf$lines | $lines"},
    {"root", "example.com TXT $record | $record"},
    {"lines", "$line | $line$lines | $line$line$lines"},
    {"line", "$record$lf | $owner TXT $record$lf | $owner TXT $record$lf | $owner A $v4$lf"},
    {"line", "$owner AAAA $v6$lf | $owner MX $name$lf | $name MX $owner$lf | $reverse PTR $owner$lf"},
    {"line", "$owner CNAME $name$lf | $owner FAIL -$lf | $owner TXT $explanation$lf | $reverse A $v4$lf"},
    {"lf", "\n"},
    {"local", "user | a-b.c+d | $literal$literal | \xc3\xa9 | a@b | $literal$local"},
    {"owner", "$@ | $name"},
    {"name", "a.example | b.example | c.example | example.com | mail.example.com | $@ | $@"},
    {"reverse", "1.2.0.192.in-addr.arpa"},
    {"reverse", "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"},
    {"explanation", "no | $macro see $macros. | $macros $macros"},

    {"record", "v=spf1 $all | v=spf1 $terms | v=spf1 $terms | V=SPF1  $terms$terms | v=spf10 | v=spf1"},
    {"terms", "$all | $term$terms | $term$term$terms | $term$term$term$terms | $term"},
    {"term", "$qualifier$mechanism$sp | $qualifier$mechanism$sp | $modifier$sp"},
    {"sp", " "},
    {"all", "-all | ~all | ?all | all"},
    {"qualifier", " | + | - | ~ | ?"},
    {"mechanism", "all | include:$name | include:$spec | a$target$lengths | mx$target$lengths"},
    {"mechanism", "ptr$target | ip4:$v4$slash4 | ip6:$v6$slash6 | exists:$spec | exists:%{ir}.$name"},
    {"mechanism", "$literal$target"},
    {"modifier", "redirect=$name | redirect=$spec | exp=$name | exp=$spec | $literal=$macros"},
    {"target", " | :$name | :$spec"},
    {"lengths", " | $slash4 | /$slash6 | $slash4/$slash6"},
    {"slash4", " | /32 | /24 | /8 | /0 | /31 | /33 | /024 | /"},
    {"slash6", " | /128 | /64 | /32 | /0 | /127 | /129 | /01 | /"},
    {"v4", "192.0.2.1 | 192.0.2.0 | 198.51.100.7 | 0.0.0.0 | 255.255.255.255 | 192.0.2.256 | 192.0.2"},
    {"v6", "2001:db8:: | 2001:db8::1 | :: | ::ffff:192.0.2.1 | 2001:db8:0:0:0:0:0:0 | 1::2::3"},
    {"spec", "$macro.$name | $macros.$name | $macros$macro | $name. | $macros"},
    {"macros", "$macro | $literal$macros | $macro$macros | $literal.$macros"},
    {"macro", "%{d} | %{$letter$digits$reversed$delimiters} | %{$letter$digits$reversed$delimiters} | %%"},
    {"macro", "%_ | %- | %{p} | %{ir} | %{i} | %{l1r-}"},
    {"letter", "s | l | o | d | i | p | v | h | c | r | t | S | L | O | D | I | P | V | H | C | R | T | x"},
    {"digits", " | 1 | 2 | 3 | 0 | 10 | 128 | 99999999999999999999"},
    {"reversed", " | r | R"},
    {"delimiters", " | . | - | + | , | / | _ | = | +-_ | .,/="},
    {"literal", "a | x1 | _spf | b-c | - | = | / | ~ | !# | %"},
    {"expansion", "$macros | $macros$lf$local"},
    {"piece", "$macro | $name | $literal | $v4 | $v6 | $slash4 | $slash6 | $letter | $digits"},
};

inline constexpr Level kSpfZoneLevels[] = {{"\n", "line"}, {" \n", "term"}, {".:=/%{}-", "piece"}};
inline constexpr Syntax kSpfZone{kSpfRules, kSpfZoneLevels, "zone"};

inline constexpr Level kSpfRecordLevels[] = {{" ", "term"}, {".:=/%{}-", "piece"}};
inline constexpr Syntax kSpfRecord{kSpfRules, kSpfRecordLevels, "record"};
inline constexpr Syntax kSpfTerms{kSpfRules, kSpfRecordLevels, "terms"};

inline constexpr Level kSpfMacroLevels[] = {{"}%", "macro"}, {"\n", "expansion"}, {".:=/%{}-", "piece"}};
inline constexpr Syntax kSpfMacro{kSpfRules, kSpfMacroLevels, "expansion"};

}  // namespace alignd::test
