// A whole message in memory, taken apart as an MTA takes it: for alignd-check, tests and those who embed the
// verifier.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "verifier/message/header_block.h"

namespace alignd::message {

struct SplitMessage {
  std::vector<RawField> fields;  // top to bottom; views into what was split
  std::string_view body;         // everything after the empty line; may be empty
};

/// `raw` has CRLF line ends (see toCrlf). A line that is no field and no continuation ends the header, as
/// MTAs see it: it is the first line of the body. Folds stay inside the values; nothing is interpreted.
/// Linear.
SplitMessage split(std::string_view raw);

/// A message from a file: when no line ends in CRLF, every LF becomes CRLF (what an MTA puts on the wire for
/// it); a message with CRLF anywhere is exact already and stays. An mbox "From " line on top is dropped.
std::string toCrlf(std::string_view file);

}  // namespace alignd::message
