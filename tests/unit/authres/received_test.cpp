#include "verifier/authres/received.h"

#include <gtest/gtest.h>

namespace alignd::authres {
namespace {

struct Row {
  std::string_view value;
  std::string_view address;  // empty: none
};

TEST(Received, Table) {
  constexpr Row kRows[] = {
      // as Postfix writes it
      {" from mail.example (mail.example [192.0.2.1])\r\n\tby mx.example.org (Postfix) with ESMTP id X; date",
       "192.0.2.1"},
      {" from x (unknown [IPv6:2001:db8::1])\r\n\t(using TLSv1.3 with cipher X (256/256 bits))\r\n\t(No "
       "client "
       "certificate requested)\r\n\tby mx.example.org (Postfix); date",
       "2001:db8::1"},
      // Sendmail
      {" from x (mail.example [192.0.2.1] (may be forged)) by mx.example.org (8.17) id X; date", "192.0.2.1"},
      {" from x ([192.0.2.1]) by mx.example.org; date", "192.0.2.1"},
      {" from [192.0.2.9] (host.example [192.0.2.1]) by mx; date", "192.0.2.1"},  // a literal in HELO is HELO
      {" from [192.0.2.9] (unknown [192.0.2.9]) by mx; date", "192.0.2.9"},
      {" FROM x (y [192.0.2.1]) BY mx; date", "192.0.2.1"},
      {" from x ([2001:db8::1]) by mx; date", "2001:db8::1"},
      // what HELO says never counts
      {" from [192.0.2.9] by mx.example.org; date", ""},
      {" from [192.0.2.9] (helo=x) by mx; date", ""},
      {" from x (evil [192.0.2.9]) (mail.example [192.0.2.1]) by mx; date", ""},  // which one is the relay's?
      {" from x (mail.example [192.0.2.1]) (evil [192.0.2.9]) by mx; date", ""},
      {" from x (mail.example [192.0.2.1]) (same [192.0.2.1]) by mx; date", "192.0.2.1"},
      {" from x y (mail.example [192.0.2.1]) by mx; date", ""},
      {" from x (a b [192.0.2.1]) by mx; date", ""},
      {" from x (mail.example [192.0.2.1] by mx; date", ""},  // no end
      {" from x (mail.example 192.0.2.1) by mx; date", ""},
      {" from x (mail.example [192.0.2.300]) by mx; date", ""},
      {" from x (mail.example [192.0.2.1) by mx; date", ""},
      {" from x (mail.example [192.0.2.1]); date", ""},
      {" by mx.example.org (Postfix, from userid 0); date", ""},
      {" from", ""},
      {"", ""},
  };
  for (const auto& row : kRows) {
    const auto found = clientOfReceived(row.value);
    EXPECT_EQ(found ? found->text() : "", row.address) << row.value;
  }
}

TEST(Received, AnyLength) {
  EXPECT_FALSE(clientOfReceived("from x " + std::string(1'000'000, '(')));
  std::string many = "from x";
  for (int i = 0; i < 10'000; ++i) many += " (a [192.0.2.1])";
  EXPECT_TRUE(clientOfReceived(many + " by y"));
}

}  // namespace
}  // namespace alignd::authres
