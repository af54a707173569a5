#include "conf/bind.h"
#include "conf/socket_address.h"

namespace alignd::conf {

using namespace std::chrono_literals;

namespace {

std::optional<Complaint> checkSocket(const std::string& text) {
  const auto parsed = parseSocketAddress(text);
  if (const auto* error = std::get_if<std::string>(&parsed)) return Complaint{*error};
  return std::nullopt;
}

// The numbers tell of mail traffic: they are not for the network.
std::optional<Complaint> checkMetrics(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto parsed = parseSocketAddress(text);
  if (const auto* error = std::get_if<std::string>(&parsed)) return Complaint{*error};
  const auto* inet = std::get_if<InetSocket>(&std::get<SocketAddress>(parsed));
  if (inet != nullptr && !inet->address.isLoopback()) return Complaint{"must be a loopback address"};
  return std::nullopt;
}

std::optional<Complaint> checkVerdicts(const std::string& text) {
  if (text == "stderr" || text == "stdout" || text == "syslog" || text == "journal" || text == "none") {
    return std::nullopt;
  }
  if (!text.empty() && text.front() == '/') return std::nullopt;
  return Complaint{R"(must be "stderr", "stdout", "syslog", "journal", "none" or an absolute path)"};
}

std::optional<Complaint> checkKeyFile(const std::string& text) {
  if (text.empty() || text.front() == '/') return std::nullopt;
  return Complaint{"must be an absolute path"};
}

std::variant<unsigned, std::string> readMode(const std::string& text) {
  if (const auto mode = parseMode(text)) return *mode;
  return std::string("is not a file mode: write \"0660\"");
}

void bindMilter(Section& s, Milter& milter) {
  s.text("socket", milter.socket, checkSocket);
  s.converted<unsigned>("socket_mode", milter.socketMode, Accept::Strings, readMode, modeText,
                        [&](unsigned mode) { milter.socketMode = mode; });
  s.text("socket_group", milter.socketGroup);
  s.count("backlog", milter.backlog, 1, 65535);
  s.duration("idle_time", milter.idleTime, 10s, 24h);
  s.size("packet", milter.packet, 1U << 20U, 64U << 20U);
  s.duration("stop_time", milter.stopTime, 0s, 60s);
}

void bindLog(Section& s, Log& log) {
  s.text("verdicts", log.verdicts, checkVerdicts);
  s.choice("format", log.format, {{"json", VerdictFormat::Json}, {"keyvalue", VerdictFormat::KeyValue}});
  s.choice("local_parts", log.localParts,
           {{"keep", report::LocalParts::Keep},
            {"hash", report::LocalParts::Hash},
            {"drop", report::LocalParts::Drop}});
  s.text("local_parts_key_file", log.localPartsKeyFile, checkKeyFile);
  s.choice("operational", log.operationalToSyslog, {{"stderr", false}, {"syslog", true}});
  s.choice("level", log.level,
           {{"debug", LogLevel::Debug},
            {"info", LogLevel::Info},
            {"warning", LogLevel::Warning},
            {"error", LogLevel::Error}});
  s.choice("facility", log.facility,
           {{"mail", Facility::Mail},
            {"daemon", Facility::Daemon},
            {"local0", Facility::Local0},
            {"local1", Facility::Local1},
            {"local2", Facility::Local2},
            {"local3", Facility::Local3},
            {"local4", Facility::Local4},
            {"local5", Facility::Local5},
            {"local6", Facility::Local6},
            {"local7", Facility::Local7}});
}

}  // namespace

void bindDaemon(Schema& schema, Settings& settings) {
  schema.section("milter", [&](Section& s) { bindMilter(s, settings.milter); });
  schema.section("log", [&](Section& s) { bindLog(s, settings.log); });
  schema.section("metrics", [&](Section& s) { s.text("listen", settings.metrics.listen, checkMetrics); });
}

void bind(Schema& schema, Settings& settings) {
  bindDaemon(schema, settings);
  bindHeader(schema, settings);
  bindDns(schema, settings);
  bindChecks(schema, settings);
  bindPolicies(schema, settings);
  bindReports(schema, settings);
}

}  // namespace alignd::conf
