// alignd-report check: would our own report mail pass DMARC, as RFC 9990 section 3.5.2 wants it?
#include <array>
#include <chrono>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/checklist.h"
#include "cli/key_checks.h"
#include "cli/policy_checks.h"
#include "dns/data/ascii.h"
#include "reporting/program/ask.h"
#include "reporting/program/commands.h"
#include "verifier/report/story.h"
#include "verifier/spf/evaluate.h"

namespace alignd::reporting {

namespace {

using ascii::cat;
using cli::Checklist;
using report::printable;

struct FreeAddresses {
  void operator()(ifaddrs* list) const { freeifaddrs(list); }
};

bool isOfTheWorld(const IpAddress& address) {
  for (const char* network : {"10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
                              "192.168.0.0/16", "::1/128", "fc00::/7", "fe80::/10"}) {
    const auto parsed = Network::parse(network);
    if (parsed && parsed->contains(address)) return false;
  }
  return true;
}

// Addresses of this machine that others could see.
std::vector<IpAddress> ownAddresses() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, FreeAddresses> owner(first);
  std::vector<IpAddress> out;
  for (const ifaddrs* at = first; at != nullptr; at = at->ifa_next) {
    if (at->ifa_addr == nullptr) continue;
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = at->ifa_addr->sa_family;
    const void* octets = nullptr;
    if (family == AF_INET) octets = &reinterpret_cast<const sockaddr_in*>(at->ifa_addr)->sin_addr;
    if (family == AF_INET6) octets = &reinterpret_cast<const sockaddr_in6*>(at->ifa_addr)->sin6_addr;
    if (octets == nullptr || ::inet_ntop(family, octets, text.data(), text.size()) == nullptr) continue;
    const auto address = IpAddress::parse(text.data());
    if (address && isOfTheWorld(*address)) out.push_back(*address);
  }
  return out;
}

std::string hostName() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data())
                                                          : std::string("localhost");
}

spf::Result evaluateSpf(const spf::Request& request, const spf::Options& options, dns::Lookups& lookups) {
  const Time deadline = std::chrono::steady_clock::now() + options.timeLimit;
  while (true) {
    lookups.setNow(std::chrono::steady_clock::now());
    if (auto result = spf::evaluate(request, options, lookups)) return *std::move(result);
    if (std::chrono::steady_clock::now() >= deadline) lookups.close();
    lookups.wait(deadline);
  }
}

struct Own {
  std::string domain;  // of the address that we report from
  bool bySpf = false;
  bool byDkim = false;
  bool unknown = false;
};

void checkSpf(const Job& job, dns::Lookups& lookups, Own& own, Checklist& list) {
  std::vector<IpAddress> addresses = job.arguments.addresses;
  if (addresses.empty()) addresses = ownAddresses();
  if (addresses.empty()) {
    list.note("spf", "this machine has no address that others see: name that of the MTA that sends by --ip");
    return;
  }
  own.bySpf = true;
  for (const IpAddress& address : addresses) {
    spf::Request request;
    request.client = address;
    request.helo = hostName();
    request.mailFrom = job.settings.reports.email;
    request.now = UnixTime(std::chrono::seconds(job.now));
    const spf::Result result = evaluateSpf(request, job.settings.verification.spf, lookups);
    const std::string text = cat({address.text(), ": ", spf::statusWord(result.status), ", ", result.text});
    if (result.status == spf::Status::Pass) {
      list.pass("spf", text);
      continue;
    }
    own.bySpf = false;
    own.unknown = own.unknown || result.status == spf::Status::TempError;
    const auto standing =
        result.status == spf::Status::TempError ? cli::Standing::Unknown : cli::Standing::Warn;
    list.add("spf", standing, text,
             cat({"name ", address.text(), " in the SPF record of ", own.domain, ", or let the MTA sign"}));
  }
}

