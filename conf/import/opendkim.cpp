#include "conf/import/translate.h"
#include "dns/data/ascii.h"

namespace alignd::conf::migration {

namespace {

class Translator {
 public:
  Translator(const ReadFile& readFile, Draft& draft, Actions& actions)
      : readFile_(readFile), draft_(draft), actions_(actions) {}

  void take(const Word& word) {
    const auto is = [&](std::string_view name) { return ascii::equalIgnoreCase(word.name, name); };
    if (word.value.empty()) return draft_.refuse(word, "has no value");
    const Keyword* row = find(openDkimKeywords(), word.name);
    if (row != nullptr && row->fate == Fate::Signing) {
      if (is("KeyTable") || is("KeyFile")) actions_.signs = true;
      return draft_.refuse(word, row->text);  // the signer's file has it
    }
    if (is("AuthservID")) return draft_.authservId(word);
    if (is("ClockDrift")) return both("clock_drift", word.value + "s", word);
    if (is("DNSTimeout")) return draft_.dnsTimeout(word);
    if (is("InternalHosts")) return draft_.networks("networks", readDataSet(word, readFile_), word);
    if (is("PeerList")) return draft_.networks("exempt_networks", readDataSet(word, readFile_), word);
    if (is("MaximumHeaders")) return header(word);
    if (is("MaximumSignaturesToVerify")) return draft_.number("dkim", "max_signatures", word.value, word);
    if (is("MinimumKeyBits")) {
      if (word.value == "0")
        return draft_.refuse(word, "keys of any size are not taken: RSA under 1024 bits does not count");
      draft_.number("dkim", "min_rsa_bits", word.value, word);
      return draft_.number("arc", "min_rsa_bits", word.value, word);
    }
    if (is("Mode")) return draft_.same(word, row->text);
    if (is("Nameservers")) {
      for (auto& server : items(word.value, true)) {
        draft_.item("dns", "servers", {std::move(server), word.place}, word);
      }
      return;
    }
    if (is("On-DNSError")) return onDnsError(word);
    if (is("RemoveARAll"))
      return draft_.flag("authentication_results", "remove_all", isTrue(word.value), word);
    if (is("RemoveARFrom")) return removeFrom(word);
    if (is("RequiredHeaders")) {
      if (!isTrue(word.value)) return draft_.same(word);
      return draft_.text("policy", "ambiguous_author", "reject", word);
    }
    if (is("Syslog")) return draft_.syslog(word);
    if (is("SyslogFacility")) return draft_.text("log", "facility", ascii::toLower(word.value), word);
    draft_.refuse(word, openDkimKeywords());
  }

 private:
  void both(std::string_view key, const std::string& value, const Word& word) {
    draft_.text("dkim", key, value, word);
    draft_.text("arc", key, value, word);
  }

  void header(const Word& word) {
    if (word.value == "0")
      return draft_.refuse(word, "a header without end is not possible: 1 MiB, unless set");
    draft_.text("limits", "header", word.value, word);
  }

  // One letter is enough there.
  void onDnsError(const Word& word) {
    const char first = ascii::toLower(word.value).front();
    if (first == 'a' || first == 't') {
      return draft_.text("policy", "temperror", first == 'a' ? "accept" : "tempfail", word);
    }
    draft_.refuse(word, "a DNS failure is never a permanent refusal: \"accept\" or \"tempfail\"");
  }

  void removeFrom(const Word& word) {
    const DataSet set = readDataSet(word, readFile_);
    if (!set.problem.empty()) return draft_.refuse(word, set.problem);
    for (const Item& one : set.items) {
      if (one.text.starts_with('.')) {
        draft_.refuse({one.place, word.name, one.text}, "all below a domain cannot be said: list the ids");
      } else if (!ascii::equalIgnoreCase(one.text, "HOSTNAME")) {
        draft_.item("authentication_results", "additional_ids", one, word);
      }
    }
  }

  const ReadFile& readFile_;
  Draft& draft_;
  Actions& actions_;
};

}  // namespace

void translateOpenDkim(const std::vector<Word>& words, const ReadFile& readFile, Draft& draft,
                       Actions& actions) {
  Translator translator(readFile, draft, actions);
  for (const Word& word : words) translator.take(word);
}

}  // namespace alignd::conf::migration
