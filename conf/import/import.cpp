#include "conf/import/import.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include <sys/stat.h>

#include "conf/import/signer.h"
#include "conf/import/translate.h"
#include "dns/data/ascii.h"

namespace alignd::conf::migration {

bool Inputs::any() const {
  return !openDkim.empty() || !openDmarc.empty() || !policydSpf.empty() || !rspamd.empty();
}

Imported importSettings(const Inputs& inputs, const ReadFile& readFile) {
  Imported out;
  Draft draft;
  Actions actions;
  std::vector<std::string> sources;
  const auto take = [&](const std::string& file, Style style, auto translate) {
    if (file.empty()) return;
    sources.push_back(file);
    const Words words = readWords(file, style, readFile);
    out.faults.insert(out.faults.end(), words.faults.begin(), words.faults.end());
    translate(words.words, readFile, draft, actions);
  };
  take(inputs.openDmarc, Style::Blank, translateOpenDmarc);
  take(inputs.openDkim, Style::Blank, translateOpenDkim);
  take(inputs.policydSpf, Style::Equals, translatePolicydSpf);
  if (!inputs.rspamd.empty()) {
    sources.push_back(inputs.rspamd);
    const auto faults = translateRspamd(inputs.rspamd, readFile, draft);
    out.faults.insert(out.faults.end(), faults.begin(), faults.end());
  }
  if (!out.faults.empty()) return out;
  decideMode(actions, draft);
  if (actions.signs) {
    draft.remark("OpenDKIM goes on signing: alignd --import-opendkim-signer FILE prints its reduced file.");
  } else if (!inputs.openDkim.empty()) {
    draft.remark("OpenDKIM has no key to sign with: alignd replaces it.");
  }
  if (!draft.has("milter", "socket")) {
    draft.remark("In main.cf: smtpd_milters = unix:alignd/alignd.sock");
  }
  out.text = draft.finish(sources);
  out.refused = draft.refused();
  return out;
}

Imported importSigner(const std::string& openDkim, const ReadFile& readFile) {
  Imported out;
  const Words words = readWords(openDkim, Style::Blank, readFile);
  out.faults = words.faults;
  if (out.faults.empty()) out.text = signerFile(openDkim, words.words);
  return out;
}

FileContent readImported(const std::string& path) {
  constexpr std::size_t kMax = std::size_t{4} << 20U;
  FileContent out;
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    out.problem = ascii::cat({path, ": ", std::strerror(errno)});
  } else if (!S_ISREG(status.st_mode)) {
    out.problem = path + ": is no file";
  } else {
    std::ifstream in(path, std::ios::binary);
    out.text.resize(kMax + 1);
    in.read(out.text.data(), static_cast<std::streamsize>(out.text.size()));
    out.text.resize(static_cast<std::size_t>(in.gcount()));
    if (!in.is_open() || in.bad()) {
      out.problem = path + ": cannot be read";
    } else if (out.text.size() > kMax) {
      out.problem = path + ": larger than 4 MiB";
    }
  }
  return out;
}

}  // namespace alignd::conf::migration
