#include "verifier/report/redact.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alignd::report {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string shown(std::string_view name, std::string_view value, const RedactOptions& options = {}) {
  message::HeaderBlock header;
  header.add({name, value});
  return shownHeader(header, options, "key");
}

const std::string kJoe = pseudonym("joe", "key");

TEST(Pseudonym, IsTheSameForTheSameAndTellsNothing) {
  EXPECT_EQ(pseudonym("joe", "key"), kJoe);
  EXPECT_NE(pseudonym("joe", "other key"), kJoe);
  EXPECT_NE(pseudonym("jim", "key"), kJoe);
  EXPECT_EQ(kJoe.size(), 12U);
}

TEST(WithoutLocalParts, LeavesWhatIsAroundThem) {
  struct Row {
    std::string text;
    std::string expected;
  };
  for (const Row& row : {
           Row{"", ""},
           Row{"no address", "no address"},
           Row{"for <joe@a.example>;", "for <" + kJoe + "@a.example>;"},
           Row{"joe@a.example, joe@b.example", kJoe + "@a.example, " + kJoe + "@b.example"},
           Row{"@a.example", "@a.example"},
           Row{"x joe@", "x " + kJoe + "@"},
           Row{"<\"joe smith\"@a.example>", "<" + pseudonym("\"joe smith\"", "key") + "@a.example>"},
           Row{"<\"joe \\\"x\\\" smith\"@a.example>",
               "<" + pseudonym("\"joe \\\"x\\\" smith\"", "key") + "@a.example>"},
           Row{"<joe.\"j s\".x@a.example>", "<" + pseudonym("joe.\"j s\".x", "key") + "@a.example>"},
           Row{"<joe (x (y)) @a.example>", "<" + pseudonym("joe (x (y)) ", "key") + "@a.example>"},
           Row{"(dkim) @a.example", pseudonym("(dkim) ", "key") + "@a.example"},
           // A quote without its partner hides everything before it.
           Row{"to joe smith\"@a.example", pseudonym("to joe smith\"", "key") + "@a.example"},
           // A quoted pair in front of the quote: nothing opens the string.
           Row{R"(\"x"@a.example)", pseudonym(R"(\"x")", "key") + "@a.example"},
           Row{"joe\r\n\t@a.example", pseudonym("joe\r\n\t", "key") + "@a.example"},  // folded
           Row{"x (@a.example)", "x (@a.example)"},  // nobody's in a comment of its own
           Row{"<j\xc3\xb6@a.example>", "<" + pseudonym("j\xc3\xb6", "key") + "@a.example>"},  // RFC 6531
           Row{"smtp.mailfrom=joe@a.example", "smtp.mailfrom=" + kJoe + "@a.example"},
           Row{"header.i=joe@a.example", "header.i=" + kJoe + "@a.example"},
           Row{"policy.x=joe@a.example", "policy.x=" + kJoe + "@a.example"},
           Row{"Envelope-From=joe@a.example", "Envelope-From=" + kJoe + "@a.example"},
           Row{"identity=joe@a.example", "identity=" + kJoe + "@a.example"},
           Row{"<author=gen@a.example>", "<" + pseudonym("author=gen", "key") + "@a.example>"},
           Row{"a@b@c", pseudonym("a", "key") + "@" + pseudonym("b", "key") + "@c"},
       }) {
    EXPECT_EQ(withoutLocalParts(row.text, "key"), row.expected) << row.text;
  }
}

