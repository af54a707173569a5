// Any octets as a file of OpenDKIM, OpenDMARC, policyd-spf or rspamd (by the first octet), with what stands behind a NUL in
// every file that it names: there are faults with their place, or settings that are taken, and nothing foreign in them.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "conf/import/import.h"
#include "conf/load.h"
#include "tests/fuzz/check.h"

namespace {

using namespace alignd::conf;
using alignd::test::check;

bool isPrintable(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (c >= 0x20 && c < 0x7f); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view all(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto nul = all.find('\0');
  const std::string main(all.substr(0, nul));
  const std::string other(nul == std::string_view::npos ? std::string_view() : all.substr(nul + 1));
  migration::Inputs inputs;
  std::string name = "/main";
  switch (data[0]) {
    case 'k': inputs.openDkim = name; break;
    case 'm': inputs.openDmarc = name; break;
    case 's': inputs.policydSpf = name; break;
    default:
      constexpr std::string_view kModules[] = {"options.inc",       "local.d/spf.conf",
                                               "local.d/dkim.conf", "local.d/dmarc.conf",
                                               "local.d/arc.conf",  "local.d/milter_headers.conf"};
      inputs.rspamd = "/r";
      name = "/r/" + std::string(kModules[data[0] % std::size(kModules)]);
  }
  const ReadFile read = [&](const std::string& path) {
    if (path == name) return FileContent{main};
    // Only what no real file is called: the check of settings opens a list of suffixes by itself.
    if (path.starts_with("/list")) return FileContent{other};
    return FileContent{{}, path + ": not there"};
  };
  const migration::Imported imported = migration::importSettings(inputs, read);
  check(imported.faults.empty() || imported.text.empty(), "faults, or a text");
  if (!imported.faults.empty()) return 0;
  check(isPrintable(imported.text), "nothing foreign in it");
  check(parse(imported.text, "x").ok(), "what is printed is taken");
  if (!inputs.openDkim.empty())
    check(isPrintable(migration::importSigner(name, read).text), "nor in the signer's");
  return 0;
}
