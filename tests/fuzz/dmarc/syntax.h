// What DMARC records are made of: RFC 9989 section 4.8, RFC 3986, RFC 6068.
#pragma once

#include "tests/fuzz/mutator.h"

namespace alignd::test {

// Tags end with their semicolon and what is behind it.
inline constexpr Rule kDmarcRules[] = {
    {"record", "v=DMARC1; p=$policy | v=DMARC1; p=$policy; $tags | $version;$sp$tags | v=DMARC1;$sp$tags"},
    {"version", "v=DMARC1 | V$sp=${sp}DMARC1 | v=DMARC2 | v=dmarc1"},
    {"tags", "$tag | $tag$tags | $tag$tag$tags"},
    {"tag", "p=$policy;$sp | sp=$policy;$sp | np=$policy;$sp | adkim=$mode;$sp | aspf=$mode;$sp"},
    {"tag", "psd=$psd;$sp | t=$yes;$sp | fo=$options;$sp | rua=$uris;$sp | ruf=$uris;$sp"},
    {"tag", "RUA$sp=$sp$uris$sp;$sp | pct=$text;$sp | rf=afrf; | ri=1; | $text$sp=$sp$text;$sp | ; | $text;"},
    {"policy", "none | quarantine | reject | Reject | rejected | $text | "},
    {"mode", "r | s | S | $text | "},
    {"psd", "y | n | u | Y | $text | "},
    {"yes", "y | n | Y | $text | "},
    {"options", "0 | 1 | d | s | 1:d:s | $options:$options | D:S | 0:1 | $options: | $text | "},
    {"uris", "$uri | $uri | $uri,$uris | $uri$sp,$sp$uris | ,$uris | $uris,"},
    {"uri", "mailto:a@b.example | mailto:a@b.example$size | https://x.example/$path$size | $text | :a"},
    {"uri", "mailto:$path@$path | mailto:a@b?$path | mailto:@b | mailto:a@ | +x:a | x-1.+:$path"},
    {"size", "!10m | !1 | !5K | !1t | !9x | ! | !1m!2g"},
    {"path", "a | $path$path | %2C | %21 | %4 | %zz | ! | /?#[] | &'()*+= | \xc3\xa9 | "},
    {"sp", "  |  | \t | \r\n  | \n"},
    {"text", "a | $text$text | 1 | \xc3\xa9 | \" | \\ | = | : | \x01 | \x7f"},
};

inline constexpr Level kDmarcLevels[] = {{";", "tag"}, {",=", "uri"}, {":!%@", "path"}};
inline constexpr Syntax kDmarc{kDmarcRules, kDmarcLevels, "record"};
inline constexpr Syntax kDmarcTags{kDmarcRules, kDmarcLevels, "tags"};

}  // namespace alignd::test