void checkKeys(const Job& job, dns::Lookups& lookups, Own& own, Checklist& list) {
  for (const std::string& selector : job.arguments.selectors) {
    const cli::KeyReport report = cli::checkKey(selector, own.domain, lookups);
    const cli::Standing worst = report.list.worst();
    if (worst == cli::Standing::Pass || worst == cli::Standing::Warn) own.byDkim = true;
    if (worst == cli::Standing::Unknown) own.unknown = true;
    std::string text = cat({selector, ": usable"});
    std::string remedy;
    for (const cli::Check& check : report.list.checks()) {
      if (worst == cli::Standing::Pass || check.standing != worst) continue;
      text = cat({selector, ": ", check.text});
      remedy = check.remedy;
      break;
    }
    list.add("dkim_key", worst, text, remedy);
  }
  if (job.arguments.selectors.empty()) {
    list.note("dkim_key", "name the selector that the MTA signs with by --selector");
  }
}

void conclude(const Own& own, Checklist& list) {
  if (own.bySpf || own.byDkim) {
    return list.pass(
        "passes", cat({"report mail of ", own.domain, " passes DMARC by ", own.bySpf ? "SPF" : "",
                       own.bySpf && own.byDkim ? " and " : "", own.byDkim ? "DKIM, if it is signed" : ""}));
  }
  if (own.unknown) {
    return list.add("passes", cli::Standing::Unknown, "DNS did not say whether report mail passes DMARC");
  }
  list.fail("passes",
            cat({"nothing makes report mail of ", own.domain, " pass DMARC (RFC 9990 section 3.5.2)"}),
            cat({"let the MTA sign mail from ", own.domain, " with d=", own.domain,
                 " and check with --selector, or name its address in the SPF record"}));
}

// Bounces and questions go there.
void checkMx(const Own& own, dns::Lookups& lookups, Checklist& list) {
  const auto name = dns::Name::parse(own.domain);
  if (!name) return;
  const dns::Answer& answer = cli::ask(lookups, {*name, dns::Type::MX}, cli::kPatience);
  if (answer.temporary()) {
    return list.add("mx", cli::Standing::Unknown,
                    cat({"MX of ", own.domain, ": ", dns::statusName(answer.status)}));
  }
  const auto* mx = answer.records.size() == 1 ? std::get_if<dns::Mx>(&answer.records[0].data) : nullptr;
  const bool isNull = mx != nullptr && mx->exchange.isRoot();
  if (isNull || answer.status == dns::Status::NoSuchName) {
    return list.warn("mx", cat({own.domain, isNull ? " takes no mail (null MX)" : " does not exist"}),
                     "use an address that bounces and questions can be sent to as [reports] email");
  }
  list.pass("mx",
            cat({own.domain, answer.records.empty() ? " has no MX; its address takes mail" : " takes mail"}));
}

// The daemon writes there, and this program takes files away.
void checkSpool(const Options& options, Checklist& list) {
  if (!options.failure) return;
  if (::access(options.failureSpool.c_str(), R_OK | W_OK | X_OK) == 0) {
    return list.pass("failure_spool", options.failureSpool);
  }
  list.warn("failure_spool", cat({options.failureSpool, " cannot be read and written by this user"}),
            "run as the user of alignd.service, or give both the folder");
}

}  // namespace

int runCheck(const Job& job, std::ostream& out) {
  if (!isIdentified(job, out)) return kExitConfig;
  const Options& options = job.settings.reports;
  const Asker asker(job);
  dns::Lookups lookups(asker.resolver(), {32, 2000});
  Checklist list;
  Own own;
  own.domain = ascii::toLower(options.email.substr(options.email.rfind('@') + 1));
  const auto name = dns::Name::parse(own.domain);
  if (!name) {
    out << printable(own.domain) << " is no name that can be asked\n";
    return kExitConfig;
  }
  checkSpf(job, lookups, own, list);
  checkKeys(job, lookups, own, list);
  conclude(own, list);
  cli::checkPolicy(*name, job.settings.verification.dmarc, lookups, list);
  checkMx(own, lookups, list);
  checkSpool(options, list);
  out << "Report mail from " << printable(options.email) << "\n\n";
  list.print(out, false);
  const auto remedies = list.remedies();
  if (!remedies.empty()) out << "\nWhat to do next:\n";
  for (std::size_t i = 0; i < remedies.size(); ++i)
    out << "  " << i + 1 << ". " << printable(remedies[i]) << '\n';
  return list.exitCode();
}

}  // namespace alignd::reporting
