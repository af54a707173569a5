#include <algorithm>

#include "conf/bind.h"

namespace alignd::conf {

using namespace std::chrono_literals;

namespace {

bool isDomain(std::string_view text) {
  return text.find('.') != std::string_view::npos && text.front() != '.' && text.back() != '.' &&
         text.size() < 254 &&
         std::all_of(
             text.begin(), text.end(),
             [](char c) { return ascii::isAlnum(c) || c == '-' || c == '_' || c == '.'; });
}

std::optional<Complaint> checkDomain(const std::string& text) {
  if (text.empty() || isDomain(text)) return std::nullopt;
  return Complaint{"is not a domain name (A-labels)"};
}

std::optional<Complaint> checkPattern(const std::string& text) {
  if (isDomain(text.starts_with("*.") ? std::string_view(text).substr(2) : std::string_view(text)))
    return std::nullopt;
  return Complaint{R"(is not a domain: write "example.org" or "*.example.org")"};
}

// It stands in From, in MAIL FROM and in XML.
std::optional<Complaint> checkEmail(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto at = text.rfind('@');
  const bool good = at != std::string::npos && at > 0 && at + 1 < text.size() &&
                    isDomain(std::string_view(text).substr(at + 1)) &&
                    std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), [](char c) {
                      return ascii::isAlnum(c) || std::string_view("-_.+=").find(c) != std::string_view::npos;
                    });
  if (good) return std::nullopt;
  return Complaint{"is not a plain mail address"};
}

std::optional<Complaint> checkPath(const std::string& text) {
  if (text.empty() || text.front() == '/') return std::nullopt;
  return Complaint{"must be an absolute path"};
}

std::optional<Complaint> checkFolder(const std::string& text) {
  if (text.size() > 1 && text.front() == '/') return std::nullopt;
  return Complaint{"must be an absolute path"};
}

std::optional<Complaint> checkFieldName(const std::string& text) {
  const bool good = !text.empty() && std::all_of(text.begin(), text.end(),
                                                 [](char c) { return c > ' ' && c < 0x7f && c != ':'; });
  if (good) return std::nullopt;
  return Complaint{R"(is no name of a header field: write "Subject")"};
}

std::optional<Complaint> checkStore(const std::string& text) {
  if (text.starts_with("postgresql://") || text.starts_with("postgres://")) return std::nullopt;
  if (!text.empty() && text.front() == '/') return std::nullopt;
  return Complaint{R"(must be an absolute path or "postgresql://...")"};
}

std::optional<Complaint> checkSmtp(const std::string& text) {
  for (const std::string_view scheme : {"smtp://", "smtps://"}) {
    if (text.starts_with(scheme) && text.size() > scheme.size() &&
        text.find_first_of("@ /?#", scheme.size()) == std::string::npos) {
      return std::nullopt;
    }
  }
  return Complaint{R"(must be "smtp://host:port" or "smtps://host:port")"};
}

// No control may break a header field or a line of XML.
std::optional<Complaint> checkLine(const std::string& text) {
  if (std::none_of(text.begin(), text.end(), ascii::isControl)) return std::nullopt;
  return Complaint{"must be one line of text"};
}

}  // namespace

void bindReports(Schema& schema, Settings& settings) {
  schema.section("reports", [&](Section& s) {
    reporting::Options& reports = settings.reports;
    s.text("org_name", reports.orgName, checkLine);
    s.text("email", reports.email, checkEmail);
    s.text("domain", reports.domain, checkDomain);
    s.text("extra_contact_info", reports.extraContactInfo, checkLine);
    s.text("store", reports.store, checkStore);
    s.duration("keep", reports.keep, 24h * 2, 24h * 3650);
    s.duration("max_age", reports.maxAge, 24h, 24h * 365);
    s.duration("settle", reports.settle, 0s, 12h);
    s.flag("envelope_to", reports.envelopeTo);
    s.flag("own_domain", reports.ownDomain);
    s.count("minimum_messages", reports.minimumMessages, 1, 1'000'000);
    s.count("max_records", reports.maxRecords, 100, 10'000'000);
    s.size("max_size", reports.maxSize, 64U << 10U, 1U << 30U);
    s.count("max_destinations", reports.maxDestinations, 1, 100);
    s.count("host_cap", reports.hostCap, 1, 1'000'000);
    s.strings("only", reports.only, checkPattern);
    s.strings("never", reports.never, checkPattern);
    s.text("smtp", reports.smtp, checkSmtp);
    s.text("sendmail", reports.sendmail, checkPath);
    s.choice("tls", reports.tls,
             {{"never", reporting::Tls::Never},
              {"offered", reporting::Tls::WhereOffered},
              {"always", reporting::Tls::Always}});
    s.text("ca_file", reports.caFile, checkPath);
    s.text("user", reports.user, checkLine);
    s.text("password_file", reports.passwordFile, checkPath);
    s.duration("timeout", reports.timeout, 1s, 600s);
    s.duration("spread", reports.spread, 0s, 20h);
    s.duration("retry_for", reports.retryFor, 0s, 24h * 14);
    s.text("metrics_file", reports.metricsFile, checkPath);
    s.flag("failure", reports.failure);
    s.text("failure_spool", reports.failureSpool, checkFolder);
    s.count("failure_files", reports.failureFiles, 1, 100'000);
    s.size("failure_size", reports.failureSize, 64U << 10U, 1U << 30U);
    s.count("failure_rate", reports.failureRate, 1, 10'000);
    s.flag("failure_redact", reports.failureRedact);
    s.strings("failure_fields", reports.failureFields, checkFieldName);
    s.size("failure_body", reports.failureBody, 0, 64U << 10U);
  });
}

}  // namespace alignd::conf
