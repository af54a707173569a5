// Base64 (RFC 6376 section 2.10) and dkim-quoted-printable (section 2.11).
#include <gtest/gtest.h>

#include "tests/support/text_rows.h"
#include "tests/unit/dkim/signer.h"
#include "verifier/dkim/base64.h"
#include "verifier/dkim/quoted_printable.h"

namespace alignd::dkim {
namespace {

constexpr std::string_view kBad = "(bad)";

TEST(Base64, Table) {
  const test::TextRow rows[] = {
      {"", "", "nothing"},
      {"Zg==", "f", "two pads"},
      {"Zm8=", "fo", "one pad"},
      {"Zm9v", "foo", "none"},
      {"Zm9vYmFy", "foobar", "two groups"},
      {"Zg", "f", "2.10: padding is optional in the grammar"},
      {"Zm8", "fo", "likewise"},
      {"Zg=", kBad, "half a padding"},
      {"Zm9v=", kBad, "padding of a full group"},
      {"Zm9v==", kBad, "likewise"},
      {"Z", kBad, "six bits are no octet"},
      {"Zm9vY", kBad, "likewise"},
      {"Zg==Zg==", kBad, "padding inside"},
      {"====", kBad, "padding only"},
      {"=", kBad, "likewise"},
      {"Zm 9v", kBad, "white space is removed before"},
      {"Zm-_", kBad, "base64url is another alphabet"},
      {"Zm9\xc3", kBad, "8-bit"},
      {"Zm!v", kBad, "not a digit"},
  };
  test::expectEach(rows,
                   [](std::string_view text) { return decodeBase64(text).value_or(std::string(kBad)); });
}

TEST(Base64, UndoesWhatOpenSslEncodes) {
  std::string octets;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(decodeBase64(test::base64(octets)), octets);
    octets += static_cast<char>(i * 7);
  }
}

TEST(QuotedPrintable, Table) {
  const test::TextRow rows[] = {
      {"", "", "nothing"},
      {"user@example.org", "user@example.org", "safe characters"},
      {"a=3Db=20c", "a=b c", "hex octets"},
      {"a=3db", kBad, "2.11: hex digits are upper case"},
      {"a=3", kBad, "cut off"},
      {"a=", kBad, "cut off"},
      {"a=GG", kBad, "no hex"},
      {"a b\r\n\tc", "abc", "2.11: white space is ignored"},
      {"a;b", kBad, "2.11: no semicolon"},
      {"a=3Bb", "a;b", "but encoded"},
      {"=00", std::string_view("\0", 1), "any octet, encoded"},
      {"\xc3\xa4@x", "\xc3\xa4@x", "RFC 8616: UTF-8"},
      {"a\x01", kBad, "control character"},
      {"a\nb", kBad, "bare LF is no white space"},
  };
  test::expectEach(
      rows, [](std::string_view text) { return decodeQuotedPrintable(text).value_or(std::string(kBad)); });
}

}  // namespace
}  // namespace alignd::dkim
