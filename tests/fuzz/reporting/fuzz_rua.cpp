// Any octets as a DMARC record's rua: what is taken is a plain address, good for SMTP, a header and a shell.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "dns/data/ascii.h"
#include "reporting/aggregate/rua.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace alignd::reporting;
  using alignd::test::check;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto uris = urisOfRecord(text, "rua");
  check(uris.size() <= 100, "bounded");
  uris.emplace_back(text);
  for (const auto& uri : uris) {
    const auto read = readRuaUri(uri);
    const auto* box = std::get_if<Mailbox>(&read);
    if (box == nullptr) continue;
    check(box->address.size() <= 64 + 1 + 253, "no longer than SMTP takes");
    check(box->address.front() != '-' && std::count(box->address.begin(), box->address.end(), '@') == 1,
          "one mailbox");
    check(std::none_of(box->address.begin(), box->address.end(),
                       [](char c) {
                         return c <= ' ' || c >= 0x7f ||
                                std::string_view("\"\\<>()[]|;`,:").find(c) != std::string_view::npos;
                       }),
          "nothing that means more");
    const auto again = readRuaUri("mailto:" + box->address);
    // A percent sign or an exclamation mark of the address would be read once more.
    if (box->address.find_first_of("%!?") == std::string::npos) {
      check(std::get<Mailbox>(again).address == box->address, "an address gives itself");
    }
  }
  return 0;
}
