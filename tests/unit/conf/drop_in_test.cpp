// Settings from several files, and lists in files of their own.
#include <filesystem>
#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conf/load.h"
#include "tests/support/child_process.h"

namespace alignd::conf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

using Files = std::map<std::string, std::string>;

Loaded read(const std::vector<Source>& sources, const Files& lists = {}) {
  return parse(sources, [&](const std::string& path) {
    const auto found = lists.find(path);
    return found == lists.end() ? FileContent{{}, path + ": No such file or directory"}
                                : FileContent{found->second};
  });
}

std::vector<std::string> texts(const std::vector<Network>& networks) {
  std::vector<std::string> out;
  for (const Network& network : networks) out.push_back(network.text());
  return out;
}

TEST(DropIns, TheLastValueCountsAndListsGrow) {
  const Loaded loaded = read({{"a.toml", R"(
[dns]
timeout = "2s"
cache = "1 MiB"
[trust]
networks = "10.0.0.0/8"
[[rule]]
name = "first"
results = ["fail"]
action = "quarantine"
)"},
                              {"conf.d/1.toml", R"(
[dns]
timeout = "3s"
[trust]
networks = ["192.0.2.0/24"]
[[rule]]
name = "second"
client_networks = ["192.0.2.1"]
action = "accept"
)"},
                              {"conf.d/2.toml", "dns.timeout = \"4s\"\n"}});
  ASSERT_THAT(loaded.errors, IsEmpty());
  const Settings& s = loaded.settings;
  EXPECT_EQ(s.dns.engine.timeout, std::chrono::seconds(4));
  EXPECT_EQ(s.dns.table.bytes, 1U << 20U);
  EXPECT_THAT(texts(s.trust.networks), ElementsAre("10.0.0.0/8", "192.0.2.0/24"));
  ASSERT_EQ(s.policy.rules.size(), 2U);
  EXPECT_EQ(s.policy.rules[1].name, "second");
  EXPECT_EQ(loaded.places.at("dns.timeout"), "conf.d/2.toml:1");
  EXPECT_EQ(loaded.places.at("dns.cache"), "a.toml:4");
  EXPECT_EQ(loaded.places.at("trust.networks"), "a.toml:6, conf.d/1.toml:5");
  EXPECT_EQ(loaded.places.at("rule[1].name"), "conf.d/1.toml:7");
  EXPECT_THAT(loaded.files, ElementsAre("a.toml", "conf.d/1.toml", "conf.d/2.toml"));
  EXPECT_THAT(text(s, loaded.places), HasSubstr("timeout = \"4s\"  # conf.d/2.toml:1\n"));
}

TEST(DropIns, AListBeginsAnew) {
  const Source main{"a.toml", "[dns]\nservers = [\"192.0.2.1\"]\n"};
  const auto servers = [&](const std::string& drop) {
    const Loaded loaded = read({main, {"b.toml", "[dns]\nservers = " + drop + "\n"}});
    EXPECT_THAT(loaded.errors, IsEmpty());
    std::string out;
    for (const auto& server : loaded.settings.dns.engine.servers) out += server.text() + " ";
    return out + "| " + loaded.places.at("dns.servers");
  };
  EXPECT_EQ(servers("[\"192.0.2.2\"]"), "192.0.2.1:53 192.0.2.2:53 | a.toml:2, b.toml:2");
  EXPECT_EQ(servers("[\"\", \"192.0.2.2\"]"), "192.0.2.2:53 | b.toml:2");
  EXPECT_EQ(servers("[]"), "| b.toml:2");
}

