// What From fields are made of, well-formed and as forgers write them: RFC 5322 sections 3.2 to 3.4 and 4.4, RFC 2047
// section 2, RFC 6532.
#pragma once

#include "tests/fuzz/mutator.h"

namespace alignd::test {

inline constexpr Rule kFromRules[] = {
    {"field", " Ann <a@b.example> |  $mailbox |  $mailbox, $list | $list |  $phrase$sp$angle$cfws"},
    {"list", "$mailbox | $mailbox,$list | $group,$list | $group | ,$list"},
    {"group", "$phrase:$list; | $phrase:; | $phrase:$list"},
    {"mailbox", "$address | $angle | $phrase $angle | $phrase$cfws$angle$cfws | $quoted$angle"},
    {"mailbox", "$address$cfws$angle | $address ($address)"},
    {"angle", "<$address> | <$address> | <$route$address> | <$cfws$address$cfws> | <> | <$address"},
    {"angle", "$address>"},
    {"route", "@$domain: | @$domain,@$domain: | @$domain,,:"},
    {"address", "$local@$domain | $local@$domain | $local$cfws@$cfws$domain | $local@ | @$domain"},
    {"local", "a | a.b | $quoted | a$cfws.$cfws b | $octet | $encoded | a..b | $local$word"},
    {"domain", "b.example | b.example | a.b.example | evil.test | b$cfws.$cfws example | $literal"},
    {"domain", "B.EXAMPLE | b.example. | $wide.example | xn--bcher-kva.example | xn--$word.example | b"},
    {"domain", "192.0.2.1 | b..example | $quoted.example"},
    {"literal", "[192.0.2.1] | [IPv6:2001:db8::1] | [$word] | [\\]@b.example] | ["},
    {"phrase", "$word | $word$sp$phrase | $quoted | $encoded | $encoded$sp$encoded | $address"},
    {"word", "Ann | a.b | $octet | $wide | a@b.example | 1"},
    {"octet", "\xe9 | \xff | \x80 | \xc3 | \xef\xbb\xbf | \x1b$$B | \x01 | \x7f | \xe2\x80\x8b"},
    {"octet", "\xef\xbc\xa0"},
    {"wide", "m\xc3\xbcnchen | \xc3\xa9 | \xe4\xbe\x8b | \xd0\xb0 | \xef\xbc\x8e | \xe3\x80\x82"},
    {"quoted", "\"$inside\" | \"$inside$inside\" | \"\" | \"$inside"},
    {"inside", "a | $inside$inside | \\\" | \\\\ | , | <$address> | $fold | $address | $octet | ( | \\"},
    {"comment", "($said) | ($said$comment$said) | () | ($said"},
    {"said", " | a | $comment | \\) | \\( | \" | <$address> | $address | $encoded | $fold"},
    {"cfws", " |   | $comment | $fold | $fold$comment$fold | $comment$comment"},
    {"sp", "  |  | \t | $fold"},
    {"fold", "\r\n  | \r\n\t | \n  | \r\n \r\n  | \r | \r\n"},
    {"encoded", "=?$charset?q?$quote?= | =?$charset?b?$base?= | =?$charset?Q?$quote"},
    {"encoded", "=?$charset*en?q?$quote?= | =?$charset?b?$base$base?= | =?$charset?x?a?="},
    {"charset", "utf-8 | UTF-8 | iso-8859-1 | us-ascii | utf-7 | iso-2022-jp | utf-16le | utf-16be"},
    {"charset", "gb2312 | windows-1252 | ebcdic-us | x"},
    {"quote", "a | a=40b.example | =3Ca=40evil.test=3E | _ | =2C | =22 | =28 | $quote$quote | =C3=A9 | =4"},
    {"quote", "a@b.example | =?q?a?= | ="},
    {"base", "YUBldmlsLnRlc3Q= | PGFAZXZpbC50ZXN0Pg== | LA== | Ig== | YQ | GyRCQGEbKEI= | + | K0FFQS0"},
    {"base", "AGEAQABi | ="},
    {"piece", "$word | $quoted | $comment | $angle | $encoded | $cfws | $address | $domain | $octet | @"},
    {"piece", ", | : | ; | < | >"},
};
inline constexpr Level kFromLevels[] = {{",;:", "mailbox"}, {" \t\n", "phrase"}, {"@.?=_<>()\"", "piece"}};
inline constexpr Syntax kFrom{kFromRules, kFromLevels, "field", "\"\"()<>[]"};

}  // namespace alignd::test
