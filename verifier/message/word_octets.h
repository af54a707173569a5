// The two encodings of encoded-words (RFC 2047 section 4), read as leniently as the most lenient reader.
#pragma once

#include <string>
#include <string_view>

namespace alignd::message {

/// 0 to 63, or -1 for what is no base64.
int base64Value(char c);
/// Appends what `text` in base64 stands for; what is no base64 is passed over, octets left over are dropped. Where it goes
/// on behind padding, readers pass the padding over, begin a new group or stop: then all three, with ", " between them.
void appendB(std::string_view text, std::string& out);
/// Likewise for the "Q" encoding; a "=" without its two digits stands for itself.
void appendQ(std::string_view text, std::string& out);

}  // namespace alignd::message
