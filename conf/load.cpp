#include "conf/load.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "conf/bind.h"
#include "conf/reader.h"
#include "conf/writer.h"
#include "verifier/dmarc/public_suffix_list.h"

namespace alignd::conf {

namespace {

constexpr std::size_t kMaxFile = std::size_t{4} << 20U;

// The whole file into `out`. Empty when that went well, otherwise what went wrong.
std::string readFile(const std::string& path, std::size_t limit, std::string& out) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (in) {
    out.resize(limit + 1);
    in.read(out.data(), static_cast<std::streamsize>(out.size()));
    out.resize(static_cast<std::size_t>(in.gcount()));
  }
  if (!in.is_open() || in.bad()) return path + ": " + std::strerror(errno == 0 ? EIO : errno);
  if (out.size() > limit) return ascii::cat({path, ": larger than ", sizeText(limit)});
  return {};
}

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
  for (const auto& [key, networks] : {std::pair("relays", &settings.trust.relays),
                                      {"upstream_networks", &settings.trust.upstreamNetworks}}) {
    if (std::any_of(networks->begin(), networks->end(), [](const Network& one) { return one.prefix == 0; })) {
      error(findings, ascii::cat({"trust.", key}),
            ascii::cat({key, " must not be everybody: their word is believed"}));
    }
  }
  if (settings.trust.upstreamNetworks.empty() && !settings.trust.upstreamMethods.empty()) {
    error(findings, "trust.upstream_methods", "upstream_methods does nothing without upstream_networks");
  }
}

void checkReports(const Settings& settings, Findings& findings) {
  const reporting::Options& reports = settings.reports;
  const bool some = !reports.orgName.empty() || !reports.email.empty() || !reports.domain.empty();
  if (some && !reports.identified()) {
    warning(findings, "reports", "no report is made before org_name, email and domain are all set");
  }
  if (reports.identified() && settings.log.format != VerdictFormat::Json) {
    warning(findings, "log.format", "alignd-report reads verdict lines in the format \"json\" only");
  }
  if (!reports.user.empty() && reports.passwordFile.empty()) {
    error(findings, "reports.user", "user does nothing without password_file");
  }
  if (!reports.sendmail.empty() && !reports.user.empty()) {
    error(findings, "reports.user", "user is for smtp; with sendmail the MTA takes the mail itself");
  }
  if (reports.maxAge > reports.keep) {
    error(findings, "reports.max_age", "max_age is longer than keep");
  }
}

// The policy room's own check, put at the rule that it is about.
void checkPolicy(policy::Options options, Findings& findings) {
  const std::vector<policy::Rule> rules = std::move(options.rules);
  options.rules.clear();
  std::vector<std::string> said = policy::check(options);
  for (const auto& line : said) error(findings, "policy", line);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    options.rules.push_back(rules[i]);  // those above it stay: names must differ
    for (const auto& line : policy::check(options)) {
      if (std::find(said.begin(), said.end(), line) != said.end()) continue;
      said.push_back(line);
      error(findings, ascii::cat({"rule[", std::to_string(i), "]"}), line);
    }
  }
}

// organizational_domain = "psl" needs its list: a daemon that falls back in silence would judge by other rules.
void loadSuffixes(Settings& settings, Findings& findings) {
  dmarc::Options& options = settings.verification.dmarc;
  if (options.organizationalDomain == dmarc::OrganizationalDomain::TreeWalk) return;
  const std::string& path = settings.dmarc.publicSuffixList;
  if (path == "builtin") {
    options.list = dmarc::builtinPublicSuffixList();
    if (!options.list)
      error(findings, "dmarc.public_suffix_list", "libpsl has no list of its own: name a file");
    return;
  }
  std::string content;
  if (const std::string problem = readFile(path, std::size_t{16} << 20U, content); !problem.empty()) {
    return error(findings, "dmarc.public_suffix_list", problem);
  }
  options.list = dmarc::parsePublicSuffixList(content);
  if (!options.list) error(findings, "dmarc.public_suffix_list", path + " is no list of public suffixes");
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
  loaded.settings.policy.spf = loaded.settings.verification.spf;
  loaded.settings.authenticationResults.field.reportHelo =
      loaded.settings.verification.spf.helo == spf::HeloCheck::Report;
  if (findings.errors.empty()) {
    checkTogether(loaded.settings, findings);
    checkReports(loaded.settings, findings);
    checkPolicy(loaded.settings.policy, findings);
    loadSuffixes(loaded.settings, findings);
  }
  for (const auto& [path, at] : findings.places) {
    if (at.line > 0) loaded.places[path] = ascii::cat({file, ":", std::to_string(at.line)});
  }
  for (const Remark& remark : findings.errors) loaded.errors.push_back(remarkText(file, remark));
  for (const Remark& remark : findings.warnings) loaded.warnings.push_back(remarkText(file, remark));
  return loaded;
}

Loaded load(const std::string& path) {
  std::string content;
  if (std::string problem = readFile(path, kMaxFile, content); !problem.empty()) {
    Loaded loaded;
    loaded.errors.push_back(std::move(problem));
    return loaded;
  }
  return parse(content, path);
}

namespace {

std::string written(const Settings& settings, const Places* places) {
  std::string out;
  Writer writer(out, places);
  Settings copy = settings;  // binding goes both ways; a writer changes nothing
  bind(writer, copy);
  return out;
}

}  // namespace

std::string text(const Settings& settings) {
  return written(settings, nullptr);
}

std::string text(const Settings& settings, const Places& places) {
  return written(settings, &places);
}

}  // namespace alignd::conf
