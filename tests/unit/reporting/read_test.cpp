#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "reporting/read/explain.h"
#include "reporting/read/from_xml.h"
#include "reporting/read/unpack.h"
#include "reporting/send/mail.h"

namespace alignd::reporting {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

namespace fs = std::filesystem;

std::string contentOf(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// "read", or why not.
std::string verdictOn(std::string_view xml) {
  const auto parsed = fromXml(xml);
  const auto* problem = std::get_if<std::string>(&parsed);
  return problem == nullptr ? "read" : *problem;
}

Report sample() {
  Report out;
  out.metadata = {"Receiver", "dmarc@receiver.example", "", "0a1b", 1'795'305'600, 1'795'391'999,
                  "",         "alignd-report"};
  out.policy = {"example.org", "psl", "reject", "none", "none", "0", "r", "s", true};
  Row row;
  row.sourceIp = "192.0.2.1";
  row.disposition = "reject";
  row.reasons = {{"local_policy", "rule <x> & \"y\""}};
  row.headerFrom = "sub.example.org";
  row.envelopeFrom = "";
  row.dkimResults = {{"example.net", "s1", "pass", ""}, {"example.org", "s2", "fail", "body hash mismatch"}};
  row.spfResult = SpfRow{"bounce.example.net", "pass", ""};
  out.rows.emplace_back(row, 12);
  row.sourceIp = "2001:db8::1";
  row.spf = true;
  out.rows.emplace_back(row, 30);
  return out;
}

void put(std::string& out, std::uint32_t value, int size) {
  for (int i = 0; i < size; ++i, value >>= 8U) out += static_cast<char>(value & 0xffU);
}

// One member, packed as `method` says; `flags` of its entries.
std::string zipOf(const std::string& name, const std::string& content, std::uint32_t method,
                  std::uint32_t flags = 0) {
  std::string packed = content;
  if (method == 8) {
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);
    packed.resize(content.size() + 100);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
    stream.avail_in = static_cast<uInt>(content.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
  }
  std::string common;
  put(common, 20, 2);
  put(common, flags, 2);
  put(common, method, 2);
  put(common, 0, 8);  // time, date, CRC: not looked at
  put(common, static_cast<std::uint32_t>(packed.size()), 4);
  put(common, static_cast<std::uint32_t>(content.size()), 4);
  put(common, static_cast<std::uint32_t>(name.size()), 2);
  put(common, 0, 2);
  std::string out = "PK\x03\x04" + common + name + packed;
  const auto central = static_cast<std::uint32_t>(out.size());
  std::string entry = "PK\x01\x02";
  put(entry, 20, 2);
  entry += common;
  put(entry, 0, 10);
  put(entry, 0, 4);  // where the member begins
  entry += name;
  out += entry + "PK\x05\x06";
  put(out, 0, 4);
  put(out, 1, 2);
  put(out, 1, 2);
  put(out, static_cast<std::uint32_t>(entry.size()), 4);
  put(out, central, 4);
  put(out, 0, 2);
  return out;
}

TEST(FromXml, GivesBackWhatWasWritten) {
  const auto parsed = fromXml(toXml(sample()));
  const auto* received = std::get_if<Received>(&parsed);
  ASSERT_NE(received, nullptr);
  EXPECT_EQ(received->report, sample());
  EXPECT_THAT(received->remarks, IsEmpty());
}

TEST(FromXml, OlderSchemasPrefixesAndWhatIsMissing) {
  for (
      const std::string_view xml : {
          R"(<feedback xmlns="http://dmarc.org/dmarc-xml/0.1"><policy_published><domain>a.example</domain>)"
          R"(<p>none</p><pct>100</pct></policy_published><record><row><source_ip>192.0.2.1</source_ip><count>3</count>)"
          R"(</row></record></feedback>)",
          R"(<d:feedback xmlns:d="urn:ietf:params:xml:ns:dmarc-2.0"><d:policy_published><d:domain> a.example </d:domain>)"
          R"(<d:p>none</d:p></d:policy_published><d:record><d:row><d:source_ip>192.0.2.1</d:source_ip>)"
          R"(<d:count>3</d:count></d:row></d:record></d:feedback>)",
      }) {
    const auto parsed = fromXml(xml);
    const auto* received = std::get_if<Received>(&parsed);
    ASSERT_NE(received, nullptr) << xml;
    EXPECT_EQ(received->report.policy.domain, "a.example");
    EXPECT_EQ(received->report.policy.p, "none");
    ASSERT_EQ(received->report.rows.size(), 1U);
    EXPECT_EQ(received->report.rows[0].second, 3);
    EXPECT_THAT(received->remarks, testing::Contains("no report_id"));
  }
}

TEST(FromXml, HostileFilesAreRefusedWithAReason) {
  struct Case {
    std::string xml;
    std::string_view problem;
  };
  std::string nested;
  for (int i = 0; i < 3000; ++i) nested += "<a>";
  for (int i = 0; i < 3000; ++i) nested += "</a>";
  std::string many = "<feedback>";
  for (int i = 0; i < 1'000'001; ++i) many += "<a/><a/>";
  for (const Case& one : {
           Case{R"(<!DOCTYPE x [<!ENTITY a "aaaa">]><feedback/>)", "document type"},
           Case{R"(<!doctype feedback SYSTEM "file:///etc/passwd"><feedback/>)", "document type"},
           Case{"<feedback>" + nested + "</feedback>", "nest deeper"},
           Case{"<feedback>" + nested.substr(0, 9000) + "</feedback>", "no XML"},
           Case{many, "too many elements"},
           Case{std::string(kMaxXml + 1, ' '), "larger than"},
           Case{"<feedback>", "no XML"},
           Case{"", "no XML"},
           Case{"<html/>", "not feedback"},
           Case{"<feedback/>", "neither a domain nor records"},
       }) {
    EXPECT_THAT(verdictOn(one.xml), HasSubstr(one.problem)) << one.xml.substr(0, 60);
  }
}

TEST(FromXml, CountsThatAreNone) {
  for (const char* count : {"", "x", "-1", "1e3", "99999999999999999999", "0x10"}) {
    const std::string xml =
        "<feedback><policy_published><domain>a.example</domain></policy_published><record><row><count>" +
        std::string(count) + "</count></row></record></feedback>";
    const auto parsed = fromXml(xml);
    const auto* received = std::get_if<Received>(&parsed);
    ASSERT_NE(received, nullptr);
    EXPECT_THAT(received->report.rows, IsEmpty()) << count;
    EXPECT_THAT(received->remarks, testing::Contains(HasSubstr("without a count")));
  }
}

TEST(Unpack, EveryContainer) {
  const std::string xml = toXml(sample());
  const std::string packed = gzip(xml);
  const std::string head =
      "Subject: x\r\nContent-Type: multipart/mixed;\r\n boundary=\"b\"\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n";
  const std::string gz =
      head +
      "Content-Type: application/gzip; name=\"r.xml.gz\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
      base64Lines(packed) + "--b--\r\n";
  struct Case {
    const char* what;
    std::string file;
  };
  for (const Case& one : {
           Case{"xml", xml},
           Case{"with a byte order mark", "\xef\xbb\xbf" + xml},
           Case{"gzip", packed},
           Case{"zip, stored", zipOf("r.xml", xml, 0)},
           Case{"zip, deflated", zipOf("R.XML", xml, 8)},
           Case{"mail with gzip", gz},
           Case{"mail that is a zip", "Content-Type: application/zip\nContent-Transfer-Encoding: base64\n\n" +
                                          base64Lines(zipOf("r.xml", xml, 8))},
           Case{"mail with XML as it is", head + "Content-Type: text/xml\r\n\r\n" + xml + "\r\n--b--\r\n"},
           Case{"forwarded",
                "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: message/rfc822\n\n" + gz +
                    "\n--o--\n"},
       }) {
    const auto found = unpack(one.file);
    ASSERT_EQ(found.size(), 1U) << one.what;
    EXPECT_EQ(found[0].problem, "") << one.what;
    EXPECT_EQ(verdictOn(found[0].xml), "read") << one.what;
  }
}

TEST(Unpack, BombsAndBrokenFiles) {
  const std::string bomb = gzip(std::string(kMaxXml + 1000, ' '));
  const std::string good = gzip(toXml(sample()));
  std::string nested = "x: y\n\n";
  for (int i = 0; i < 50; ++i) nested = "Content-Type: message/rfc822\n\n" + nested;
  const std::string zip = zipOf("r.xml", toXml(sample()), 8);
  struct Case {
    std::string file;
    std::string_view problem;
  };
  for (const Case& one : {
           Case{bomb, "unpacks to more than"},
           Case{zipOf("r.xml", std::string(kMaxXml + 1000, ' '), 8), "unpacks to more than"},
           Case{good.substr(0, good.size() / 2), "damaged or cut off"},
           Case{zip.substr(0, zip.size() / 2), "damaged or cut off"},
           Case{zipOf("r.txt", "x", 0), "holds no .xml"},
           Case{zipOf("r.xml", "x", 8, 1), "encrypted"},
           Case{zipOf("r.xml", "x", 12), "reports do not use"},
           Case{nested, "neither XML"},
           Case{"", "neither XML"},
           Case{std::string(100, '\0'), "neither XML"},
           Case{"Content-Type: application/gzip\nContent-Transfer-Encoding: base64\n\n!!!!", "base64"},
           Case{"Content-Type: application/zip; name=x.zip\n\nplain", "neither XML, gzip nor zip"},
       }) {
    const auto found = unpack(one.file);
    ASSERT_FALSE(found.empty());
    EXPECT_THAT(found[0].problem, HasSubstr(one.problem)) << one.file.substr(0, 60);
    EXPECT_THAT(found[0].xml, IsEmpty());
  }
}

// A mail of some kilobytes whose parts, or an archive whose members, unpack to gigabytes together.
TEST(Unpack, ManyBombsTogether) {
  const std::string part = "--b\nContent-Type: application/gzip\nContent-Transfer-Encoding: base64\n\n" +
                           base64Lines(gzip(std::string(kMaxXml - 1000, ' '))) + "\n";
  std::string mail = "Content-Type: multipart/mixed; boundary=b\n\n";
  for (int i = 0; i < 100; ++i) mail += part;
  const auto found = unpack(mail + "--b--\n");
  ASSERT_EQ(found.size(), 100U);
  std::size_t octets = 0;
  for (const Unpacked& one : found) octets += one.xml.size();
  EXPECT_LE(octets, 3 * kMaxXml);
  EXPECT_THAT(found.back().problem, HasSubstr("all of the file unpacks to more than 96 MiB"));
}

// What is refused has been unpacked all the same.
TEST(Unpack, RefusedBombsCount) {
  Room room = 3 * kMaxXml;
  const std::string bomb = gzip(std::string(kMaxXml + 1000, ' '));
  for (int i = 0; i < 3; ++i) EXPECT_NE(unpackGzip(bomb, room).problem, "");
  EXPECT_EQ(room, 0U);
  EXPECT_THAT(unpackGzip(gzip("<x/>"), room).problem, HasSubstr("all of the file"));
}

TEST(Explain, SaysWhyInWords) {
  Row row = sample().rows[0].first;
  EXPECT_EQ(explain(row),
            "DKIM of example.net (s1) passes; DKIM of example.org (s2): fail (body hash mismatch), not "
            "aligned with "
            "sub.example.org; SPF passes for bounce.example.net, not aligned with sub.example.org; "
            "local_policy (rule <x> "
            "& \"y\")");
  row.dkimResults.clear();
  row.reasons.clear();
  row.spfResult.reset();
  EXPECT_EQ(explain(row), "no DKIM signature; no SPF result");
}

TEST(Print, ATableBySourceFitForATerminal) {
  Received received{sample(), {}};
  received.report.metadata.orgName = "\x1b[31mred\xff";
  std::ostringstream out;
  print(out, received);
  const std::string text = out.str();
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_LT(text.find("2001:db8::1"), text.find("192.0.2.1"));  // most messages first
  EXPECT_THAT(text, HasSubstr("2026-11-22 00:00 to 2026-11-22 23:59 UTC"));
  EXPECT_THAT(text, HasSubstr("policy: p=reject sp=none np=none adkim=r aspf=s t=y"));
  EXPECT_THAT(text, HasSubstr("42 messages, 30 pass"));
}

// Files of other reporters, kept beside the project: each is read, or refused with a reason.
TEST(Peers, EveryFileIsReadOrRefused) {
  const fs::path folder = fs::path(ALIGND_SHARED) / "conformance/dmarc-reports";
  if (!fs::exists(folder)) GTEST_SKIP() << "no reports of others beside the project";
  std::size_t read = 0;
  std::string refused;
  for (const auto& entry : fs::directory_iterator(folder)) {
    for (const Unpacked& one : unpack(contentOf(entry.path()))) {
      const std::string said = one.problem.empty() ? verdictOn(one.xml) : one.problem;
      if (said == "read") {
        ++read;
        std::ostringstream out;
        print(out, std::get<Received>(fromXml(one.xml)));
        EXPECT_THAT(out.str(), HasSubstr(" pass\n")) << entry.path();
      } else {
        refused += entry.path().filename().string() + ": " + said + "\n";
      }
    }
  }
  EXPECT_EQ(read, 8U);
  EXPECT_THAT(refused, testing::StartsWith("invalid_xml.xml: no XML: "));
}

}  // namespace
}  // namespace alignd::reporting
