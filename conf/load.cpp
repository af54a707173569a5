#include "conf/load.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "conf/bind.h"
#include "conf/reader.h"
#include "conf/writer.h"

namespace alignd::conf {

namespace {

constexpr std::size_t kMaxFile = std::size_t{4} << 20U;

void error(Findings& findings, std::string_view path, std::string text) {
  findings.errors.push_back({findings.place(path), std::move(text)});
}
void warning(Findings& findings, std::string_view path, std::string text) {
  findings.warnings.push_back({findings.place(path), std::move(text)});
}

// What no single key can be blamed for.
void checkTogether(const Settings& settings, Findings& findings) {
  const auto& engine = settings.dns.engine;
  if (engine.timeout > settings.verification.dnsTime) {
    warning(findings, "dns.timeout",
            "timeout of one question is longer than message_time, which ends the waiting before");
  }
  if (settings.verification.budget.inFlight > settings.verification.budget.total) {
    warning(findings, "dns.message_in_flight", "message_in_flight is more than message_questions");
  }
  if (settings.verification.maxHeaderBytes > settings.milter.packet) {
    error(findings, "limits.header", "header is larger than [milter] packet, which would refuse it before");
  }
  if (settings.dns.engine.servers.size() > 8) {
    warning(findings, "dns.servers", "more than 8 servers: the last ones will hardly ever be asked");
  }
  if (!settings.trust.upstreamNetworks.empty() && settings.trust.upstreamIds.empty()) {
    error(findings, "trust.upstream_networks", "upstream_networks does nothing without upstream_ids");
  }
  if (settings.trust.upstreamNetworks.empty() && !settings.trust.upstreamIds.empty()) {
    error(findings, "trust.upstream_ids", "upstream_ids does nothing without upstream_networks");
  }
}

}  // namespace

Loaded parse(std::string_view text, std::string_view file) {
  Loaded loaded;
  auto document = parseDocument(text);
  if (const auto* remark = std::get_if<Remark>(&document)) {
    loaded.errors.push_back(remarkText(file, *remark));
    return loaded;
  }
  Findings findings;
  Reader reader(std::get<Table>(document), findings);
  bind(reader, loaded.settings);
  reader.refuseUnknown();
  if (findings.errors.empty()) checkTogether(loaded.settings, findings);
  for (const Remark& remark : findings.errors) loaded.errors.push_back(remarkText(file, remark));
  for (const Remark& remark : findings.warnings) loaded.warnings.push_back(remarkText(file, remark));
  return loaded;
}

Loaded load(const std::string& path) {
  Loaded loaded;
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::string text;
  if (in) {
    text.resize(kMaxFile + 1);
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
  }
  if (!in.is_open() || in.bad()) {
    const int reason = errno == 0 ? EIO : errno;
    loaded.errors.push_back(path + ": " + std::strerror(reason));
    return loaded;
  }
  if (text.size() > kMaxFile) {
    loaded.errors.push_back(path + ": larger than 4 MiB");
    return loaded;
  }
  return parse(text, path);
}

std::string text(const Settings& settings) {
  std::string out;
  Writer writer(out);
  Settings copy = settings;  // binding goes both ways; a writer changes nothing
  bind(writer, copy);
  return out;
}

}  // namespace alignd::conf
