// Any octets as a message file: what is left out stood on top, nothing is made up, and reading what came out once more
// changes no line end.
#include <cstdint>
#include <string>
#include <string_view>

#include "cli/message_file.h"
#include "tests/fuzz/check.h"
#include "verifier/message/split.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace alignd;
  using test::check;
  const std::string_view raw(reinterpret_cast<const char*>(data), size);
  const std::string whole = message::toCrlf(raw);
  const cli::MessageFile plain = cli::readMessageFile(raw, "");
  check(plain.text == whole, "nothing is left out for nobody");
  check(!plain.client && plain.helo.empty(), "nor is a client found");
  const cli::MessageFile file = cli::readMessageFile(raw, "mx.example");
  check(whole.ends_with(file.text), "what is left out stands on top");
  check(file.mailFrom == plain.mailFrom, "the path does not hang on the MTA");
  check(file.mailFrom.value_or("").size() <= raw.size() && file.helo.size() <= raw.size(),
        "nothing is made up");
  check(message::split(file.text).body.size() == message::split(whole).body.size(), "the body stays");
  (void)cli::tracesOf(raw.substr(0, raw.size() / 2), raw.substr(raw.size() / 2));
  return 0;
}
