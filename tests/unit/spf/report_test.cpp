// What leaves the room: the Received-SPF field and the replies.
#include <gtest/gtest.h>

#include "tests/unit/spf/fixture.h"
#include "verifier/spf/enforcement.h"
#include "verifier/spf/received_spf.h"

namespace alignd::spf {
namespace {

Result resultOf(Status status) {
  Result result;
  result.status = status;
  result.client = IpAddress::parse("192.0.2.1").value();
  result.domain = "example.com";
  result.text = "a reason";
  result.mechanism = "ip4:192.0.2.0/24";
  return result;
}

std::string unfolded(std::string field) {
  for (std::size_t at = field.find("\r\n\t"); at != std::string::npos; at = field.find("\r\n\t"))
    field.replace(at, 3, " ");
  return field;
}

TEST(ReceivedSpf, FieldsAndKeys) {  // RFC 7208 section 9.1
  const Request request = requestFrom("192.0.2.1", "user@example.com", "mail.example.com");
  EXPECT_EQ(
      unfolded(receivedSpf(request, resultOf(Status::Pass))),
      "pass (mx.example.org: a reason) client-ip=192.0.2.1; envelope-from=\"user@example.com\"; "
      "helo=mail.example.com; receiver=mx.example.org; identity=mailfrom; mechanism=\"ip4:192.0.2.0/24\"");
  Result neutral = resultOf(Status::Neutral);
  neutral.mechanism.clear();
  EXPECT_NE(receivedSpf(request, neutral).find("mechanism=default"), std::string::npos);
  EXPECT_NE(unfolded(receivedSpf(request, resultOf(Status::PermError))).find("problem=\"a reason\""),
            std::string::npos);
  Result helo = resultOf(Status::Pass);
  helo.identity = Identity::Helo;
  const std::string field = unfolded(receivedSpf(request, helo));
  EXPECT_NE(field.find("identity=helo"), std::string::npos);
  EXPECT_EQ(field.find("envelope-from"), std::string::npos);
  EXPECT_NE(
      unfolded(receivedSpf(requestFrom("192.0.2.1", ""), resultOf(Status::None))).find("envelope-from=\"\""),
      std::string::npos);
  EXPECT_NE(receivedSpf(requestFrom("2001:db8::1"), {}).find("client-ip="), std::string::npos);
  EXPECT_NE(receivedSpf(request, resultOf(Status::TempError)).find("problem="), std::string::npos);
  Request bare = requestFrom("192.0.2.1", "", "");
  bare.receiver.clear();
  Result blanks = resultOf(Status::Pass);
  blanks.text = "two  blanks";
  EXPECT_EQ(unfolded(receivedSpf(bare, blanks)),
            "pass (two blanks) client-ip=192.0.2.1; envelope-from=\"\"; identity=mailfrom; "
            "mechanism=\"ip4:192.0.2.0/24\"");
}

// RFC 5322 section 3.2.3: what is no dot-atom is quoted.
TEST(ReceivedSpf, Values) {
  const std::pair<const char*, const char*> rows[] = {
      {"a.example", "a.example"}, {"a_b+c~d", "a_b+c~d"},
      {".a", "\".a\""},           {"a.", "\"a.\""},
      {"a..b", "\"a..b\""},       {"a@b", "\"a@b\""},
      {"a\x7f\x01", "\"a??\""},   {"[192.0.2.1]", "\"[192.0.2.1]\""},
  };
  for (const auto& [helo, written] : rows) {
    const std::string field = receivedSpf(requestFrom("192.0.2.1", "", helo), resultOf(Status::Pass));
    EXPECT_NE(unfolded(field).find("helo=" + std::string(written) + ";"), std::string::npos) << field;
  }
}

TEST(ReceivedSpf, ForeignOctetsStayInTheirPlace) {  // section 9.1: no malicious data
  Request request =
      requestFrom("192.0.2.1", "a\"; identity=helo; x=\"@example.com", "h)\r\nX-Evil: 1\r\n (\x80");
  Result result = resultOf(Status::PermError);
  result.text = "bad) (term \\ \x01 \xff \"quoted\"\r\nX: 1";
  const std::string field = receivedSpf(request, result);
  EXPECT_EQ(unfolded(field).find_first_of("\r\n\t"), std::string::npos) << field;
  // Read back with a small reader of comments and quoted strings: one comment, and the keys that we wrote.
  int depth = 0;
  bool quoted = false;
  std::string plain;
  for (std::size_t i = 0; i < field.size(); ++i) {
    const char c = field[i];
    EXPECT_TRUE(c == '\r' || c == '\n' || c == '\t' || (c >= 0x20 && c < 0x7f));
    if (c == '\\') {
      ++i;
    } else if (!quoted && (c == '(' || c == ')')) {
      depth += c == '(' ? 1 : -1;
    } else if (depth == 0 && c == '"') {
      quoted = !quoted;
    } else if (depth == 0 && !quoted) {
      plain += c;
    }
    EXPECT_GE(depth, 0);
    EXPECT_LE(depth, 1);
  }
  EXPECT_EQ(depth, 0);
  EXPECT_FALSE(quoted);
  EXPECT_EQ(plain.find("identity=helo"), std::string::npos) << plain;
  EXPECT_EQ(plain.find("Evil"), std::string::npos) << plain;
}

TEST(ReceivedSpf, LinesAreShort) {
  Request request = requestFrom("192.0.2.1", std::string(5000, 'l') + "@example.com", std::string(5000, 'h'));
  Result result = resultOf(Status::PermError);
  result.text = std::string(3000, 'w') + " " + std::string(3000, '(');
  for (const std::string_view fold : {"\r\n\t", "\n\t"}) {
    const std::string field = receivedSpf(request, result, fold);
    std::size_t longest = 0;
    for (std::size_t at = 0; at < field.size();) {
      const std::size_t end = std::min(field.find('\n', at), field.size());
      longest = std::max(longest, end - at);
      at = end + 1;
    }
    EXPECT_LE(longest, 998U);
    EXPECT_EQ(field.find('\r') == std::string::npos, fold == "\n\t");
  }
}

TEST(SpfRefusal, OnlyWhatIsAskedFor) {  // RFC 7372, RFC 7208 sections 8.4 to 8.6
  const Options off;
  const Options on{.rejectFail = true, .deferTempError = true};
  for (const Status status :
       {Status::None, Status::Neutral, Status::Pass, Status::SoftFail, Status::PermError}) {
    EXPECT_FALSE(refusal(resultOf(status), nullptr, on)) << statusWord(status);
  }
  for (const Status status : {Status::Fail, Status::TempError})
    EXPECT_FALSE(refusal(resultOf(status), nullptr, off));
  Result fail = resultOf(Status::Fail);
  fail.explanation = "see http://example.com/";
  const auto reject = refusal(fail, nullptr, on);
  ASSERT_TRUE(reject);
  EXPECT_TRUE(reject->permanent);
  EXPECT_EQ(reject->replyCode + " " + reject->enhancedCode, "550 5.7.23");
  EXPECT_NE(reject->text.find("the domain example.com explains: see http"), std::string::npos)
      << reject->text;
  Result heard = resultOf(Status::Fail);  // taken over from another host
  heard.client.reset();
  EXPECT_EQ(refusal(heard, nullptr, on)->text,
            "SPF MAIL FROM check failed: the client may not send for example.com, a reason");
  const auto defer = refusal(resultOf(Status::TempError), nullptr, on);
  ASSERT_TRUE(defer);
  EXPECT_FALSE(defer->permanent);
  EXPECT_EQ(defer->replyCode + " " + defer->enhancedCode, "451 4.7.24");
}

TEST(SpfRefusal, HeloDecidesOnlyWhenItIsTold) {  // RFC 7208 section 2.4
  Result helo = resultOf(Status::Fail);
  helo.identity = Identity::Helo;
  helo.domain = "helo.example.net";
  const Result pass = resultOf(Status::Pass);
  EXPECT_FALSE(refusal(pass, nullptr, {.helo = HeloCheck::Decide, .rejectFail = true}));
  EXPECT_FALSE(refusal(pass, &helo, {.helo = HeloCheck::Report, .rejectFail = true}));
  EXPECT_FALSE(refusal(pass, &helo, {.helo = HeloCheck::Decide}));
  const auto reject = refusal(pass, &helo, {.helo = HeloCheck::Decide, .rejectFail = true});
  ASSERT_TRUE(reject);
  EXPECT_NE(reject->text.find("HELO"), std::string::npos);
  helo.status = Status::Pass;  // a HELO pass excuses nothing
  EXPECT_TRUE(refusal(resultOf(Status::Fail), &helo, {.helo = HeloCheck::Decide, .rejectFail = true}));
}

TEST(SpfRefusal, RepliesFitInALine) {  // RFC 5321 section 4.5.3.1.5
  Result fail = resultOf(Status::Fail);
  fail.domain = std::string(250, 'd');
  fail.explanation = "\x7f" + std::string(400, 'e') + "\r\n\xff";
  const auto reject = refusal(fail, nullptr, {.rejectFail = true});
  EXPECT_LE(reject->text.size(), 490U);
  for (char c : reject->text) EXPECT_TRUE(c >= 0x20 && c < 0x7f);
}

}  // namespace
}  // namespace alignd::spf
