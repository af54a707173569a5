// alignd with settings of its own, a DNS server of its own, and everything in a private folder.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/fault_dns_server.h"
#include "tests/support/milter_client.h"

namespace alignd::test {

/// The daemon under test: $ALIGND_PROGRAM (an older one, to see what it did), or the one that was built.
std::string daemonProgram();

class RunningDaemon {
 public:
  /// `extra` is put behind the settings that every test has: socket, authserv_id mx.example.org, servers, verdict log.
  /// The zone has mail.example.org with SPF for 192.0.2.1, and DMARC p=reject for example.org.
  /// Without a `socket` it listens on a unix socket in its folder.
  explicit RunningDaemon(const std::string& extra = "", const std::string& socket = "");
  RunningDaemon(const RunningDaemon&) = delete;
  RunningDaemon& operator=(const RunningDaemon&) = delete;
  /// Ends it, and keeps its verdict lines (keep_line.h).
  ~RunningDaemon();

  std::string socket() const { return socket_.empty() ? "unix:" + folder_ / "alignd.sock" : socket_; }
  FaultDnsServer& dns() { return dns_; }
  ChildProcess& process() { return *process_; }
  const TempFolder& folder() const { return folder_; }
  std::string configPath() const { return folder_ / "alignd.toml"; }
  void writeConfig(const std::string& extra);
  std::string verdictPath() const { return folder_ / "verdicts.jsonl"; }
  std::vector<std::string> verdicts() const;
  std::string log() const { return readWholeFile(folder_ / "log"); }
  /// Waits until the operational log has `text`; false after 20 s.
  bool logged(const std::string& text) const;

 private:
  TempFolder folder_;
  std::string socket_;
  FaultDnsServer dns_;
  std::unique_ptr<ChildProcess> process_;
};

using Fields = std::vector<std::pair<std::string, std::string>>;

/// A message from sender@mail.example.org by 192.0.2.1, connection included or not.
void greet(MilterClient& client, const std::string& address = "192.0.2.1");
void sendEnvelope(MilterClient& client, const Macros& macros = {});
EndReply sendContent(MilterClient& client,
                     const Fields& fields = {{"From", " a@example.org"}, {"Subject", " x"}},
                     const std::string& body = "hello\r\n");
/// Both.
EndReply sendMessage(MilterClient& client,
                     const Fields& fields = {{"From", " a@example.org"}, {"Subject", " x"}});

inline constexpr const char* kResults = "Authentication-Results";

}  // namespace alignd::test
