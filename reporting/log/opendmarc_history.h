// OpenDMARC's HistoryFile, so that the first report after a change of filters has the whole day.
//
// Each message is a few lines "key value": job reporter received ipaddr from mfrom, a dkim a signature, spf pdomain policy
// a rua an address, pct adkim aspf p sp align_dkim align_spf arc arc_policy action. `job` is the first, `action` the last.
// Tags are the codes of their letters, results numbers of its library.
#pragma once

#include <cstdint>
#include <string_view>

#include "reporting/log/message.h"

namespace alignd::reporting {

/// Fed line by line.
class HistoryReader {
 public:
  /// A line without its newline. True when it ends a message: then message() is that. A message that is cut off, or that
  /// lacks what none lacks, is passed over, and counted.
  bool line(std::string_view text);
  const LoggedMessage& message() const { return message_; }

  /// Messages that were passed over, once the file is at its end.
  std::uint64_t torn() const { return torn_ + (open_ ? 1 : 0); }
  /// Lines with keys that no message has.
  std::uint64_t foreign() const { return foreign_; }

 private:
  void take(std::string_view key, std::string_view value);
  bool conclude(std::string_view action);

  LoggedMessage message_;
  bool open_ = false;  // a message is under way
  std::uint64_t torn_ = 0;
  std::uint64_t foreign_ = 0;
};

}  // namespace alignd::reporting
