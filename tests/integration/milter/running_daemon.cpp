#include "tests/integration/milter/running_daemon.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/support/keep_line.h"

namespace alignd::test {

namespace {

using namespace std::chrono_literals;

void addTxt(dns::Zone& zone, const char* name, const char* text) {
  dns::Record record;
  record.ttl = 3600;
  record.data = dns::Txt(text);
  zone.add(*dns::Name::parse(name), dns::Type::TXT, std::move(record));
}

}  // namespace

std::string daemonProgram() {
  const char* given = std::getenv("ALIGND_PROGRAM");
  return given != nullptr ? given : ALIGND_PROGRAM;
}

RunningDaemon::RunningDaemon(const std::string& extra, const std::string& socket) : socket_(socket) {
  dns_.edit([](dns::Zone& zone) {
    addTxt(zone, "mail.example.org", "v=spf1 ip4:192.0.2.1 -all");
    addTxt(zone, "_dmarc.example.org", "v=DMARC1; p=reject");
  });
  writeConfig(extra);
  process_ = std::make_unique<ChildProcess>(
      std::vector<std::string>{daemonProgram(), "--config", configPath()}, folder_.path(), folder_ / "log");
  if (!logged("listens on")) throw std::runtime_error("alignd did not start: " + log());
}

RunningDaemon::~RunningDaemon() {
  if (process_) process_->stop();
  for (const auto& line : verdicts()) keepLine(line);
}

void RunningDaemon::writeConfig(const std::string& extra) {
  folder_.write("alignd.toml", "milter.socket = \"" + socket() +
                                   "\"\nauthentication_results.authserv_id = \"mx.example.org\"\n"
                                   "log.verdicts = \"" +
                                   verdictPath() + "\"\ndns.servers = [\"" + dns_.address() +
                                   "\"]\ndns.timeout = \"2s\"\n" + extra);
}

std::vector<std::string> RunningDaemon::verdicts() const {
  std::istringstream in(readWholeFile(verdictPath()));
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

bool RunningDaemon::logged(const std::string& text) const {
  for (int i = 0; i < 2000; ++i) {
    if (log().find(text) != std::string::npos) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

void greet(MilterClient& client, const std::string& address) {
  client.connect("client.example.org", address);
  client.helo("client.example.org");
}

void sendEnvelope(MilterClient& client, const Macros& macros) {
  client.mail({"<sender@mail.example.org>"}, macros);
  client.rcpt("<rcpt@example.net>");
  client.data();
}

EndReply sendContent(MilterClient& client, const Fields& fields, const std::string& body) {
  for (const auto& [name, value] : fields) client.header(name, value);
  client.endOfHeader();
  if (!body.empty()) client.body(body);
  return client.endOfMessage({{"i", "4Queue"}});
}

EndReply sendMessage(MilterClient& client, const Fields& fields) {
  sendEnvelope(client);
  return sendContent(client, fields);
}

}  // namespace alignd::test
