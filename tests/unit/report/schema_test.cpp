// conf/verdict.schema.json, the code and alignd-verdicts(5) have the same words.
#include <algorithm>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "dns/data/answer.h"
#include "verifier/cause/why.h"
#include "verifier/policy/decision.h"
#include "verifier/report/line.h"
#include "verifier/verdict.h"

namespace alignd::report {
namespace {

using Json = nlohmann::json;

std::string contentOf(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

const Json kSchema = Json::parse(contentOf(ALIGND_SOURCE "/conf/verdict.schema.json"));
const std::string kManual = contentOf(ALIGND_SOURCE "/man/alignd-verdicts.5");

// The words of all values of an enumeration, but for `without`.
template <class Enum>
std::set<std::string> wordsOf(std::string_view (*word)(Enum), const std::set<std::string>& without = {}) {
  std::set<std::string> out;
  for (int i = 0; word(static_cast<Enum>(i)) != "unknown"; ++i) {
    const std::string one(word(static_cast<Enum>(i)));
    if (!without.contains(one)) out.insert(one);
  }
  return out;
}

std::set<std::string> listed(const std::string& pointer) {
  return kSchema.at(Json::json_pointer(pointer + "/enum")).get<std::set<std::string>>();
}

TEST(Schema, HasTheVersionOfTheCode) {
  EXPECT_EQ(kSchema["properties"]["v"]["const"], kVersion);
}

TEST(Schema, ItsListsAreThoseOfTheCode) {
  const auto spf = wordsOf(spf::statusWord);
  EXPECT_EQ(spf.size(), 7U) << "all of them are seen";
  EXPECT_EQ(listed("/$defs/spf/properties/result"), spf);
  EXPECT_EQ(listed("/$defs/signature/properties/result"), wordsOf(dkim::statusWord));
  EXPECT_EQ(listed("/$defs/signature/properties/reason"), wordsOf(dkim::reasonWord));
  EXPECT_EQ(wordsOf(dkim::reasonWord).size(), dkim::kReasons);
  EXPECT_EQ(listed("/properties/arc/properties/result"), wordsOf(arc::statusWord));
  EXPECT_EQ(listed("/properties/dmarc/properties/result"), wordsOf(dmarc::statusWord));
  for (const char* member : {"p", "sp", "np", "policy", "disposition"}) {
    EXPECT_EQ(listed(std::string("/properties/dmarc/properties/") + member), wordsOf(dmarc::policyWord))
        << member;
  }
  EXPECT_EQ(listed("/$defs/step/properties/answer"), wordsOf(dns::statusName));
  EXPECT_EQ(listed("/properties/from_problem"), wordsOf(message::problemWord, {"none"}));
  EXPECT_EQ(listed("/properties/why"), wordsOf(cause::word));
  EXPECT_EQ(listed("/properties/why").size(), cause::kWhys);
  EXPECT_EQ(listed("/properties/action"), wordsOf(policy::actionWord));
  EXPECT_EQ(listed("/properties/would"), wordsOf(policy::actionWord));
}

// Names of members anywhere in the schema, and words of its lists.
void collect(const Json& node, std::set<std::string>& names) {
  if (node.is_array()) {
    for (const auto& item : node) collect(item, names);
  }
  if (!node.is_object()) return;
  for (const auto& [key, value] : node.items()) {
    if (key == "properties") {
      for (const auto& [name, of] : value.items()) names.insert(name);
    }
    if (key == "enum") names.insert(value.begin(), value.end());
    collect(value, names);
  }
}

// A word of the manual: not a part of another one. Hyphens are escaped there.
bool manualHas(std::string name) {
  const auto partOfWord = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (auto at = kManual.find(name); at != std::string::npos; at = kManual.find(name, at + 1)) {
    const auto end = at + name.size();
    if ((at == 0 || !partOfWord(kManual[at - 1])) && (end == kManual.size() || !partOfWord(kManual[end])))
      return true;
  }
  return false;
}

TEST(Schema, TheManualNamesAll) {
  std::set<std::string> names;
  collect(kSchema, names);
  EXPECT_GT(names.size(), 150U);
  for (const auto& name : names) EXPECT_TRUE(manualHas(name)) << name;
}

}  // namespace
}  // namespace alignd::report
