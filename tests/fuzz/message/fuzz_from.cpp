// From fields against the slow parser; whatever comes, an author that is named is one domain in A-labels.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/fuzz/check.h"
#include "tests/fuzz/message/syntax.h"
#include "tests/unit/message/reference_from.h"
#include "verifier/message/author.h"
#include "verifier/message/from_parser.h"

namespace {

using namespace alignd;

using alignd::test::require;

// Without a library: letters in lower case, digits, hyphens, underscores, dots between them.
bool isLookupForm(const std::string& domain) {
  return !domain.empty() && domain.size() <= 253 && domain.front() != '.' && domain.back() != '.' &&
         domain.find("..") == std::string::npos && std::all_of(domain.begin(), domain.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
         });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string value(reinterpret_cast<const char*>(data), size);
  const message::FromReading reading = message::parseFrom(value);
  const bool named = reading.problem == message::AuthorProblem::None;
  require(reading.offset <= std::max(value.size(), message::kMaxFromBytes));
  require(reading.domains.size() <= 2 * message::kMaxCandidates && reading.found.size() <= 64);
  require(!named || reading.domains.size() == 1);
  // The slow one has no limits.
  if (size <= 1024 && std::count(value.begin(), value.end(), '@') <= 20 &&
      std::count(value.begin(), value.end(), '(') <= 100) {
    require(test::referenceFrom(value) == (named ? std::optional(reading.domains.front()) : std::nullopt));
  }

  message::HeaderBlock header;
  header.add({"From", value});
  const message::Author author = message::findAuthor(header);
  require(author.ambiguous() == author.domain.empty());
  require(author.ambiguous() || (isLookupForm(author.domain) && author.domains.size() == 1));
  header.add({"from ", " b@example.org"});
  require(message::findAuthor(header).ambiguous());
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t room,
                                               unsigned seed) {
  return alignd::test::mutate(alignd::test::kFrom, data, size, room, seed);
}
