#include "conf/load.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <tuple>

#include "conf/bind.h"
#include "conf/folder.h"
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

// Adds every conf.d/NAME.toml beside the file `main`, by name; hidden files and those of other endings (what editors and
// dpkg leave behind) are none. Empty when that went well, otherwise what went wrong.
std::string addDropIns(const std::string& main, std::vector<std::string>& paths) {
  constexpr std::size_t kMaxDropIns = 256;
  const auto slash = main.rfind('/');
  const std::string folder = slash == std::string::npos ? "conf.d" : main.substr(0, slash + 1) + "conf.d";
  std::error_code fault;
  const std::vector<std::string> names = namesIn(folder, fault);
  if (fault == std::errc::no_such_file_or_directory) return {};
  if (fault) return ascii::cat({folder, ": ", fault.message()});
  const std::size_t before = paths.size();
  for (const std::string& name : names) {
    if (name.starts_with('.') || !name.ends_with(".toml")) continue;
    paths.push_back(ascii::cat({folder, "/", name}));
    if (paths.size() - before > kMaxDropIns) return folder + ": more than 256 files";
  }
  std::sort(paths.begin() + static_cast<std::ptrdiff_t>(before), paths.end());
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

// Of "smtp://host:port".
bool isLoopback(std::string_view url) {
  std::string_view host = url.substr(url.find("//") + 2);
  host = host.starts_with('[') ? host.substr(1, host.find(']') - 1) : host.substr(0, host.find(':'));
  if (host == "localhost") return true;
  const auto address = IpAddress::parse(host);
  return address && (Network::parse("127.0.0.0/8")->contains(*address) || address->text() == "::1");
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
  if (reports.identified() && !settings.log.verdicts.starts_with('/')) {
    warning(findings, "log.verdicts",
            "alignd-report reads a file: verdicts = \"/var/log/alignd/verdicts.jsonl\", or hand it the "
            "journal (alignd-report(8))");
  }
  if (reports.failure && !reports.identified()) {
    warning(findings, "reports.failure", "nothing is written before org_name, email and domain are all set");
  }
  if (!reports.user.empty() && reports.passwordFile.empty()) {
    error(findings, "reports.user", "user does nothing without password_file");
  }
  if (!reports.user.empty() && !reports.passwordFile.empty() && reports.tls != reporting::Tls::Always &&
      !reports.smtp.starts_with("smtps:") && !isLoopback(reports.smtp)) {
    error(findings, "reports.user", "the password would go to whoever answers: set tls = \"always\"");
  }
  if (!reports.sendmail.empty() && !reports.user.empty()) {
    error(findings, "reports.user", "user is for smtp; with sendmail the MTA takes the mail itself");
  }
  if (reports.maxAge > reports.keep) {
    error(findings, "reports.max_age", "max_age is longer than keep");
  }
}

// A policy that is not named would be none, and an action no change: neither is meant.
void checkRule(const policy::Rule& rule, const std::string& path, Findings& findings) {
  const auto isSet = [&](std::string_view key) {
    return findings.places.contains(ascii::cat({path, ".", key}));
  };
  const std::string where = ascii::cat({"rule ", rule.name, ": "});
  const bool byPolicy = rule.action == policy::RuleAction::Policy;
  if (byPolicy && !isSet("policy")) {
    error(findings, path + ".action",
          where + R"(action "policy" needs policy: "none", "quarantine" or "reject")");
  }
  if (!byPolicy && isSet("policy")) {
    warning(findings, path + ".policy", where + R"(policy does nothing without action = "policy")");
  }
  if (!isSet("action")) warning(findings, path, where + "has no action, and changes nothing");
}

// The policy room's own check, put at the rule, or at the key with which the text begins.
void checkPolicy(const policy::Options& options, Findings& findings) {
  for (const policy::Fault& fault : policy::faultsOf(options)) {
    const std::string key = ascii::cat({"policy.", fault.text.substr(0, fault.text.find(' '))});
    error(findings, fault.rule ? ascii::cat({"rule[", std::to_string(*fault.rule), "]"}) : key, fault.text);
  }
  for (std::size_t i = 0; i < options.rules.size(); ++i) {
    checkRule(options.rules[i], ascii::cat({"rule[", std::to_string(i), "]"}), findings);
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

// As an editor goes through the files.
void sortByPlace(std::vector<Remark>& remarks) {
  std::sort(remarks.begin(), remarks.end(), [](const Remark& a, const Remark& b) {
    return std::tie(a.at.file, a.at.line, a.at.column, a.text) <
           std::tie(b.at.file, b.at.line, b.at.column, b.text);
  });
}

}  // namespace

Loaded parse(const std::vector<Source>& sources, const ReadFile& readFile) {
  Loaded loaded;
  Findings findings;
  std::vector<Table> tables;
  for (const Source& source : sources) {
    auto document = parseDocument(source.text, static_cast<unsigned>(findings.files.size()));
    findings.files.push_back(source.name);
    if (auto* remark = std::get_if<Remark>(&document)) {
      findings.errors.push_back(std::move(*remark));
    } else {
      tables.push_back(std::move(std::get<Table>(document)));
    }
  }
  if (findings.errors.empty()) {
    Reader reader(tables, readFile, findings);
    bind(reader, loaded.settings);
    reader.refuseUnknown();
  }
  loaded.settings.policy.spf = loaded.settings.verification.spf;
  loaded.settings.authenticationResults.field.reportHelo =
      loaded.settings.verification.spf.helo == spf::HeloCheck::Report;
  if (findings.errors.empty()) {
    checkTogether(loaded.settings, findings);
    checkReports(loaded.settings, findings);
    checkPolicy(loaded.settings.policy, findings);
    loadSuffixes(loaded.settings, findings);
  }
  for (const auto& [path, all] : findings.places) {
    for (const Position& at : all) {
      std::string& text = loaded.places[path];
      if (!text.empty()) text += ", ";
      text += findings.files[at.file];
      if (at.line > 0) text += ascii::cat({":", std::to_string(at.line)});
    }
  }
  sortByPlace(findings.errors);
  sortByPlace(findings.warnings);
  const auto say = [&](const Remark& remark) { return remarkText(findings.files[remark.at.file], remark); };
  for (const Remark& remark : findings.errors) loaded.errors.push_back(say(remark));
  for (const Remark& remark : findings.warnings) loaded.warnings.push_back(say(remark));
  loaded.files = std::move(findings.files);
  return loaded;
}

Loaded parse(std::string_view text, std::string_view file) {
  return parse({{std::string(file), std::string(text)}},
               [](const std::string& path) { return FileContent{{}, path + ": not read here"}; });
}

Loaded load(const std::string& path) {
  Loaded failed;
  std::vector<Source> sources;
  std::vector<std::string> paths{path};
  if (std::string problem = addDropIns(path, paths); !problem.empty()) failed.errors.push_back(problem);
  for (const std::string& one : paths) {
    Source source{one, {}};
    if (std::string problem = readFile(one, kMaxFile, source.text); !problem.empty()) {
      failed.errors.push_back(std::move(problem));
    }
    sources.push_back(std::move(source));
  }
  if (!failed.ok()) return failed;
  return parse(sources, [](const std::string& list) {
    FileContent out;
    out.problem = readFile(list, kMaxFile, out.text);
    return out;
  });
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
