// Templates of refusals.
#include "verifier/policy/reply.h"

#include <gtest/gtest.h>

namespace alignd::policy {
namespace {

TEST(Reply, IsOnePrintableLineWithinTheLimit) {
  const std::string reason = "x\r\n250 ok \xc3\xbc\x7f {domain} " + std::string(1000, 'y');
  ReplyWords words;
  words.domain = "d.example";
  words.reason = reason;
  const std::string text = fillReply("a {reason} {domain}", words);
  EXPECT_LE(text.size(), kMaxReplyText);
  EXPECT_TRUE(text.starts_with("a x??250 ok ??? {domain} y")) << "what is filled in is not filled again";
  for (const char c : text) EXPECT_TRUE(c >= 0x20 && c <= 0x7e);
}

TEST(Reply, TheHelpPageIsNeverCut) {
  const std::string reason(1000, 'y');
  ReplyWords words;
  words.reason = reason;
  const std::string text = fillReply("{reason}", words, "https://mx.example/help");
  EXPECT_EQ(text.size(), kMaxReplyText);
  EXPECT_TRUE(text.ends_with("y. See https://mx.example/help")) << text;
  EXPECT_EQ(fillReply("Refused.", words, "https://mx.example/help"), "Refused. See https://mx.example/help");
  EXPECT_EQ(fillReply("Refused.", words), "Refused.");
}

TEST(Reply, WhatIsFilledIntoAUrlStaysWithinItsPlace) {
  ReplyWords words;
  words.why = "forged";
  words.domain = "a.example/..?&#%20\n";
  const std::string id(500, 'q');
  words.queueId = id;
  EXPECT_EQ(fillHelp("https://h/{why}/{domain}", words), "https://h/forged/a.example_..____20_");
  EXPECT_EQ(fillHelp("https://h/{queue_id}", words).size(), 110U);
  words.domain = "a-b_c.example";
  EXPECT_EQ(fillHelp("https://h/{domain}", words), "https://h/a-b_c.example");
  EXPECT_EQ(fillHelp("", words), "");
}

TEST(Reply, TemplatesAreChecked) {
  for (const char* good :
       {"x", "{domain} {reason} {rule} {why} {spf} {dkim} {client} {queue_id} {help_url}"}) {
    EXPECT_EQ(templateFault(good), std::nullopt) << good;
  }
  for (const char* bad : {"", " ", "{who}", "{", "a}", "{ why}", "\xc3\xbc", "a\nb", "a\x7f"}) {
    EXPECT_NE(templateFault(bad), std::nullopt) << bad;
  }
  EXPECT_NE(templateFault(std::string(241, 'x')), std::nullopt);
  for (const char* good : {"", "https://a/", "http://a/{why}/{domain}/{queue_id}"}) {
    EXPECT_EQ(helpFault(good), std::nullopt) << good;
  }
  for (const char* bad :
       {"a.example", "ftp://a", "https://a b", "https://a/{reason}", "https://a/{", "https://\n"}) {
    EXPECT_NE(helpFault(bad), std::nullopt) << bad;
  }
  EXPECT_NE(helpFault("https://" + std::string(160, 'x')), std::nullopt);
}

}  // namespace
}  // namespace alignd::policy
