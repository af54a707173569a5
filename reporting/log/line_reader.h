// Verdict lines (alignd-verdicts(5), JSON form) read back.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "reporting/log/message.h"

namespace alignd::reporting {

/// A line longer than this is none of ours.
inline constexpr std::size_t kMaxLine = std::size_t{1} << 20U;

enum class LineKind {
  Message,  // a verdict
  Blank,    // nothing stands there
  Foreign,  // something else that shares the log
  Torn,     // a verdict line that is cut off or damaged
};

/// One reader, one thread; its buffers are used again for every line.
class LineReader {
 public:
  LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;
  ~LineReader();

  /// `line` without its newline: the object alone, behind a prefix of syslog (`Nov 22 ... alignd[7]: {`), or as
  /// MESSAGE of an entry of `journalctl -o json` (SYSLOG_IDENTIFIER alignd). Unknown members are passed over. `out` is filled for a Message only.
  LineKind read(std::string_view line, LoggedMessage& out);

 private:
  struct Buffers;
  std::unique_ptr<Buffers> buffers_;
};

/// "2026-11-22T03:14:15.926Z" in milliseconds since 1970; -1 when it is not of that form.
std::int64_t parseTime(std::string_view text);

}  // namespace alignd::reporting
