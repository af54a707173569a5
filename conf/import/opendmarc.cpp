#include "conf/import/translate.h"
#include "dns/data/ascii.h"
#include "verifier/policy/reply.h"

namespace alignd::conf::migration {

namespace {

constexpr std::string_view kVerdicts = "/var/log/alignd/verdicts.jsonl";

// "%s" is the author's domain.
void rejectText(const Word& word, Draft& draft) {
  std::string text = word.value;
  const auto place = text.find("%s");
  if (text.size() > 1 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  if (place != std::string::npos) text.replace(text.find("%s"), 2, "{domain}");
  if (const auto fault = policy::templateFault(text)) return draft.refuse(word, *fault);
  draft.text("policy", "reject_text", text, word);
}

void suffixes(const Word& word, const ReadFile& readFile, Draft& draft) {
  draft.text("dmarc", "organizational_domain", "compare", word);
  if (readFile(word.value).problem.empty()) {
    draft.text("dmarc", "public_suffix_list", word.value, word);
  }
}

class Translator {
 public:
  Translator(const ReadFile& readFile, Draft& draft, Actions& actions)
      : readFile_(readFile), draft_(draft), actions_(actions) {}

  void take(const Word& word) {
    const auto is = [&](std::string_view name) { return ascii::equalIgnoreCase(word.name, name); };
    if (word.value.empty()) return draft_.refuse(word, "has no value");
    if (is("AuthservID")) return draft_.authservId(word);
    if (is("DNSTimeout")) return draft_.dnsTimeout(word);
    if (is("DomainWhitelist")) {
      DataSet set;
      for (auto& item : items(word.value, true)) set.items.push_back({std::move(item), word.place});
      return draft_.domains("arc", "trusted_sealers", set, word);
    }
    if (is("DomainWhitelistFile")) {
      return draft_.domains("arc", "trusted_sealers", readItems(word.value, readFile_), word);
    }
    if (is("FailureReports")) {
      return isTrue(word.value) ? draft_.flag("reports", "failure", true, word) : draft_.same(word);
    }
    if (is("FailureReportsSentBy")) return draft_.text("reports", "email", word.value, word);
    if (is("ReportCommand")) {
      return draft_.text("reports", "sendmail", word.value.substr(0, word.value.find_first_of(" \t")), word);
    }
    if (is("HistoryFile")) return draft_.text("log", "verdicts", kVerdicts, word);
    if (is("HoldQuarantinedMessages")) return wish(word, actions_.dmarcHolds);
    if (is("IgnoreAuthenticatedClients")) {
      return draft_.flag("trust", "authenticated", isTrue(word.value), word);
    }
    if (is("IgnoreHosts")) return draft_.networks("exempt_networks", readItems(word.value, readFile_), word);
    if (is("NoReportsList")) return noReports(word);
    if (is("PublicSuffixList")) return suffixes(word, readFile_, draft_);
    if (is("RejectFailures")) {
      if (!isTrue(word.value)) actions_.dmarcReads = word;
      return wish(word, actions_.dmarcRejects);
    }
    if (is("RejectMultiValueFrom") || is("RequiredFrom") || is("RequiredHeaders")) {
      if (!isTrue(word.value)) return draft_.same(word);
      return draft_.text("policy", "ambiguous_author", "reject", word);
    }
    if (is("RejectString")) return rejectText(word, draft_);
    if (is("Socket")) return draft_.socket(word, find(openDmarcKeywords(), "Socket")->text);
    if (is("Syslog")) return draft_.syslog(word);
    if (is("SyslogFacility")) return draft_.text("log", "facility", ascii::toLower(word.value), word);
    draft_.refuse(word, openDmarcKeywords());
  }

 private:
  void wish(const Word& word, std::optional<Word>& into) {
    if (!isTrue(word.value)) return draft_.same(word);
    into = word;
  }

  void noReports(const Word& word) {
    const DataSet set = readItems(word.value, readFile_);
    if (!set.problem.empty()) return draft_.refuse(word, set.problem);
    for (Item item : set.items) {
      if (item.text.starts_with('@')) item.text.erase(0, 1);
      draft_.item("reports", "never", item, word);
    }
  }

  const ReadFile& readFile_;
  Draft& draft_;
  Actions& actions_;
};

}  // namespace

void translateOpenDmarc(const std::vector<Word>& words, const ReadFile& readFile, Draft& draft,
                        Actions& actions) {
  Translator translator(readFile, draft, actions);
  if (!words.empty()) {
    actions.dmarcReads = Word{{words.front().place.file, 0}, "RejectFailures", "false, its default"};
  }
  // A file for reports comes before what goes to syslog.
  const auto isHistory = [](const Word& word) { return ascii::equalIgnoreCase(word.name, "HistoryFile"); };
  for (const Word& word : words) {
    if (isHistory(word)) translator.take(word);
  }
  for (const Word& word : words) {
    if (!isHistory(word)) translator.take(word);
  }
}

}  // namespace alignd::conf::migration
