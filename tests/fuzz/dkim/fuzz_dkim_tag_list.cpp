// Any octets as a tag list.
#include <cstdint>
#include <string_view>

#include "dns/data/ascii.h"
#include "tests/fuzz/check.h"
#include "verifier/dkim/base64.h"
#include "verifier/dkim/quoted_printable.h"
#include "verifier/dkim/tag_list.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using alignd::dkim::TagList;
  using alignd::test::check;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const TagList list = TagList::parse(text);
  check(list.ok() == list.problem().empty(), "a fault has a text");
  check(list.tags().size() <= alignd::dkim::kMaxTags, "bounded");
  check(!list.ok() || !list.tags().empty(), "a good list has a tag");
  std::size_t end = 0;
  for (const auto& tag : list.tags()) {
    check(list.find(tag.name) == &tag, "names are unique");
    check(alignd::ascii::isAlpha(tag.name.front()), "a name starts with a letter");
    check(tag.rawBegin > end && tag.rawEnd >= tag.rawBegin && tag.rawEnd <= size, "extents are in order");
    end = tag.rawEnd;
    const auto raw = text.substr(tag.rawBegin, tag.rawEnd - tag.rawBegin);
    check(alignd::dkim::trimFws(raw) == tag.value, "the value is the raw text without white space around it");
    check(raw.find(';') == std::string_view::npos, "no semicolon in a value");
    const auto packed = alignd::dkim::removeFws(tag.value);
    if (const auto octets = alignd::dkim::decodeBase64(packed))
      check(octets->size() <= packed.size(), "base64 shrinks");
    if (const auto octets = alignd::dkim::decodeQuotedPrintable(tag.value))
      check(octets->size() <= size, "so does QP");
  }
  return 0;
}
