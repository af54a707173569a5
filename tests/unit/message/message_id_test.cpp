#include "verifier/message/message_id.h"

#include <gtest/gtest.h>

namespace alignd::message {
namespace {

std::string messageIdOf(std::initializer_list<const char*> values) {
  HeaderBlock header;
  header.add({"From", " a@b.example"});
  for (const char* value : values) header.add({"Message-Id", value});
  return messageId(header);
}

TEST(MessageId, WhatTheMessageSays) {
  EXPECT_EQ(messageIdOf({" <1.a@b.example>"}), "1.a@b.example");
  EXPECT_EQ(messageIdOf({"\r\n <1.a@b.example>\r\n (a comment)"}), "1.a@b.example");
  EXPECT_EQ(messageIdOf({" < 1.a@b.example >"}), "1.a@b.example");
  EXPECT_EQ(messageIdOf({" <first@b.example>", " <second@b.example>"}), "first@b.example");
  EXPECT_EQ(messageIdOf({" no brackets\t"}), "no brackets");
  EXPECT_EQ(messageIdOf({" <open@b.example"}), "<open@b.example");
  EXPECT_EQ(messageIdOf({" >a@b.example<"}), ">a@b.example<");
  EXPECT_EQ(messageIdOf({" <>"}), "");
  EXPECT_EQ(messageIdOf({""}), "");
  EXPECT_EQ(messageIdOf({}), "");
}

TEST(MessageId, IsBounded) {
  EXPECT_EQ(messageIdOf({("<" + std::string(100'000, 'x') + ">").c_str()}), std::string(998, 'x'));
}

}  // namespace
}  // namespace alignd::message
