// Every order of events: each stage absent, once, repeated; every permutation of them, most of which no MTA may send; the
// message ended, aborted, or followed by the next one at once. Whatever it was, it is stamped once or not taken, and the
// message after it on the same connection knows nothing of it.
#include <algorithm>
#include <array>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/milter/running_daemon.h"

namespace alignd::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

enum class Event { Helo, Mail, Rcpt, Data, Header, EndOfHeader, Body, End, Abort };
using Order = std::vector<Event>;

std::string textOf(const Order& order) {
  constexpr std::array kLetters{'H', 'M', 'R', 'T', 'L', 'N', 'B', 'E', 'A'};
  std::string out;
  for (const Event event : order) out += kLetters[static_cast<std::size_t>(event)];
  return out;
}

// Sends without waiting for a reply. Headers of these messages hold a forgery each.
void play(MilterClient& client, Event event) {
  switch (event) {
    case Event::Helo: client.helo("client.example.org"); break;
    case Event::Mail:
      client.mail({"<x@nowhere.example>"}, {{"{auth_type}", "PLAIN"}, {"{auth_authen}", "eve"}});
      break;
    case Event::Rcpt: client.rcpt("<other@example.net>"); break;
    case Event::Data: client.data(); break;
    case Event::Header:
      client.header(kResults, " mx.example.org; dmarc=pass");
      client.header("From", " eve@example.com");
      break;
    case Event::EndOfHeader: client.endOfHeader(); break;
    case Event::Body: client.send('B', "text\r\n"); break;
    case Event::End: client.send('E', ""); break;
    case Event::Abort: client.abort(); break;
  }
}

void playGood(MilterClient& client) {
  client.helo("client.example.org");
  client.mail({"<sender@mail.example.org>"}, {{"{mail_addr}", "sender@mail.example.org"}});
  client.rcpt("<rcpt@example.net>");
  client.header("From", " a@example.org");
  client.endOfHeader();
  client.send('E', "");
}

class Orders : public testing::Test {
 protected:
  // The order, then a good message; gives the replies to the former.
  std::vector<EndReply> afterwardsAllIsGood(const Order& order) {
    MilterClient client(daemon_.socket());
    client.connect("client.example.org", "192.0.2.1");
    for (const Event event : order) play(client, event);
    playGood(client);
    auto replies = client.quitAndListen();
    if (replies.empty()) {
      ADD_FAILURE() << "no reply at all";
      return {};
    }
    const EndReply good = std::move(replies.back());
    replies.pop_back();
    EXPECT_EQ(good.reply, Reply::Continue);
    EXPECT_THAT(good.deleted(kResults), IsEmpty()) << "of the message before";
    EXPECT_THAT(good.inserted(kResults), testing::ElementsAre(testing::AllOf(
                                             HasSubstr("spf=pass smtp.mailfrom=mail.example.org"),
                                             HasSubstr("dmarc=pass"), testing::Not(HasSubstr("auth=")))));
    ++stamped_;
    for (const EndReply& reply : replies) {
      if (reply.edits.empty()) continue;
      ++stamped_;
      EXPECT_THAT(reply.inserted(kResults), SizeIs(1));
      EXPECT_EQ(reply.edits.back().kind, HeaderEdit::Kind::Insert);
      EXPECT_EQ(reply.edits.back().index, 0U);
    }
    return replies;
  }

  std::size_t stamped_ = 0;
  RunningDaemon daemon_;
};

TEST_F(Orders, EachStageAbsentOnceAndRepeated) {
  const auto add = [](Order& order, Event event, int times) {
    order.insert(order.end(), static_cast<std::size_t>(times), event);
  };
  for (int code = 0; code < 2 * 2 * 3 * 2 * 3 * 2 * 3 * 3; ++code) {
    int rest = code;
    const auto take = [&rest](int below) {
      const int out = rest % below;
      rest /= below;
      return out;
    };
    Order order;
    add(order, Event::Helo, take(2));
    add(order, Event::Mail, 1 + take(2));
    const int recipients = take(3);
    add(order, Event::Rcpt, recipients);
    add(order, Event::Data, take(2));
    const int headers = take(3);
    add(order, Event::Header, headers);
    const int endsHeader = take(2);
    add(order, Event::EndOfHeader, endsHeader);
    const int bodies = take(3);
    add(order, Event::Body, bodies);
    const int end = take(3);
    if (end == 0) order.push_back(Event::End);
    if (end == 1) order.push_back(Event::Abort);
    SCOPED_TRACE(textOf(order));
    const auto replies = afterwardsAllIsGood(order);
    // Without recipients or the end of the header, libmilter ignores what follows.
    const bool whole = recipients > 0 && endsHeader > 0;
    const auto most = static_cast<std::size_t>(bodies + (end == 0 ? 1 : 0));
    EXPECT_LE(replies.size(), most);
    if (!whole) continue;
    ASSERT_THAT(replies, SizeIs(most));
    if (end == 0) {
      EXPECT_THAT(replies.back().deleted(kResults), SizeIs(headers));
      EXPECT_THAT(replies.back().inserted(kResults), SizeIs(1));
    }
  }
  EXPECT_THAT(daemon_.verdicts(), SizeIs(stamped_));
}

// libmilter ignores what may not come; what it lets through must not confuse us.
TEST_F(Orders, EveryPermutation) {
  Order order{Event::Helo, Event::Mail, Event::Rcpt, Event::Header, Event::EndOfHeader, Event::End};
  do {
    SCOPED_TRACE(textOf(order));
    for (const EndReply& reply : afterwardsAllIsGood(order)) {
      if (!reply.edits.empty()) continue;
      EXPECT_EQ(reply.reply, Reply::TempFail) << "taken without a stamp";
    }
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_THAT(daemon_.verdicts(), SizeIs(stamped_));
  EXPECT_TRUE(daemon_.process().running());
}

// The body among the rest: its replies cannot be told from an unstamped end, so nothing ends here.
TEST_F(Orders, EveryPermutationWithABodyAborted) {
  Order order{Event::Mail, Event::Rcpt, Event::Header, Event::EndOfHeader, Event::Body};
  std::sort(order.begin(), order.end());
  do {
    SCOPED_TRACE(textOf(order));
    Order whole = order;
    whole.push_back(Event::Abort);
    EXPECT_LE(afterwardsAllIsGood(whole).size(), 1U);
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_THAT(daemon_.verdicts(), SizeIs(stamped_));
}

}  // namespace
}  // namespace alignd::test
