// Verdict lines straight to the journal's socket: no limit of a syslog line, and no prefix.
// https://systemd.io/JOURNAL_NATIVE_PROTOCOL
#pragma once

#include <string>

#include "milter/log_socket.h"
#include "milter/verdict_log.h"

namespace alignd::milter {

inline constexpr const char* kJournalSocket = "/run/systemd/journal/socket";

/// One line is one entry, whatever its length: what no datagram takes goes as a sealed memory file. It has the fields
/// ALIGND_QUEUE_ID, ALIGND_FROM, ALIGND_DMARC, ALIGND_WHY and ALIGND_ACTION, those that are known. Any thread.
class JournalSink final : public LineSink {
 public:
  /// Throws std::system_error when nobody listens at `path`.
  explicit JournalSink(const std::string& path = kJournalSocket) : socket_(path) {}
  bool write(std::string_view line, const LineFields& fields) noexcept override;

 private:
  LogSocket socket_;
};

}  // namespace alignd::milter
