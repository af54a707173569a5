#include "dns/data/name.h"

#include <gtest/gtest.h>

namespace alignd::dns {
namespace {

TEST(Name, ParsesWithinTheLimitsOfRfc1035) {
  const std::string label63(63, 'a');
  const std::string longest = label63 + "." + label63 + "." + label63 + "." + std::string(61, 'a');  // 253
  for (const auto& [text, expected] :
       std::vector<std::pair<std::string, std::string>>{{"Example.ORG", "example.org"},
                                                        {"example.org.", "example.org"},
                                                        {"", ""},
                                                        {".", ""},
                                                        {"a\\.b", "a\\.b"},
                                                        {"_dmarc.x", "_dmarc.x"},
                                                        {label63, label63},
                                                        {longest, longest}}) {
    const auto name = Name::parse(text);
    ASSERT_TRUE(name) << text;
    EXPECT_EQ(name->text(), expected);
  }
  for (const std::string& text :
       {std::string("a..b"), std::string(".a"), std::string("a.."), label63 + "a", longest + "a"}) {
    EXPECT_FALSE(Name::parse(text)) << text;
  }
}

TEST(Name, KnowsItsRelatives) {
  const Name name = *Name::parse("mail.example.org");
  EXPECT_EQ(name.labelCount(), 3U);
  EXPECT_EQ(name.parent().text(), "example.org");
  EXPECT_EQ(Name().parent(), Name());
  EXPECT_EQ(name.suffix(1).text(), "org");
  EXPECT_EQ(name.suffix(9), name);
  EXPECT_EQ(name.under("_dmarc")->text(), "_dmarc.mail.example.org");
  EXPECT_FALSE(name.under(std::string(64, 'x')));
  EXPECT_TRUE(name.isWithin(*Name::parse("example.org")));
  EXPECT_TRUE(name.isWithin(name));
  EXPECT_FALSE(name.isWithin(*Name::parse("ample.org")));
  EXPECT_FALSE(name.isWithin(*Name::parse("a.mail.example.org")));
}

}  // namespace
}  // namespace alignd::dns
