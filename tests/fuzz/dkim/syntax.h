// What key records and signatures are made of: RFC 6376 sections 3.2, 3.5 and 3.6.1, RFC 8463, RFC 8617 section 4.1.2. With
// keys that are some, for no mutation of octets makes base64 of DER anew.
#pragma once

#include "tests/fuzz/mutator.h"

namespace alignd::test {

// Tags end with their semicolon and what is behind it.
inline constexpr Rule kDkimRules[] = {
    {"key", "v=DKIM1; p=$rsa | v=DKIM1;$sp$keytags$p | $keytags$p | v=DKIM1;$sp$p$sp$keytags"},
    {"keytags", "$keytag | $keytag$keytags | $keytag$keytag$keytags"},
    {"keytag", "k=$type;$sp | t=$flags;$sp | h=$hashes;$sp | s=$services;$sp | n=$text;$sp"},
    {"keytag", "g=$text;$sp | v=$version;$sp | $p$sp | $name$fws=$fws$text$fws;$sp"},
    {"p", "p=$rsa; | k=ed25519; p=$ed; | p=$fws$rsa$fws; | p=$cut$fws$cut; | p=; | p=$odd;"},
    {"p", "k=rsa; p=$ed; | k=ed25519; p=$rsa;"},
    {"type", "rsa | ed25519 | RSA | Ed25519 | ecdsa | "},
    {"flags", "y | s | y:s | y$fws:$fws$flags | Y | x:$flags | "},
    {"hashes", "sha256 | sha1 | sha1:sha256 | sha256$fws:$fws$hashes | x | "},
    {"services", "email | * | other | other:$services | $services$fws:$fws$services | "},
    {"version", "DKIM1 | 1 | dkim1 | spf1 | DMARC1 | DKIM1$text | "},
    {"rsa", "$info | $bare | $tiny"},
    // SubjectPublicKeyInfo, and RSAPublicKey, of 512 bits
    {"info",
     "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKUIllMf0ru9p/TrlDZJyPkPRTWO0Xxq"
     "ydv59ANG3er0dsraIsR0+vxqCjbUOFXwLGrf7SHKeSweKqEheCuSJCUCAwEAAQ=="},
    {"bare",
     "MEgCQQClCJZTH9K7vaf065Q2Scj5D0U1jtF8asnb+fQDRt3q9HbK2iLEdPr8ago2"
     "1DhV8Cxq3+0hynksHiqhIXgrkiQlAgMBAAE="},
    // of 16 bits; with an even modulus; exponents 1, 2, too long; a negative modulus, and 0
    {"tiny", "MAoCAwDBAQIDAQAB | MAgCAwDAAAIBAw== | MAgCAwDBAQIBAQ== | MAgCAwDBAQIBAg=="},
    {"tiny", "MBECAwDBAQIKAREREREREREREQ== | MAcCAsEBAgED | MAYCAQACAQM="},
    // a key; one of small order; one as a SubjectPublicKeyInfo
    {"ed", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="},
    {"ed", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
    {"ed", "MCowBQYDK2VwAyEAOnkhRQU7cRdf1r44HNbv5HoshmyTMcbR0z2JlWfMbE0="},
    {"cut", "MEgCQQClCJZTH9K7vaf0 | MIGJAoGBAL8Gtet0m1Cg | 11qYAYKxCrfVS | MFwwDQYJKoZIhvcNAQEB"},
    {"odd", "-----BEGIN$fws$cut | \"$cut\" | $cut\\ | $cut== | $cut= | = | $wide"},

    {"signature", "$good | $good$sigtags | $sigtags$good | $core$sigtags"},
    {"good", "v=1; a=rsa-sha256; c=relaxed/simple; d=example.org; s=s1; h=from:to; bh=AAAA; b=AAAA;$sp"},
    {"good", "i=1; a=ed25519-sha256; d=example.org; s=s1; t=1; x=2; h=from; bh=AAAA; b=AAAA;$sp"},
    {"core", "v=1;$sp$a$d$h$b | $a$d$h$b | v=1;$sp$b$h$d$a | i=$number;$sp$a$d$h$b"},
    {"a", "a=$algorithm;$sp | a=$algorithm;${sp}c=$form;$sp"},
    {"d", "d=$domain;${sp}s=$selector;$sp | s=$selector;$sp${fws}d=$domain;$sp${i}"},
    {"i", " | i=@$domain; | i=$identity@$domain; | i=$identity@sub.$domain; | i=$identity;"},
    {"h", "h=$fields;$sp"},
    {"b", "bh=$hash;${sp}b=$hash;$sp | bh=$hash;${sp}b=$hash | b=$hash;${sp}bh=$hash; "},
    {"sigtags", "$sigtag | $sigtag$sigtags | $sigtag$sigtag$sigtags"},
    {"sigtag", "c=$form;$sp | l=$number;$sp | t=$number;$sp | x=$number;$sp | t=$number; x=$number;"},
    {"sigtag", "q=$query;$sp | z=$copied;$sp | $i$sp | $a | $d | $h | $b | v=1;$sp"},
    {"sigtag", "$name$fws=$fws$text$fws;$sp"},
    {"algorithm", "rsa-sha256 | ed25519-sha256 | rsa-sha1 | RSA-SHA256 | rsa-sha512 | "},
    {"form", "relaxed/relaxed | simple/simple | relaxed | simple | Relaxed/Simple | relaxed/ | /x | "},
    {"domain", "example.org | sub.example.org | $wide.example.org | xn--bcher-kva.example | org"},
    {"domain", "example.org. | a..b | $label.org | e_x.org | \"example.org\""},
    {"selector", "s1 | s1.s2 | $wide | s_1 | -s | s. | $label | "},
    {"label", "a234567890123456789012345678901234567890123456789012345678901234 | $label$selector | xn--a"},
    {"wide", "m\xc3\xbcnchen | \xc3\xa9 | \xef\xbc\x8e | \xff | \xc2\xa0 | \xe2\x80\x8b | \xef\xbb\xbf"},
    {"identity", "joe | =6Aoe | =40 | a=b=c | $wide | =C3=BC | j$fws oe | a@b | =4"},
    {"fields", "from | from:to | From$fws:$fws$fields | subject:$fields | $fields: | :$fields"},
    {"fields", "a b:$fields | from:from:$fields | to"},
    {"hash", "AAAA | 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= | 47DEQpj8$fws$hash | = | $cut | "},
    {"hash", "A=AA | AA$fws=$fws="},
    {"number", "1 | 0 | 1760000000 | 1759999999 | 18446744073709551616 | -1 | 007 | 50 | 51 | 1x | "},
    {"query", "dns/txt | dns/txt:x | x$fws:${fws}dns/txt | dns | "},
    {"copied", "From:a=40b | From:a=40b|To:$text | $copied|$copied | |x | =7C | "},
    {"name", "x | $name$name | x_1 | x-1 | 1x | $wide | p | b | v | "},
    {"text", "a | $text$text | $fws | = | =20 | \" | \\ | $wide | a:b | : | \x01 | \x7f"},
    {"fws", " |   | \t | \r\n  | \r\n\t | \r\n |  \r\n \r\n  | \n  | \r"},
    {"sp", "  |  | \t | \r\n  | \r\n\t | $fws"},
};

inline constexpr Level kDkimKeyLevels[] = {{";", "keytag"}, {":|=", "text"}, {"=;", "p"}};
inline constexpr Syntax kDkimKey{kDkimRules, kDkimKeyLevels, "key"};
inline constexpr Syntax kDkimKeyTags{kDkimRules, kDkimKeyLevels, "keytags"};

inline constexpr Level kDkimSignatureLevels[] = {{";", "sigtag"}, {":|=", "text"}, {";", "good"}};
inline constexpr Syntax kDkimSignature{kDkimRules, kDkimSignatureLevels, "signature"};

}  // namespace alignd::test
