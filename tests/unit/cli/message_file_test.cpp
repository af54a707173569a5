// Messages as people have them.
#include "cli/message_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alignd::cli {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kTop = "Received: from a.example (a.example [192.0.2.1]) by mx.example (Postfix)\r\n";

TEST(MessageFile, WhatIsExactStays) {
  const std::string raw = std::string(kTop) + "From: a@a.example\r\n\r\nx\r\n";
  const MessageFile file = readMessageFile(raw, "");
  EXPECT_EQ(file.text, raw);
  EXPECT_THAT(file.notes, IsEmpty());
  EXPECT_FALSE(file.client);
  EXPECT_FALSE(file.mailFrom);
  EXPECT_FALSE(file.smtputf8);
}

TEST(MessageFile, TheClientIsThatOfTheNamedMta) {
  const struct {
    const char* fields;
    const char* client;  // "": none
    const char* helo;
    const char* why;
  } lines[] = {
      {"Received: from a.example (b.example [192.0.2.1]) by mx.example (Postfix)\n", "192.0.2.1", "a.example",
       ""},
      {"Received: from a.example (b.example [192.0.2.1])\n\tby MX.Example. with ESMTP id 7;\n\tx\n",
       "192.0.2.1", "a.example", "case, final dot, folds"},
      {"Received: from a.example (unknown [IPv6:2001:db8::1]) by mx.example\n", "2001:db8::1", "a.example",
       "IPv6"},
      {"Received: from a.example (b.example [192.0.2.1]) by other.example\n", "", "", "of another MTA"},
      {"Received: from a.example (by mx.example [192.0.2.1]) by other.example\n", "", "",
       "a comment names nobody"},
      {"Received: from localhost (localhost [127.0.0.1]) by mx.example\n"
       "Received: from a.example (b.example [192.0.2.1]) by mx.example\n",
       "192.0.2.1", "a.example", "a content filter"},
      {"Received: from [192.0.2.1] (b.example [192.0.2.1]) by mx.example\n", "192.0.2.1", "",
       "a literal is no name"},
      {"Received: by mx.example (Postfix, from userid 1000)\n", "", "", "no client"},
  };
  for (const auto& line : lines) {
    const MessageFile file =
        readMessageFile(std::string(line.fields) + "From: a@a.example\n\nx\n", "mx.example");
    EXPECT_EQ(file.client ? file.client->text() : "", line.client) << line.why;
    EXPECT_EQ(file.helo, line.helo) << line.why;
  }
}

TEST(MessageFile, WhatCameAfterOurOwnFieldIsLeftOut) {
  const std::string later = "Return-Path: <x@a.example>\r\nReceived: from mx by store\r\n";
  const std::string own = "Authentication-Results: MX.example;\r\n\tdmarc=pass\r\n";
  const std::string rest = std::string(kTop) + "From: a@a.example\r\n\r\nx\r\n";
  const MessageFile file = readMessageFile(later + own + rest, "mx.example");
  EXPECT_EQ(file.text, rest);
  EXPECT_EQ(file.mailFrom, "x@a.example");
  EXPECT_EQ(file.client, IpAddress::parse("192.0.2.1"));
  EXPECT_THAT(file.notes, Contains(HasSubstr("and what stands above it, 2 fields")));
  EXPECT_EQ(readMessageFile(later + own + rest, "other.example").text, later + own + rest);
}

TEST(MessageFile, FormsAreSaid) {
  const MessageFile file = readMessageFile("From x Mon\nSubject: \xc3\xbc\nFrom: a@a.example\n\nx\n", "");
  EXPECT_EQ(file.text, "Subject: \xc3\xbc\r\nFrom: a@a.example\r\n\r\nx\r\n");
  EXPECT_THAT(file.notes, Contains(HasSubstr("mbox")));
  EXPECT_THAT(file.notes, Contains(HasSubstr("LF")));
  EXPECT_TRUE(file.smtputf8);
  EXPECT_EQ(readMessageFile("Return-Path: <>\n\n", "").mailFrom, "");
  EXPECT_EQ(readMessageFile("Return-Path: x\n\n", "").mailFrom, std::nullopt);
}

TEST(MessageFile, TracesOfListsAndGateways) {
  EXPECT_THAT(tracesOf(" Hello", "x\r\n"), IsEmpty());
  EXPECT_THAT(tracesOf(" ***SPAM*** Hello", ""), Contains(HasSubstr("***spam***")));
  EXPECT_THAT(tracesOf(" [EXT] Hello", ""), Contains(HasSubstr("a gateway")));
  EXPECT_THAT(tracesOf(" [dev list] Hello", ""), Contains(HasSubstr("[dev list]")));
  EXPECT_THAT(tracesOf("", "x\r\n_______________________________________________\r\ndev mailing list\r\n"),
              Contains(HasSubstr("Mailman")));
}

}  // namespace
}  // namespace alignd::cli
