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
      {" from\tx\r\n\t(mail.example\t[192.0.2.1])\tby mx; date", "192.0.2.1"},
      // Sendmail
      {" from x (mail.example [192.0.2.1] (may be forged)) by mx.example.org (8.17) id X; date", "192.0.2.1"},
      {" from x ([192.0.2.1]) by mx.example.org; date", "192.0.2.1"},
      {" from [192.0.2.9] (host.example [192.0.2.1]) by mx; date", "192.0.2.1"},  // a literal in HELO is HELO
      {" from [192.0.2.9] (unknown [192.0.2.9]) by mx; date", "192.0.2.9"},
      {" FROM x (y [192.0.2.1]) BY mx; date", "192.0.2.1"},
      {" from x ([2001:db8::1]) by mx; date", "2001:db8::1"},
      // what HELO says never counts
      {" from [192.0.2.9] by mx.example.org; date", ""},
      {" from x (helo=192.0.2.9) by mx; date", ""},
      {" from x (HELO [192.0.2.9]) by mx; date", ""},
      {" from x (evil [192.0.2.9]) (mail.example [192.0.2.1]) by mx; date", ""},  // which one is the relay's?
      {" from x (mail.example [192.0.2.1]) (evil [192.0.2.9]) by mx; date", ""},
      {" from x (mail.example [192.0.2.1]) (same [192.0.2.1]) by mx; date", "192.0.2.1"},
      {" from x (a [192.0.2.1]) (b [192.0.2.9]) (c [192.0.2.9]) by mx; date", ""},
      {" from x ( ) (192.0.2.1) by mx; date", "192.0.2.1"},
      {" from x (a[192.0.2.9] [192.0.2.1]) by mx; date", ""},
      {" from x y (mail.example [192.0.2.1]) by mx; date", ""},
      {" from x (a b [192.0.2.1]) by mx; date", ""},
      {" from x (mail.example [192.0.2.1] by mx; date", ""},  // no end
      {" from x (mail.example 192.0.2.1) by mx; date", ""},
      // Sendmail with ident
      {" from x (IDENT:user@mail.example [192.0.2.1]) by mx; date", "192.0.2.1"},
      {" from x (user@mail.example [192.0.2.1] (may be forged)) by mx; date", "192.0.2.1"},
      // Exim
      {" from mail.example ([192.0.2.1] helo=x) by mx with esmtps (Exim 4.96) id X; date", "192.0.2.1"},
      {" from mail.example ([192.0.2.1]:2525 helo=[10.0.0.1] ident=y) by mx; date", "192.0.2.1"},
      {" from [192.0.2.1] (helo=x) by mx; date", "192.0.2.1"},
      {" from [192.0.2.1]:2525 (helo=[10.0.0.1]) by mx; date", "192.0.2.1"},
      {" from [2001:db8::1] (port=4711 helo=x) by mx; date", "2001:db8::1"},
      {" from [192.0.2.1] (ident=x) by mx; date", "192.0.2.1"},
      // qmail, IronPort, CommuniGate
      {" from unknown (HELO x) (192.0.2.1) by mx with SMTP; date", "192.0.2.1"},
      {" from mail.example (192.0.2.1) by mx with SMTP; date", "192.0.2.1"},
      {" from unknown (HELO [10.0.0.1]) (ident@192.0.2.1)\r\n  by mx with SMTP; date", "192.0.2.1"},
      {" from mail.example (HELO x y) ([192.0.2.1]) by mx with ESMTP/TLS; date", "192.0.2.1"},
      {" from [192.0.2.1] (HELO x) by mx (CommuniGate Pro SMTP 6.2); date", "192.0.2.1"},
      {" from [192.0.2.1] (EHLO x) by mx; date", "192.0.2.1"},
      // Exchange, Google
      {" from mx.x (192.0.2.1) by host.example (10.0.0.1) with Microsoft SMTP Server (TLS) id 15; date",
       "192.0.2.1"},
      {" from mx.x (2001:db8::1) by y.example (2001:db8::2) with Microsoft SMTP Server; date", "2001:db8::1"},
      {" from x (mail.example. [192.0.2.1]) by mx.example with ESMTPS id X for <a@b>; date", "192.0.2.1"},
      // HELO that plays a part of the field, written down unaltered
      {" from x([198.51.100.7])by (mail.example [192.0.2.1]) by mx; date", ""},
      {" from x ([198.51.100.7]) by y; (mail.example [192.0.2.1]) by mx; date", ""},
      {" from x ([198.51.100.7]) by y ( (mail.example [192.0.2.1]) by mx; date", ""},
      {" from x ([198.51.100.7]) by y (\\ (mail.example [192.0.2.1]) by mx; date", ""},
      {" from x ([198.51.100.7]) by y ( (mail.example [192.0.2.1]) by mx (Postfix) id X for <\")\"@b>; date",
       ""},
      {" from x ([198.51.100.7]) by y (\r\n\tby mx with SMTP for <a)@b>; date", ""},
      {" from x (mail.example [192.0.2.1]) by mx (Ruby 3, standby) with SMTP; date", "192.0.2.1"},
      {" from x (bye.example [192.0.2.1]) by mx (bytes: 3) with SMTP; date", "192.0.2.1"},
      {" from x (by y) (192.0.2.1) by mx; date", ""},
      {" from [198.51.100.7] (helo=x) (mail.example [192.0.2.1]) by mx; date", ""},
      {" from [198.51.100.7] (helo=x (mail.example [192.0.2.1]) by mx; date", ""},
      {" from unknown (HELO x) (198.51.100.7) (y) (192.0.2.1) by mx; date", ""},
      {" from unknown (HELO x) (198.51.100.7) by y () (192.0.2.1) by mx; date", ""},
      {" from mail.example ([192.0.2.1] helo=x) ([198.51.100.7]) by mx; date", ""},
      {" from x) (mail.example [192.0.2.1]) by mx; date", ""},
      {" from [192.0.2.1] (HELO ) ([198.51.100.7]) by mx; date", ""},
      {" from [192.0.2.9] (HELO [198.51.100.7]) ([192.0.2.1]) by mx; date", ""},
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
