// alignd-check log on files that are known.
#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <zlib.h>

#include "cli/log_command.h"
#include "tests/support/child_process.h"
#include "tests/unit/cli_log/month.h"

namespace alignd::cli {
namespace {

using alignd::test::TempFolder;
using nlohmann::json;
using testing::HasSubstr;

void writeFile(const std::string& path, const std::string& text, std::ios::openmode mode = std::ios::trunc) {
  std::ofstream(path, std::ios::binary | mode) << text;
}

void writeGzip(const std::string& path, const std::string& text) {
  gzFile file = gzopen(path.c_str(), "wb");
  ASSERT_NE(file, nullptr);
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
}

std::uint64_t of(const json& counts, const std::string& word) {
  for (const auto& entry : counts) {
    if (entry["of"] == word) return entry["messages"];
  }
  return 0;
}

class Log : public testing::Test {
 protected:
  json run(const std::function<void(Arguments&)>& set = {}) {
    Arguments arguments;
    arguments.command = Arguments::Command::Log;
    arguments.operands = {path_};
    arguments.json = true;
    if (set) set(arguments);
    std::ostringstream out;
    code_ = runLog(arguments, out, false);
    return out.str().empty() ? json() : json::parse(out.str());
  }
  TempFolder folder_;
  std::string path_ = folder_ / "verdicts.jsonl";
  int code_ = -1;
};

TEST_F(Log, CountsWhatIsThere) {
  writeFile(path_, test::month(3000) + "Nov 22 smtpd[7]: {something else}\n\n{\"time\":\"2026-10-01T00:0");
  const json summary = run();
  EXPECT_EQ(code_, kExitPass);
  EXPECT_EQ(summary["messages"], 3000);
  EXPECT_EQ(summary["torn"], 1);
  EXPECT_EQ(summary["foreign"], 1);
  EXPECT_EQ(summary["first"], "2026-10-01 00:00:00");
  EXPECT_EQ(summary["last"], "2026-10-03 01:59:00");
  EXPECT_EQ(of(summary["results"]["dmarc"], "pass"), 1000U);
  EXPECT_EQ(of(summary["results"]["dmarc"], "fail"), 2000U);
  EXPECT_EQ(of(summary["results"]["spf"], "fail"), 1000U);
  EXPECT_EQ(of(summary["results"]["dkim"], "none"), 1000U);
  EXPECT_EQ(of(summary["why"], "aligned"), 1000U);
  EXPECT_EQ(of(summary["why"], "forged"), 1000U);
  EXPECT_EQ(of(summary["why"], "unaligned_signer"), 1000U);
  EXPECT_EQ(of(summary["enforce"], "mark"), 2000U);
  EXPECT_EQ(summary["removed_ar"], 2000);
  const json& tables = summary["tables"];
  EXPECT_EQ(of(tables["why_by_domain"], "forged  bank.example"), 1000U);
  EXPECT_EQ(of(tables["why_by_source"], "unaligned_signer  esp.example"), 1000U);
  EXPECT_EQ(of(tables["why_by_source"], "forged  203.0.113.66"), 1000U);
  EXPECT_EQ(of(tables["unaligned_sources"], "esp.example  for bank.example"), 1000U);
  EXPECT_EQ(of(tables["enforce_lists"], "mark  news.esp.example"), 1000U);
  EXPECT_EQ(of(tables["enforce_clients"], "mark  203.0.113.66"), 1000U);
  EXPECT_EQ(of(tables["slow_dns"], "bank.example"), 1000U);
  EXPECT_EQ(of(tables["forged_results"], "203.0.113.66"), 1000U);
}

TEST_F(Log, RotatedAndCompressedFilesTogether) {
  writeFile(path_, test::month(30));
  const std::string old = folder_ / "verdicts.jsonl.1.gz";
  writeGzip(old, test::month(60));
  EXPECT_EQ(run([&](Arguments& a) { a.operands = {path_, old}; })["messages"], 90);
  EXPECT_EQ(run([&](Arguments& a) { a.operands = {folder_ / "none", path_}; })["messages"], 30);
  EXPECT_EQ(code_, kExitNoInput);
}

TEST_F(Log, FiltersAndText) {
  writeFile(path_, test::month(30));
  EXPECT_EQ(run([](Arguments& a) { a.why = "forged"; })["messages"], 10);
  EXPECT_EQ(run([](Arguments& a) { a.queueId = "Q7"; })["messages"], 1);
  EXPECT_EQ(run([](Arguments& a) { a.client = Network::parse("2001:db8::/32"); })["messages"], 10);
  EXPECT_EQ(run([](Arguments& a) { a.domain = "other.example"; })["messages"], 0);
  EXPECT_EQ(run([](Arguments& a) { a.since = "2026-10-01T00:20"; })["messages"], 10);
  (void)run([](Arguments& a) { a.since = "yesterday"; });
  EXPECT_EQ(code_, kExitUsage);
  Arguments arguments;
  arguments.operands = {path_};
  std::ostringstream out;
  EXPECT_EQ(runLog(arguments, out, false), kExitPass);
  EXPECT_THAT(out.str(), HasSubstr("30 messages, 2026-10-01 00:00:00 to 2026-10-01 00:29:00 UTC"));
  EXPECT_THAT(out.str(), HasSubstr("          10  33.3 %  forged\n"));
  EXPECT_THAT(out.str(), HasSubstr("Why, by author domain\n          10  forged  bank.example\n"));
}

TEST_F(Log, OtherSettingsShowWhatWouldChange) {
  writeFile(path_, test::month(30));
  const std::string settings = folder_ / "new.toml";
  writeFile(settings,
            "[policy]\nmode = \"enforce\"\nreject = \"reject\"\n[[rule]]\nname = \"esp\"\n"
            "signing_domains = [\"esp.example\"]\naction = \"accept\"\n");
  const json replay = run([&](Arguments& a) { a.replay = settings; })["replay"];
  EXPECT_EQ(replay["messages"], 30);
  EXPECT_EQ(replay["changed"], 10) << replay;
  EXPECT_EQ(replay["changes"][0]["change"], "accept -> reject");
  EXPECT_EQ(replay["examples"].size(), 5U);
  EXPECT_EQ(replay["examples"][0]["queue_id"], "Q1");
  writeFile(settings, "[policy]\nmode = \"nothing\"\n");
  (void)run([&](Arguments& a) { a.replay = settings; });
  EXPECT_EQ(code_, kExitUsage);
}

TEST_F(Log, FollowsAFileThroughRotation) {
  writeFile(path_, test::month(30));
  Arguments arguments;
  arguments.operands = {path_};
  arguments.why = "forged";
  std::atomic<int> polls{0};
  std::ostringstream out;
  const auto stopped = [&] {  // called before each look at the file
    switch (polls++) {
      case 1:
        writeFile(path_, test::line(test::forged(), "added", 1'790'812'800'000), std::ios::app);
        return false;
      case 2: {
        std::rename(path_.c_str(), (path_ + ".1").c_str());
        writeFile(path_, test::line(test::forged(), "rotated", 1'790'812'800'000));
        return false;
      }
      case 4: return true;
      default: return false;
    }
  };
  EXPECT_EQ(followLog(arguments, out, stopped), kExitPass);
  const std::string text = out.str();
  EXPECT_THAT(text, HasSubstr("  Q28  "));
  EXPECT_THAT(text, HasSubstr("00:00:00  added         fail      forged"));
  EXPECT_THAT(text, HasSubstr("from 203.0.113.66  would mark  SPF does not authorise"));
  EXPECT_THAT(text, HasSubstr("; to mend: nobody, unless 203.0.113.66 sends for bank.example"));
  EXPECT_THAT(text, HasSubstr("  rotated  "));
  EXPECT_EQ(text.find("aligned"), std::string::npos);
}

}  // namespace
}  // namespace alignd::cli