TEST(ShownHeader, FieldByField) {
  struct Row {
    const char* name;
    std::string value;
    std::string expected;
  };
  for (const Row& row : {
           Row{"Subject", " Secret plans", "Subject: [redacted]\r\n"},
           Row{"X-Anything", " joe@a.example", "X-Anything: [redacted]\r\n"},
           Row{"Message-ID", " <1@a.example>", "Message-ID: <1@a.example>\r\n"},
           Row{"from", " Joe Smith <joe@a.example> (boss)", "from: " + kJoe + "@a.example\r\n"},
           Row{"To", " joe@a.example, \"x\" <joe@b.example>",
               "To: " + kJoe + "@a.example,\r\n " + kJoe + "@b.example\r\n"},
           Row{"To", " undisclosed-recipients:;", "To: [redacted]\r\n"},
           Row{"Content-Type", " application/pdf; name=\"dismissal of joe.pdf\"",
               "Content-Type: application/pdf\r\n"},
           Row{"Received", " from a ([192.0.2.1]) (Authenticated sender: joe)\r\n\tby b for <joe@a.example>",
               "Received: from a ([192.0.2.1]) (Authenticated [redacted])\r\n\tby b for <" + kJoe +
                   "@a.example>\r\n"},
           Row{"Received",
               " from a (auth=joe) (Authenticated sender: ann) by b (AUTH: LOGIN joe; authenticated bits=0)",
               "Received: from a (auth= [redacted]) (Authenticated [redacted]) by b (AUTH: [redacted]; "
               "authenticated "
               "[redacted])\r\n"},
           Row{"Received", " from a by b (envelope-from joe) for <ann>; date",
               "Received: from a by b (envelope-from [redacted]) for <[redacted]>; date\r\n"},
           Row{"Received", " from a for for joe\r\n\tFor \"ann\"; x-for y",
               "Received: from a for for [redacted]\r\n\tFor \"[redacted]\"; x-for y\r\n"},
           // Words that only begin like those that name somebody.
           Row{"Received", " from authority.example by forward.example for",
               "Received: from authority.example by forward.example for\r\n"},
           Row{"Authentication-Results", " a; auth=pass smtp.author=joe smtp.auth=; x=y smtp.auth",
               "Authentication-Results: a; auth=pass smtp.author=joe smtp.auth=; x=y smtp.auth\r\n"},
           Row{"Authentication-Results", " a; auth=pass smtp.auth=joe; auth=pass smtp.auth = \"joe\\\" x\" x",
               "Authentication-Results: a; auth=pass smtp.auth=" + kJoe +
                   "; auth=pass smtp.auth = " + pseudonym("\"joe\\\" x\"", "key") + " x\r\n"},
           Row{"Authentication-Results", " a; auth=pass smtp.auth=joe@a.example",
               "Authentication-Results: a; auth=pass smtp.auth=" + kJoe + "@a.example\r\n"},
           Row{"DKIM-Signature", " v=1; d=a.example; z=From:joe|Subject:plans; i=joe@a.example; b=xyz",
               "DKIM-Signature: v=1; d=a.example; z=[redacted]; i=" + kJoe + "@a.example; b=xyz\r\n"},
           Row{"DKIM-Signature", "\r\n Z \r\n = x; d=a", "DKIM-Signature:\r\n Z \r\n =[redacted]; d=a\r\n"},
           Row{"DKIM-Signature", " zx=1; d=a", "DKIM-Signature: zx=1; d=a\r\n"},
           Row{"Date", std::string(" a\0b\rc\nd\xff", 9), "Date: a?b?c?d?\r\n"},
           Row{"Date", " a\x7f\r", "Date: a??\r\n"},
       }) {
    EXPECT_EQ(shown(row.name, row.value), row.expected) << row.name;
  }
  EXPECT_EQ(shown("subject", " Plans", {true, {"Subject"}, 1000}), "subject: Plans\r\n");
  EXPECT_EQ(shown("To", " Joe <joe@a.example>", {false, {}, 1000}), "To: Joe <joe@a.example>\r\n");
}

TEST(ShownHeader, IsBounded) {
  message::HeaderBlock header;
  for (int i = 0; i < 100; ++i) header.add({"Date", " x"});
  EXPECT_LE(shownHeader(header, {true, {}, 100}, "key").size(), 100U);
  const std::string line = shown("Date", std::string(5000, 'x'), {true, {}, 10'000});
  for (std::size_t begin = 0; begin < line.size();) {
    const auto end = line.find("\r\n", begin);
    ASSERT_NE(end, std::string::npos);
    EXPECT_LE(end - begin, 998U);
    begin = end + 2;
  }
}

// Words that name somebody, behind each other and before one "@": each octet is looked at a few times, or this takes minutes.
TEST(ShownHeader, LongFieldsCostTheirLength) {
  constexpr std::size_t kOctets = std::size_t{4} << 20U;
  for (const auto& [name, word] : {std::pair{"Received", "for="}, std::pair{"Received", "auth=x;"},
                                   std::pair{"Authentication-Results", "smtp.auth="},
                                   std::pair{"DKIM-Signature", "z="}, std::pair{"DKIM-Signature", "z;"}}) {
    std::string value = " ";
    while (value.size() < kOctets) value += word;
    const std::string out = shown(name, value + "joe@a.example", {true, {}, 2 * kOctets});
    EXPECT_EQ(out.find("joe"), std::string::npos) << name;
  }
  EXPECT_EQ(shown("Received", " for ann@a.example,for=joe by b", {true, {}, 1000}).find("joe"),
            std::string::npos);
}

}  // namespace
}  // namespace alignd::report
