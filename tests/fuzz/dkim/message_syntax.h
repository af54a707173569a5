// Messages with signatures for the keys that fuzz_dkim_message has, and what stands in them.
#pragma once

#include "tests/fuzz/dkim/syntax.h"
#include "tests/fuzz/mutator.h"

namespace alignd::test {

inline constexpr Rule kSignedMessageRules[] = {
    {"message", "$fields\r\n$body | $fields$fields\r\n$body | $fields"},
    {"fields", "$signature$from | $field$fields | $field$field$fields"},
    {"from", "From: Joe <joe@football.example.com>\r\n"},
    {"field", "$signature | $signature | $from | To: b@example.net\r\n | Subject:  is  \r\n\tit\r\n"},
    {"field", "$name: x\r\n"},
    {"name", "From | Subject | subject  | Date | DKIM-Signature | List-Id | X"},
    {"signature", "DKIM-Signature: v=1; $who $form h=$names;$limits bh=$hash; b=$hash\r\n"},
    {"signature",
     "DKIM-Signature: a=rsa-sha256;\r\n $who v=1; h=$names;\r\n bh=$hash;\r\n b=$hash;$limits\r\n"},
    {"who", "a=$algorithm; d=football.example.com; s=$selector;"},
    {"who", "d=football.example.com; s=$selector; a=$algorithm;"},
    {"algorithm", "ed25519-sha256 | rsa-sha256 | rsa-sha1"},
    {"selector", "brisbane | test | s | a | f | x"},
    {"form", "c=relaxed/relaxed; | c=simple/simple; | c=relaxed; | c=simple/relaxed; | "},
    {"names", "from | from:to:subject | from:from:subject:dkim-signature | From : To | from:x:date"},
    {"names", "$names:$names"},
    {"hash", "AAAA | 2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="},
    {"hash", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="},
    {"limits", " |  l=3; |  l=0; |  t=1528637909; |  x=1528637910; |  t=1528637911; x=1528637912;"},
    {"limits", " i=@football.example.com;"},
    {"limits", " z=From:joe@football.example.com|Subject:is=20it; |  q=dns/txt; | $limits$limits"},
    {"body", "Hi.\r\n\r\nWe  lost the game. \r\n | \r\n | Hi. | $body$body"},
    {"piece", "$names | $hash | $selector | $algorithm | $limits | $form | $name"},
};
inline constexpr Level kSignedMessageLevels[] = {{"\n", "field"}, {"; ", "piece"}, {":=; \n", "piece"}};
inline constexpr Value kSignedMessageValues[] = {{"DKIM-Signature:", &kDkimSignature}};
inline constexpr Syntax kSignedMessage{
    kSignedMessageRules, kSignedMessageLevels, "message", {}, kSignedMessageValues};

}  // namespace alignd::test
