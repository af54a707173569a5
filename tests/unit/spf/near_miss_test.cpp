#include "verifier/spf/near_miss.h"

#include <gtest/gtest.h>

#include "tests/unit/spf/fixture.h"
#include "verifier/spf/record.h"

namespace alignd::spf {
namespace {

TEST(SpfNearMiss, SaysWhatIsWrongAndWhatToDo) {
  const std::pair<std::string, const char*> lines[] = {
      {"v=spf1\tinclude:a.example -all", "a TAB follows \"v=spf1\""},
      {"v=spf1\r\n-all", "a line end follows"},
      {"v=spf1\xc2\xa0-all", "a no-break space follows"},
      {"v=spf1\\ -all", "a backslash follows"},
      {"v=spf1; mx -all", "\";\" follows"},
      {"v=spf1, mx -all", "\",\" follows"},
      {"v=spf1:mx -all", "\":\" follows"},
      {"v=spf1-all", "the blank behind \"v=spf1\" is missing"},
      {"V=SPF1mx -all", "the blank behind \"v=spf1\" is missing"},
      {"v=spf10 -all", "another version"},
      {"v=spf1.0 -all", "another version"},
      {" v=spf1 -all", "a blank stands before"},
      {"\tv=spf1 -all", "a TAB stands before"},
      {"\"v=spf1 -all\"", "a quote stands before"},
      {"'v=spf1 -all'", "a quote stands before"},
      {"\\\"v=spf1 -all\\\"", "a backslash stands before"},
      {"\xef\xbb\xbfv=spf1 -all", "a byte order mark stands before"},
      {"\xe2\x80\x9cv=spf1 -all\xe2\x80\x9d", "a typographic quote stands before"},
      {"v=spf2 -all", "has to start with \"v=spf1\""},
      {"v=spf -all", "has to start with \"v=spf1\""},
      {"v = spf1 -all", "has to start with \"v=spf1\""},
      {"v=spf 1 -all", "has to start with \"v=spf1\""},
      {"v=spf-1 -all", "has to start with \"v=spf1\""},
      {"v:spf1 -all", "has to start with \"v=spf1\""},
      {"=spf1 -all", "has to start with \"v=spf1\""},
      {"spf1 mx -all", "has to start with \"v=spf1\""},
      {"V=SFP1 -all", "has to start with \"v=spf1\""},
      {"spf2.0/pra mx -all", "Sender ID"},
      {"example.com. IN TXT v=spf1 mx -all", "stands within"},
      {"a longer text in front of v=spf1 mx -all", "stands within \"er text in front of v=spf1"},
      {"v_=_spf1 -all", "has to start with \"v=spf1\""},
      {"include:a.example ip4:192.0.2.1 ~all", "has SPF terms"},
      {"redirect=a.example -ALL", "has SPF terms"},
      {"+ip4:192.0.2.1  -all ?all", "has SPF terms"},
      {"-all  ip4:192.0.2.1", "has SPF terms"},
  };
  for (const auto& [text, why] : lines) {
    ASSERT_FALSE(hasSpfVersion(text)) << text;
    const auto found = nearMiss(text);
    ASSERT_TRUE(found) << text;
    EXPECT_NE(found->find(why), std::string::npos) << text << ": " << *found;
    EXPECT_LE(found->size(), 250U) << *found;
  }
}

TEST(SpfNearMiss, LeavesOthersAlone) {
  for (const char* text : {"", "\"", "hello", "google-site-verification=abc",
                           "v=DKIM1; p=", "v=DMARC1; p=none", "MS=ms12345678", "include the mx, all of it",
                           "-all", "ip4:192.0.2.1", "ip4:192.0.2.1 -any", "v=STSv1; id=1", "v=BIMI1;"}) {
    EXPECT_FALSE(nearMiss(text)) << text;
  }
  EXPECT_FALSE(nearMiss(std::string(2000, ' ') + "v=spf1 -all"));  // too far in to be meant
}

TEST(SpfNearMiss, IsNoneWithAReason) {  // RFC 7208 section 4.5: it stays none
  const auto zone =
      ZoneBuilder().txt("example.com", "hello").txt("example.com", "v=spf1\tinclude:a.example -all");
  Trace trace;
  const Result result = evaluateOver(zone, requestFrom("192.0.2.1"), {}, &trace);
  EXPECT_EQ(result.status, Status::None);
  EXPECT_EQ(result.text,
            "example.com has no SPF record, only what looks like one: a TAB follows \"v=spf1\" in "
            "\"v=spf1\tinclude:a.example -all\"; one blank has to");
  EXPECT_EQ(trace.root().reason, result.text);
  EXPECT_EQ(evaluateOver(ZoneBuilder().txt("example.com", "V=sPf1 all"), requestFrom("192.0.2.1")).status,
            Status::Pass);  // the case of the version is free
}

}  // namespace
}  // namespace alignd::spf
