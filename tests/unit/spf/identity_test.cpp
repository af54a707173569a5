#include "verifier/spf/identity.h"

#include <gtest/gtest.h>

namespace alignd::spf {
namespace {

Sender mailFrom(std::string_view path, bool smtputf8 = false) {
  return senderOf(Identity::MailFrom, path, "helo.example.net", smtputf8);
}

TEST(SpfIdentity, MailboxesAndTheirDomains) {
  struct Line {
    const char* path;
    const char* local;
    const char* domain;
  };
  const Line lines[] = {
      {"user@example.com", "user", "example.com"},
      {"<user@example.com>", "user", "example.com"},
      {"user@Example.COM.", "user", "Example.COM"},                       // a final dot is no label
      {"@example.com", "postmaster", "example.com"},                      // RFC 7208 section 4.3
      {"", "postmaster", "helo.example.net"},                             // 2.4: the null path
      {"<>", "postmaster", "helo.example.net"},                           //
      {"@a.example,@b.example:user@example.com", "user", "example.com"},  // RFC 5321 appendix C
      {"@legit.com,@any.com:'any@attack.com", "'any", "attack.com"},      // the route says nothing
      {"\"a@b.example\"@example.com", "\"a@b.example\"", "example.com"},  // a quoted at sign
      {"\"a\\\"@b.example\"@example.com", "\"a\\\"@b.example\"", "example.com"},
      {"a%b.example@example.com", "a%b.example", "example.com"},  // 2.2: %-hack
      {"b.example!a@example.com", "b.example!a", "example.com"},  // 2.2: bang path
      {"two words@example.com", "two words", "example.com"},
      {"u@_x.example.com", "u", "_x.example.com"},
  };
  for (const auto& line : lines) {
    const Sender sender = mailFrom(line.path);
    EXPECT_EQ(sender.problem, "") << line.path;
    EXPECT_EQ(sender.localPart, line.local) << line.path;
    EXPECT_EQ(sender.domain, line.domain) << line.path;
  }
}

TEST(SpfIdentity, WhatHasNoDomain) {
  const std::string label64(64, 'a');
  const std::string lines[] = {
      "user",                           // no at sign
      "example.com",                    //
      "user@",                          // 4.3: no domain
      "user@com",                       // 4.3: one label
      "user@com.",                      //
      "user@a..example",                // 4.3: an empty label
      "user@.example.com",              //
      "user@" + label64 + ".example",   // 4.3: a label over 63
      "user@[192.0.2.1]",               // 2.6.1: an address literal
      "user@[IPv6:2001:db8::1]",        //
      "user@exa mple.com",              // octets that no host name has
      "user@example.com/x",             //
      "user@example.com>",              //
      "user@example.com@evil.example",  // two readers, two domains
      "(any@legit.com",                 // an open comment
      "\"a@legit.com",                  // an open quoted string
      "\"a\"b@legit.com",               // something after it
      "\"a\"",                          // nothing after it
      "a\"@x\"@legit.com",              // quotes in the middle
      "<a@x.example>@legit.com",        //
      "@route.example:",                // nothing after the route
      "user@caf\xc3\xa9.example",       // U-labels without SMTPUTF8
      std::string(2000, 'a') + "@example.com",
  };
  for (const auto& line : lines) {
    const Sender sender = mailFrom(line);
    EXPECT_EQ(sender.domain, "") << line;
    EXPECT_NE(sender.problem, "") << line;
  }
}

TEST(SpfIdentity, Internationalised) {  // RFC 8616 section 4
  Sender sender = mailFrom(
      "user@b\xc3\xbc"
      "cher.example",
      true);
  EXPECT_EQ(sender.domain, "xn--bcher-kva.example");
  EXPECT_TRUE(sender.asciiLocal);
  sender = mailFrom("us\xc3\xa9r@example.com", true);
  EXPECT_EQ(sender.domain, "example.com");
  EXPECT_FALSE(sender.asciiLocal);
  EXPECT_NE(mailFrom("user@\xff\xfe.example", true).problem, "");  // no UTF-8
  // EHLO comes before SMTPUTF8 is agreed: A-labels alone.
  EXPECT_EQ(senderOf(Identity::Helo, "", "xn--bcher-kva.example", true).domain, "xn--bcher-kva.example");
  EXPECT_NE(senderOf(Identity::Helo, "",
                     "b\xc3\xbc"
                     "cher.example",
                     true)
                .problem,
            "");
}

TEST(SpfIdentity, Helo) {  // RFC 7208 section 2.3
  const Sender sender = senderOf(Identity::Helo, "user@example.com", "mail.example.net", false);
  EXPECT_EQ(sender.localPart, "postmaster");
  EXPECT_EQ(sender.domain, "mail.example.net");
  for (const char* bad : {"", "localhost", "[192.0.2.1]", "[IPv6:::1]", "192.0.2.1", "2001:db8::1",
                          "192.0.2.1 x", "a..b.example", "JUMPIN' J"}) {
    EXPECT_NE(senderOf(Identity::Helo, "user@example.com", bad, false).problem, "") << bad;
    EXPECT_TRUE(senderOf(Identity::MailFrom, "", bad, false).nullPath);
    EXPECT_NE(senderOf(Identity::MailFrom, "", bad, false).problem, "") << bad;
  }
}

}  // namespace
}  // namespace alignd::spf
