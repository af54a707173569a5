#include "dns/data/idna.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace alignd::dns {
namespace {

struct Row {
  std::string domain;
  std::optional<std::string> ascii;
};

std::string repeat(const std::string& part, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += part;
  return out;
}

TEST(ToAscii, Table) {
  const std::string label63(63, 'a');
  const std::vector<Row> rows{
      {"example.com", "example.com"},
      {"Example.COM", "example.com"},
      {"_dmarc.Example.com", "_dmarc.example.com"},  // underscored names are no host names
      {"s1._domainkey.BÜCHER.example", "s1._domainkey.xn--bcher-kva.example"},
      {"a+b=c@d.example", "a+b=c@d.example"},  // SPF macros make such names
      {"a b.example", "a b.example"},          // judging ASCII is not our task here
      {std::string("a\0b.example", 11), std::string("a\0b.example", 11)},
      {"example.com.", "example.com."},  // the final dot stays
      {"com", "com"},
      {"bücher.example", "xn--bcher-kva.example"},
      {"Bücher.Example", "xn--bcher-kva.example"},        // case folding (UTS 46 mapping)
      {"bu\u0308cher.example", "xn--bcher-kva.example"},  // NFC
      {"faß.example", "xn--fa-hia.example"},              // non-transitional: ß is not ss
      {"ελλάς.example", "xn--hxarsa0b.example"},          // final sigma stays
      {"例え.テスト", "xn--r8jz45g.xn--zckzah"},
      {"अ\u200d.example", std::nullopt},                // ZWJ out of context (RFC 5892 appendix A.2)
      {"क्\u200dष.example", "xn--11b2ezcw70k.example"},  // ZWJ after a virama is fine
      {"אבג.example", "xn--4dbcd.example"},
      {"אa.example", std::nullopt},  // Bidi rule (RFC 5893 section 2)
      {"xn--bcher-kva.example", "xn--bcher-kva.example"},
      {"XN--BCHER-KVA.example", "xn--bcher-kva.example"},
      {"xn--i-7iq.ws", "xn--i-7iq.ws"},             // an emoji name as registered
      {"i❤.ws", std::nullopt},                      // as U-label it is DISALLOWED (RFC 5892)
      {"xn--.example", std::nullopt},               // no Punycode
      {"xn--abc-.example", std::nullopt},           // encodes nothing
      {"xn--zzzzzzzzz9999.example", std::nullopt},  // overflow
      {"xn--b_cher-kva.example", std::nullopt},     // not LDH
      {std::string("xn--a\0b.example", 15), std::nullopt},
      {"＿dmarc.example", std::nullopt},  // maps to an underscore
      {"_ü.example", std::nullopt},       // no U-label holds an underscore
      {"ü b.example", std::nullopt},
      {std::string("ü\0b.example", 12), std::nullopt},
      {"-ü.example", std::nullopt},  // RFC 5891 section 4.2.3.1
      {"ü-.example", std::nullopt},
      {"ab--ü.example", std::nullopt},
      {"\u0301a.example", std::nullopt},  // leading combining mark, section 4.2.3.2
      {"ｅxample.com", std::nullopt},     // maps to ASCII: a disguise
      {"pay\u200bpal.com", std::nullopt},
      {"\u00ad.com", std::nullopt},
      {"a℀.example", std::nullopt},    // maps to a slash
      {"a。b.example", std::nullopt},  // maps to a dot
      {"ü。b.example", std::nullopt},
      {"ü．b.example", std::nullopt},
      {"ｘn--bcher-kva.example", "xn--bcher-kva.example"},  // what a UTS 46 reader resolves
      {"\xff.example", std::nullopt},                       // not UTF-8
      {"\xc3.example", std::nullopt},
      {"\xc0\xaf.example", std::nullopt},      // overlong
      {"\xed\xa0\x80.example", std::nullopt},  // surrogate
      {"", std::nullopt},
      {".", std::nullopt},
      {"..", std::nullopt},
      {".example", std::nullopt},
      {"a..example", std::nullopt},
      {"a.example..", std::nullopt},
      {label63 + ".example", label63 + ".example"},
      {label63 + "a.example", std::nullopt},
      {repeat("ü", 50) + ".example", "xn--" + std::string("tda") + repeat("a", 49) + ".example"},
      {repeat("ü", 64) + ".example", std::nullopt},
      {repeat("ü", 100000), std::nullopt},
      {repeat("a.", 126) + "a", repeat("a.", 126) + "a"},  // 253
      {repeat("a.", 126) + "a.", repeat("a.", 126) + "a."},
      {repeat("a.", 126) + "aa", std::nullopt},
      {repeat("ü.", 36) + "a", std::nullopt},  // short as typed, long as A-labels
  };
  for (const auto& row : rows) {
    EXPECT_EQ(toAscii(row.domain), row.ascii) << row.domain.substr(0, 80);
    if (row.ascii) {
      EXPECT_EQ(toAscii(*row.ascii), row.ascii) << "not idempotent: " << row.domain.substr(0, 80);
    }
  }
}

TEST(ToUnicode, Table) {
  const std::vector<std::pair<std::string, std::string>> rows{
      {"Example.com", "example.com"},
      {"xn--bcher-kva.example.", "bücher.example."},
      {"XN--BCHER-KVA.example", "bücher.example"},
      {"BÜCHER.example", "bücher.example"},
      {"_dmarc.xn--fa-hia.example", "_dmarc.faß.example"},
      {"xn--i-7iq.ws", "xn--i-7iq.ws"},            // not valid by IDNA2008: shown as it is
      {"xn----eha.example", "xn----eha.example"},  // decodes to a leading hyphen
      {"xn--_-eha.example", "xn--_-eha.example"},  // refused: given back unchanged
      {"xn--a.example", "xn--a.example"},          // decodes to a control
      {"xn--.example", "xn--.example"},
      {"\xff.Example", "\xff.Example"},
      {"a..b", "a..b"},
      {"", ""},
  };
  for (const auto& [domain, unicode] : rows) EXPECT_EQ(toUnicode(domain), unicode) << domain;
}

}  // namespace
}  // namespace alignd::dns