TEST(DropIns, ErrorsPointAtTheFile) {
  const Source main{"a.toml", "[dns]\ntimeout = \"1s\"\n[[rule]]\nname = \"r\"\nresults = [\"fail\"]\n"};
  const struct {
    const char* drop;
    const char* error;
  } lines[] = {
      {"[dns]\ntimeout = 5s\n", "b.toml:2:12: "},
      {"[dns]\ntimeout = \"5\"\n", "b.toml:2:11: timeout: \"5\" is not a time"},
      {"[dsn]\n", "b.toml:1:2: unknown section \"dsn\"; did you mean \"dns\"?"},
      {"dns = 1\n", "b.toml:1:7: dns must be a table"},
      {"rule = 1\n", "b.toml:1:8: rule must be written as [[rule]]"},
      {"[limits]\nheader = \"8 MiB\"\n", "b.toml:2:10: header is larger than"},
      {"[[rule]]\nname = \"r\"\nresults = [\"fail\"]\n", "b.toml:1:1: rule r: the name stands twice"},
      {"[[rule]]\nname = \"s\"\nwhy = [\"forgd\"]\n",
       "b.toml:3:8: why: \"forgd\" is no cause of "
       "alignd-verdicts(5); did you mean \"forged\"?"},
      {"[[rule]]\nname = \"s\"\npublished = \"p\"\n", "b.toml:3:13: published: \"p\" must be \"none\""},
      {"[[rule]]\nname = \"s\"\nshare = 2\n", "b.toml:3:9: share must be from 0.0 to 1.0"},
      {"[[rule]]\nname = \"s\"\nshare = nan\n", "b.toml:3:9: share must be from"},
      {"[[rule]]\nname = \"s\"\nshare = \"10%\"\n", "b.toml:3:9: share must be a number, not a string"},
      {"[[rule]]\nname = \"s\"\nshare = 0.1\n", "b.toml:1:1: rule s: matches every message"},
      {"[[rule]]\nname = \"s\"\nwhy = [\"forged\"]\naction = \"accept\"\n",
       "b.toml:1:1: rule s: eases the policy"},
  };
  for (const auto& line : lines) {
    EXPECT_THAT(read({main, {"b.toml", line.drop}}).errors, ElementsAre(StartsWith(line.error))) << line.drop;
  }
  // A value that a later file overrides must be good all the same.
  EXPECT_THAT(read({{"a.toml", "[dns]\ntimeout = \"x\"\n"}, {"b.toml", "[dns]\ntimeout = \"1s\"\n"}}).errors,
              ElementsAre(StartsWith("a.toml:2:11: ")));
}

TEST(ListFiles, AreReadWhereTheyAreNamed) {
  const Files lists{{"/etc/alignd/nets", "# ours\n10.0.0.0/8\n\n  192.0.2.1   # the old MX\r\n"},
                    {"/srv/more",
                     "\xef\xbb\xbf"
                     "2001:db8::/32"}};
  const Loaded loaded = read({{"/etc/alignd/alignd.toml", R"([trust]
networks = ["172.16.0.0/12", { file = "nets" }, { file = "/srv/more" }]
exempt_networks = { file = "/etc/alignd/nets" }
[[rule]]
name = "r"
signing_domains = { file = "empty" }
author_domains = ["example.org"]
)"}},
                             {{"/etc/alignd/nets", lists.at("/etc/alignd/nets")},
                              {"/srv/more", lists.at("/srv/more")},
                              {"/etc/alignd/empty", "# none\n"}});
  ASSERT_THAT(loaded.errors, IsEmpty());
  EXPECT_THAT(texts(loaded.settings.trust.networks),
              ElementsAre("172.16.0.0/12", "10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32"));
  EXPECT_THAT(texts(loaded.settings.trust.exemptNetworks), ElementsAre("10.0.0.0/8", "192.0.2.1/32"));
  EXPECT_EQ(loaded.places.at("trust.networks"), "/etc/alignd/alignd.toml:2, /etc/alignd/nets, /srv/more");
  EXPECT_THAT(loaded.files, ElementsAre("/etc/alignd/alignd.toml", "/etc/alignd/nets", "/srv/more",
                                        "/etc/alignd/nets", "/etc/alignd/empty"));
}

TEST(ListFiles, ErrorsPointIntoThem) {
  const struct {
    std::string list;
    const char* networks;
    const char* error;
  } lines[] = {
      {"10.0.0.0/8\n 10.0.0.0/33\n", R"({ file = "l" })",
       "/e/l:2:2: networks: \"10.0.0.0/33\" is not a network"},
      {"", R"({ file = "gone" })", "/e/a.toml:2:21: networks: /e/gone: No such file"},
      {"", R"({ path = "l" })", "/e/a.toml:2:12: networks must be a list of strings, or { file = \"PATH\" }"},
      {"", R"({ file = "l", more = 1 })", "/e/a.toml:2:12: networks must be"},
      {"", R"({ file = "a\nb" })", "/e/a.toml:2:12: networks must be"},
      {"", R"([1])", "/e/a.toml:2:13: networks must be a list of strings"},
      {std::string("a\0b", 3), R"({ file = "l" })", "/e/l:1:1: a NUL"},
      {"1.1.1.1\n" + std::string(1001, 'x'), R"({ file = "l" })", "/e/l:2:1: longer than any entry"},
  };
  for (const auto& line : lines) {
    const std::string text = std::string("[trust]\nnetworks = ") + line.networks + "\n";
    EXPECT_THAT(read({{"/e/a.toml", text}}, {{"/e/l", line.list}}).errors,
                ElementsAre(StartsWith(line.error)))
        << line.networks;
  }
  std::string many;
  for (int i = 0; i < 50'001; ++i) many += "192.0.2.1\n";
  EXPECT_THAT(read({{"/e/a.toml", "[trust]\nnetworks = { file = \"l\" }\n"}}, {{"/e/l", many}}).errors,
              ElementsAre("/e/l:50001:1: more than 50000 entries"));
  many.resize(many.size() - 10);
  EXPECT_THAT(
      read({{"/e/a.toml", "[trust]\nnetworks = [{ file = \"l\" }, \"10.0.0.1\"]\n"}}, {{"/e/l", many}})
          .errors,
      ElementsAre("/e/a.toml:2:12: networks has more than 50000 entries"));
}

// Warnings of entries keep their place, and do not take the list away.
TEST(ListFiles, OddEntriesAreWarnings) {
  const Loaded loaded = read({{"a.toml", "[trust]\nnetworks = { file = \"l\" }\n"}}, {{"l", "10.0.0.1/8\n"}});
  EXPECT_THAT(loaded.errors, IsEmpty());
  EXPECT_THAT(loaded.warnings, ElementsAre(StartsWith("l:1:1: networks: \"10.0.0.1/8\" has bits set")));
  EXPECT_THAT(texts(loaded.settings.trust.networks), ElementsAre("10.0.0.0/8"));
}

class InFolder : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }
  Loaded load() { return conf::load(folder_ / "alignd.toml"); }
  test::TempFolder folder_;
};

