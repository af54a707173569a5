#include <algorithm>

#include "conf/import/translate.h"
#include "dns/data/ascii.h"

namespace alignd::conf::migration {

namespace {

bool isNo(std::string_view value) {
  return ascii::equalIgnoreCase(value, "False") || ascii::equalIgnoreCase(value, "No_Check");
}

// Its booleans: True, Yes; TestOnly and others are numbers.
bool isYes(std::string_view value) {
  return ascii::equalIgnoreCase(value, "True") || ascii::equalIgnoreCase(value, "Yes") || value == "1";
}

class Translator {
 public:
  Translator(const ReadFile& readFile, Draft& draft) : readFile_(readFile), draft_(draft) {}

  void take(const Word& word) {
    const auto is = [&](std::string_view name) { return ascii::equalIgnoreCase(word.name, name); };
    if (word.value.empty()) return draft_.refuse(word, "has no value");
    if (is("Authserv_Id")) return draft_.authservId(word);
    if (is("TestOnly") || is("defaultSeedOnly")) {
      testing_ = word.value == "0";
      return draft_.same(word, testing_ ? "nothing is refused for SPF" : "what SPF refuses is refused");
    }
    if (is("HELO_reject")) return helo(word);
    if (is("Mail_From_reject")) return mailFrom(word);
    if (is("No_Mail")) {
      onlyNoMail_ = isYes(word.value);
      return onlyNoMail_ ? draft_.refuse(word, policydSpfKeywords()) : draft_.same(word);
    }
    if (is("TempError_Defer")) return draft_.flag("spf", "defer_temperror", isYes(word.value), word);
    if (is("Header_Type")) {
      return draft_.flag("spf", "received_spf", ascii::equalIgnoreCase(word.value, "SPF"), word);
    }
    if (is("Lookup_Time")) return draft_.text("spf", "time_limit", word.value + "s", word);
    if (is("Void_Limit")) return draft_.number("spf", "max_void_lookups", word.value, word);
    if (is("skip_addresses")) return skip(word);
    if (is("InternalHosts")) return draft_.networks("networks", readDataSet(word, readFile_), word);
    if (is("Whitelist")) {
      draft_.acceptRule("policyd-spf-whitelist", "client_networks", listed(word).items, word);
      return draft_.refuse(word, "taken wider than it was: the rule accepts what fails DMARC, too");
    }
    if (is("Socket")) return draft_.socket(word, find(policydSpfKeywords(), "Socket")->text);
    if (isNo(word.value) && (is("PermError_reject") || is("Hide_Receiver") || is("Mock"))) {
      return draft_.same(word);
    }
    draft_.refuse(word, policydSpfKeywords());
  }

  // After all words: an SPF fail was refused unless told otherwise.
  void finish(const std::vector<Word>& words, Actions& actions) {
    if (words.empty()) return;
    Word from = mailFrom_.value_or(Word{words.front().place, "Mail_From_reject", "Fail (its default)"});
    from.place.line = mailFrom_ ? from.place.line : 0;
    if (testing_ || onlyNoMail_ || refusesNothing_) return;
    actions.spfRejects = from;
    draft_.flag("spf", "reject_fail", true, from);
  }

 private:
  static DataSet listed(const Word& word) {
    DataSet out;
    for (auto& item : items(word.value, true)) out.items.push_back({std::move(item), word.place});
    return out;
  }

  // SPF alone passed over them; a network of ours is not evaluated at all.
  void skip(const Word& word) {
    const DataSet hosts = listed(word);
    draft_.networks("networks", hosts, word);
    const auto loopback = [](const auto& item) {
      const std::string_view text = item.text;
      return text.starts_with("127.") || text.starts_with("::1") || text.starts_with("::ffff:127.");
    };
    if (std::all_of(hosts.items.begin(), hosts.items.end(), loopback)) return;
    draft_.refuse(word,
                  "taken wider than it was: their mail is not evaluated at all; a secondary MX belongs in "
                  "[trust] relays");
  }

  void helo(const Word& word) {
    if (ascii::equalIgnoreCase(word.value, "No_Check")) return draft_.text("spf", "helo", "off", word);
    if (isNo(word.value)) return draft_.text("spf", "helo", "log", word);
    if (ascii::equalIgnoreCase(word.value, "Null")) {
      // The null path is judged by HELO in any case.
      return draft_.text("spf", "helo", "log", word);
    }
    draft_.text("spf", "helo", "decide", word);
    if (!ascii::equalIgnoreCase(word.value, "Fail"))
      draft_.refuse(word, "a softfail never refuses: taken as Fail");
  }

  void mailFrom(const Word& word) {
    mailFrom_ = word;
    refusesNothing_ = isNo(word.value);
    if (refusesNothing_) return draft_.flag("spf", "reject_fail", false, word);
    if (!ascii::equalIgnoreCase(word.value, "Fail"))
      draft_.refuse(word, "a softfail never refuses: taken as Fail");
  }

  const ReadFile& readFile_;
  Draft& draft_;
  std::optional<Word> mailFrom_;
  bool testing_ = false;
  bool onlyNoMail_ = false;
  bool refusesNothing_ = false;
};

}  // namespace

void translatePolicydSpf(const std::vector<Word>& words, const ReadFile& readFile, Draft& draft,
                         Actions& actions) {
  Translator translator(readFile, draft);
  for (const Word& word : words) translator.take(word);
  translator.finish(words, actions);
}

}  // namespace alignd::conf::migration
