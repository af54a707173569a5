#include "conf/import/signer.h"

#include <algorithm>

#include "conf/import/keyword.h"
#include "dns/data/ascii.h"

namespace alignd::conf::migration {

namespace {

using ascii::cat;

// What a signer reads beside its own: who is internal is signed for, and how the process logs and asks.
bool staysBeside(std::string_view name) {
  const auto among = {"InternalHosts",      "Syslog",         "SyslogFacility",  "SyslogName",
                      "SyslogSuccess",      "LogWhy",         "LogResults",      "Nameservers",
                      "TemporaryDirectory", "MaximumHeaders", "TrustAnchorFile", "DNSTimeout",
                      "PeerList",           "MTACommand",     "SoftwareHeader",  "SetupPolicyScript"};
  return std::any_of(among.begin(), among.end(),
                     [&](const char* one) { return ascii::equalIgnoreCase(one, name); });
}

std::string printable(std::string_view text) {
  std::string out(text);
  std::replace_if(out.begin(), out.end(), [](char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return out;
}

}  // namespace

std::string signerFile(const std::string& name, const std::vector<Word>& words) {
  std::string out = cat({"# opendkim.conf for signing alone, made by alignd from ", printable(name),
                         ".\n# alignd verifies. In Postfix: this milter in smtpd_milters of the submission "
                         "services, and behind\n"
                         "# alignd in non_smtpd_milters.\n"
                         "Mode                    s\n"
                         "# Authentication-Results are alignd's.\n"
                         "KeepAuthResults         yes\n"});
  const bool signs = std::any_of(words.begin(), words.end(), [](const Word& word) {
    return ascii::equalIgnoreCase(word.name, "KeyTable") || ascii::equalIgnoreCase(word.name, "KeyFile");
  });
  if (!signs) out += "# It has no key: there is nothing to sign with, and OpenDKIM can go.\n";
  std::string dropped;
  for (const Word& word : words) {
    if (ascii::equalIgnoreCase(word.name, "Mode") || ascii::equalIgnoreCase(word.name, "KeepAuthResults"))
      continue;
    const Keyword* row = find(openDkimKeywords(), word.name);
    const bool stays =
        row == nullptr || row->fate == Fate::Signing || row->fate == Fate::Unit || staysBeside(word.name);
    const std::string padding(word.name.size() < 24 ? 24 - word.name.size() : 1, ' ');
    if (stays) {
      out += cat({printable(word.name), padding, printable(word.value), "\n"});
    } else {
      dropped += cat(
          {"# ", printable(word.place.text()), ": ", printable(word.name), " ", printable(word.value), "\n"});
    }
  }
  if (!dropped.empty()) out += "\n# For verifying, which alignd does:\n" + dropped;
  return out;
}

}  // namespace alignd::conf::migration
