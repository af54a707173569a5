// Received fields: HELO is never read. The input is a HELO text and, behind an octet 0xff, a recipient, that each kind of MTA
// writes down unaltered; whatever they hold, the client is the one that connected, or nobody.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/fuzz/check.h"
#include "verifier/authres/received.h"

namespace {

// What stands before and behind HELO. The second of two HELO (Exim with a verified name) is the same text.
struct Form {
  std::string_view before;
  std::string_view behind;
};
constexpr Form kForms[] = {
    {" from ",
     " (mail.example [192.0.2.1])\r\n\tby mx.example (Postfix) with ESMTP id X\r\n\tfor <a@b.example>; date"},
    {" from ",
     " (unknown [IPv6:::ffff:192.0.2.1])\r\n\t(using TLSv1.3 with cipher X (256/256 bits))\r\n\tby mx; date"},
    {" from ",
     " (mail.example [192.0.2.1] (may be forged)) by mx.example (8.17.1/8.17.1) with ESMTP id X; date (UTC)"},
    {" from ", " ([192.0.2.1]) by mx.example; date"},
    {" from ", " (ident@mail.example [192.0.2.1]) by mx.example; date"},
    {" from mail.example ([192.0.2.1] helo=", ") by mx with esmtps (TLS1.3) (Exim 4.96) id X; date"},
    {" from mail.example ([192.0.2.1]:25 helo=", " ident=x) by mx with esmtps (Exim 4.96) id X; date"},
    {" from [192.0.2.1] (helo=", ") by mx with esmtp (Exim 4.96) id X; date"},
    {" from [192.0.2.1] (port=25 helo=", ") by mx with esmtp (Exim 4.96) id X; date"},
    {" from unknown (HELO ", ") (192.0.2.1)\n  by mx with SMTP; date"},
    {" from unknown (HELO ", ") (ident@192.0.2.1)\n  by mx with SMTP; date"},
    {" from mail.example (HELO ", ") ([192.0.2.1])\r\n  by mx with ESMTP; date"},
    {" from [192.0.2.1] (HELO ", ") by mx (CommuniGate Pro SMTP 6.2); date"},
    {" from ", " (192.0.2.1) by host.example (10.0.0.1) with Microsoft SMTP Server (TLS) id 15; date"},
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string helo(input.substr(0, input.find('\xff')));
  const std::string recipient(input.substr(std::min(helo.size() + 1, size)));
  const auto real = alignd::IpAddress::parse("192.0.2.1");
  alignd::authres::clientOfReceived(helo);
  for (const Form& form : kForms) {
    std::string field(form.before);
    field += helo;
    const auto date = form.behind.rfind("; date");
    field += form.behind.substr(0, date);
    if (helo.size() < size) field += " for <" + recipient + ">";
    field += form.behind.substr(date);
    const auto found = alignd::authres::clientOfReceived(field);
    alignd::test::require(!found || found->unmapped() == real->unmapped());
  }
  return 0;
}