TEST_F(InFolder, DropInsComeByName) {
  write("alignd.toml", "[dns]\ntimeout = \"1s\"\n");
  EXPECT_THAT(load().errors, IsEmpty()) << "no folder, no drop-ins";
  write("conf.d/20-b.toml", "[dns]\ntimeout = \"3s\"\n[trust]\nnetworks = { file = \"nets.txt\" }\n");
  write("conf.d/10-a.toml", "[dns]\ntimeout = \"2s\"\n");
  write("conf.d/nets.txt", "10.0.0.0/8\n");
  for (const char* other :
       {"conf.d/.30-hidden.toml", "conf.d/30.toml~", "conf.d/30.toml.dpkg-dist", "conf.d/30.conf"}) {
    write(other, "no TOML at all");
  }
  const Loaded loaded = load();
  ASSERT_THAT(loaded.errors, IsEmpty());
  EXPECT_EQ(loaded.settings.dns.engine.timeout, std::chrono::seconds(3));
  EXPECT_EQ(loaded.places.at("dns.timeout"), folder_ / "conf.d/20-b.toml" + std::string(":2"));
  EXPECT_THAT(loaded.files, ElementsAre(folder_ / "alignd.toml", folder_ / "conf.d/10-a.toml",
                                        folder_ / "conf.d/20-b.toml", folder_ / "conf.d/nets.txt"));
  // Read anew, a list has what the file holds then.
  write("conf.d/nets.txt", "10.0.0.0/8\n192.0.2.0/24\n");
  EXPECT_EQ(load().settings.trust.networks.size(), 2U);
}

TEST_F(InFolder, EveryBrokenFileIsTold) {
  write("alignd.toml", "[dns\n");
  write("conf.d/a.toml", "x = \n");
  EXPECT_THAT(load().errors, ElementsAre(StartsWith(folder_ / "alignd.toml:1:5: "),
                                         StartsWith(folder_ / "conf.d/a.toml:1:")));
  std::filesystem::remove_all(folder_ / "conf.d");
  write("conf.d", "a file");
  EXPECT_THAT(load().errors, ElementsAre(HasSubstr("conf.d: Not a directory")));
}

}  // namespace
}  // namespace alignd::conf
