// How ARC fields may be written, and that nothing of a chain can be changed (RFC 8617 sections 3.9, 5.1.1, 5.2).
#include <cstddef>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "tests/unit/arc/play.h"
#include "verifier/arc/verifier.h"

namespace alignd::arc {
namespace {

using test::Message;
using test::play;
using test::Seal;

Message sealed(int sets) {
  Message out;
  for (int i = 1; i <= sets; ++i) {
    Seal set;
    set.i = i;
    out.seal(set);
  }
  return out;
}

TEST(ArcForms,
     CommentsAroundTheInstance) {  // RFC 8617 section 3.9: instance = [CFWS] %s"i" [CFWS] "=" [CFWS] position
  for (const std::string i : {"1 (one)", "(one) 1", "\r\n (a (b; \\) c)\r\n d) 1\r\n (e)"}) {
    Message message;
    Seal one;
    one.iText = i;
    message.seal(one);
    const auto result = play(message).result;
    EXPECT_EQ(result.status, Status::Pass) << i << ": " << result.text;
  }
  for (const std::string i : {"1 (open", "1 (a) 2", "(a) ", "1) "}) {
    Message message;
    Seal one;
    one.iText = i;
    message.seal(one);
    EXPECT_EQ(play(message).result.status, Status::Fail) << i;
  }
}

TEST(ArcForms, CommentsAroundTheChainStatus) {  // seal-cv-tag = %s"cv" [CFWS] "=" [CFWS] chain-status
  for (const auto& [cv, expected] :
       std::initializer_list<std::pair<std::string, Status>>{{"(c) none", Status::Pass},
                                                             {"None (c)", Status::Pass},
                                                             {"(none)", Status::Fail},
                                                             {"none (c", Status::Fail},
                                                             {"none pass", Status::Fail},
                                                             {"(c) fail", Status::Fail}}) {
    Message message;
    Seal one;
    one.cv = cv;
    message.seal(one);
    EXPECT_EQ(play(message).result.status, expected) << cv;
  }
}

TEST(ArcForms,
     EveryFieldOfTheChainCounts) {  // each seal covers all sets up to its own, RFC 8617 section 5.1.1
  const Message good = sealed(2);
  ASSERT_EQ(play(good).result.status, Status::Pass);
  for (std::size_t i = 0; i < 6; ++i) {
    Message message = good;
    message.fields[i].insert(message.fields[i].find(';') + 1, " zz=1;");
    EXPECT_EQ(play(message).result.status, Status::Fail) << "a word more in " << good.fields[i];
    message = good;
    message.fields.erase(message.fields.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(play(message).result.status, Status::Fail) << "without " << good.fields[i];
    message = good;
    message.fields.insert(message.fields.begin(), good.fields[i]);
    EXPECT_EQ(play(message).result.status, Status::Fail) << "twice " << good.fields[i];
  }
  Message first = good;
  first.fields.erase(first.fields.begin(), first.fields.begin() + 3);
  EXPECT_EQ(play(first).result.status, Status::Pass) << "a chain may be cut back to what it was";
  Message second = good;
  second.fields.erase(second.fields.begin() + 3, second.fields.begin() + 6);
  EXPECT_EQ(play(second).result.status, Status::Fail) << "but not at its root";
}

}  // namespace
}  // namespace alignd::arc
