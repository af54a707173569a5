// Any octets as a DMARC record: bounded, and consistent with RFC 9989 section 4.10.1.
#include <cstdint>
#include <string>

#include "tests/fuzz/check.h"
#include "tests/fuzz/dmarc/syntax.h"
#include "verifier/dmarc/record.h"

namespace {

using alignd::test::require;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace alignd::dmarc;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto record = parseRecord(text);
  const bool version =
      !text.empty() && (text[0] == 'v' || text[0] == 'V') && text.find("DMARC1") != std::string::npos;
  require(!record || version);
  if (!record) return 0;
  const bool whole = text.size() <= kShownRecord;
  require(record->text == (whole ? text : text.substr(0, kShownRecord) + "..."));
  require(record->rua.size() <= kMaxUris && record->ruf.size() <= kMaxUris);
  require(!record->assumedNone || (record->usable && !record->rua.empty() && record->policy == Policy::None));
  require(record->usable || (record->rua.empty() && !record->subdomain && !record->nonexistent));
  require(record->psd == 'y' || record->psd == 'n' || record->psd == 'u');
  for (const auto& uri : record->rua) require(isReportingUri(uri));
  // Unknown and empty tags at the end change nothing.
  const auto longer = parseRecord(text + "; unknown=1;;");
  require(longer && longer->policy == record->policy && longer->usable == record->usable &&
          longer->rua == record->rua);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t room,
                                               unsigned seed) {
  return alignd::test::mutate(alignd::test::kDmarc, data, size, room, seed);
}
