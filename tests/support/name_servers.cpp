#include "tests/support/name_servers.h"

#include <array>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "dns/data/ascii.h"
#include "tests/support/dns_message.h"
#include "tests/support/fault_dns_loop.h"

namespace alignd::test {

namespace {

using std::chrono::milliseconds;
constexpr auto kPatience = std::chrono::seconds(20);  // a machine may be busy

sockaddr_in socketAddress(const Endpoint& endpoint) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(endpoint.port);
  inet_pton(AF_INET, endpoint.ip.c_str(), &out.sin_addr);
  return out;
}

bool canBind(const Endpoint& endpoint, int type) {
  const Fd fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  const auto address = socketAddress(endpoint);
  return ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool isFree(const Endpoint& endpoint) {
  return canBind(endpoint, SOCK_DGRAM) && canBind(endpoint, SOCK_STREAM);
}

std::string soaQuery(const std::string& zone) {
  std::string wire;
  for (std::string_view rest = zone; !rest.empty();) {
    const auto label = rest.substr(0, rest.find('.'));
    wire += static_cast<char>(label.size());
    wire += label;
    rest.remove_prefix(std::min(rest.size(), label.size() + 1));
  }
  wire += std::string("\0\0\6\0\1", 5);
  MessageWriter out(4711, kFlagRd);
  out.question(wire);
  return out.finish();
}

// True when the server at `endpoint` answers the question for the zone's SOA record with one.
bool serves(const Endpoint& endpoint, const std::string& zone) {
  const Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto address = socketAddress(endpoint);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return false;
  const std::string query = soaQuery(zone);
  if (::send(fd.get(), query.data(), query.size(), 0) < 0) return false;
  pollfd one{fd.get(), POLLIN, 0};
  if (::poll(&one, 1, 500) <= 0) return false;
  std::array<char, 4096> reply{};
  if (::recv(fd.get(), reply.data(), reply.size(), 0) < 12) return false;
  return (reply[3] & 0x0f) == 0 && reply[7] > 0;
}

void waitUntilServed(ChildProcess& process, const Endpoint& endpoint, const std::vector<std::string>& zones,
                     const std::string& log) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (const auto& zone : zones) {
    while (!serves(endpoint, zone)) {
      if (!process.running() || std::chrono::steady_clock::now() > deadline) {
        throw std::runtime_error("no answer from " + endpoint.text() + " for zone \"" + zone + "\":\n" +
                                 readWholeFile(log));
      }
      std::this_thread::sleep_for(milliseconds(20));
    }
  }
}

void runTool(const std::vector<std::string>& arguments, const TempFolder& folder) {
  ChildProcess tool(arguments, folder.path(), folder / "log");
  if (tool.wait(kPatience) != 0) {
    throw std::runtime_error(arguments[0] + " failed:\n" + readWholeFile(folder / "log"));
  }
}

std::string program(const std::string& name) {
  const auto found = findProgram(name);
  if (!found) throw std::runtime_error(name + " is not installed");
  return *found;
}

std::string missing(const std::vector<std::string>& programs, const std::string& package) {
  for (const auto& name : programs) {
    if (!findProgram(name))
      return ascii::cat({"skipped: ", name, " is not installed (Debian package ", package, ")"});
  }
  return {};
}

std::string absolute(const std::string& zone) {
  return zone + ".";
}

std::string masterFile(const ServedZone& zone) {
  return ascii::cat({"$ORIGIN ", absolute(zone.name), "\n$TTL 300\n@ IN SOA ns.invalid. hostmaster.invalid. ",
                     "1 3600 600 86400 60\n", zone.records});
}

}  // namespace

std::string missingNameServers() {
  const std::string nsd = missing({"nsd"}, "nsd");
  return nsd.empty() ? missing({"unbound"}, "unbound") : nsd;
}

std::string missingZoneSigner() {
  return missing({"ldns-keygen", "ldns-signzone"}, "ldnsutils");
}

std::optional<std::vector<Endpoint>> freeEndpoints(std::size_t count, bool privileged) {
  std::random_device random;
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::vector<Endpoint> out;
    const auto port = static_cast<std::uint16_t>(privileged ? 53 : 20000 + random() % 12000);
    while (out.size() < count) {
      Endpoint one;
      one.ip = "127." + std::to_string(1 + random() % 254) + "." + std::to_string(random() % 256) + "." +
               std::to_string(1 + random() % 254);
      one.port = port;
      if (!isFree(one)) break;
      out.push_back(one);
    }
    if (out.size() == count) return out;
  }
  return std::nullopt;
}

Nsd::Nsd(Endpoint endpoint, const std::vector<ServedZone>& zones) : endpoint_(std::move(endpoint)) {
  std::string conf =
      ascii::cat({"server:\n  ip-address: ", endpoint_.ip, "@", std::to_string(endpoint_.port),
                  "\n  username: \"\"\n  chroot: \"\"\n  database: \"\"\n  server-count: 1\n  zonesdir: \"",
                  folder_.path(), "\"\n  pidfile: \"", folder_ / "pid", "\"\n  xfrdfile: \"",
                  folder_ / "xfrd", "\"\n  zonelistfile: \"", folder_ / "zones", "\"\n  xfrdir: \"",
                  folder_.path(), "\"\n  reuseport: no\nremote-control:\n  control-enable: no\n"});
  std::vector<std::string> names;
  for (const auto& zone : zones) {
    std::string file = folder_.write("zone" + std::to_string(names.size()), masterFile(zone));
    if (zone.isSigned) file = sign(zone, file);
    conf += ascii::cat({"zone:\n  name: \"", absolute(zone.name), "\"\n  zonefile: \"", file, "\"\n"});
    names.push_back(zone.name);
  }
  const std::vector<std::string> command{program("nsd"), "-d", "-c", folder_.write("nsd.conf", conf)};
  process_.emplace(command, folder_.path(), folder_ / "log");
  waitUntilServed(*process_, endpoint_, names, folder_ / "log");
}

// One key that signs both the zone and its own DNSKEY set is enough for a test.
std::string Nsd::sign(const ServedZone& zone, const std::string& file) {
  runTool({program("ldns-keygen"), "-a", "ECDSAP256SHA256", "-k", "-r", "/dev/urandom", absolute(zone.name)},
          folder_);
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    const std::string stem = entry.path().stem().string();
    if (entry.path().extension() != ".private" || !stem.starts_with("K" + absolute(zone.name) + "+"))
      continue;
    trustAnchors_ += readWholeFile(folder_ / (stem + ".key"));
    runTool(
        {program("ldns-signzone"), "-o", absolute(zone.name), "-f", file + ".signed", file, folder_ / stem},
        folder_);
    return file + ".signed";
  }
  throw std::runtime_error("ldns-keygen made no key");
}

Unbound::Unbound(Endpoint endpoint, const UnboundSettings& settings, const std::string& probe)
    : endpoint_(std::move(endpoint)) {
  const bool validates = !settings.trustAnchors.empty();
  std::string conf = R"(server:
  username: ""
  chroot: ""
  use-syslog: no
  logfile: ""
  do-daemonize: no
  do-ip6: no
  num-threads: 1
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
  harden-glue: yes
  harden-below-nxdomain: yes
  harden-dnssec-stripped: yes
  qname-minimisation: yes
  val-log-level: 2
)";
  conf += ascii::cat({"  directory: \"", folder_.path(), "\"\n  pidfile: \"", folder_ / "pid",
                      "\"\n  interface: ", endpoint_.ip, "@", std::to_string(endpoint_.port),
                      "\n  module-config: \"", validates ? "validator iterator" : "iterator", "\"\n"});
  if (validates) {
    conf += ascii::cat({"  trust-anchor-file: \"", folder_.write("anchors", settings.trustAnchors), "\"\n"});
  }
  if (settings.root) {
    const std::string hints =
        ". 3600 IN NS ns.root-server.\nns.root-server. 3600 IN A " + settings.root->ip + "\n";
    conf += ascii::cat({"  root-hints: \"", folder_.write("hints", hints), "\"\n"});
  }
  conf += "remote-control:\n  control-enable: no\n";
  for (const auto& stub : settings.stubs) {
    conf += ascii::cat({"stub-zone:\n  name: \"", absolute(stub.zone), "\"\n  stub-addr: ", stub.server.ip,
                        "@", std::to_string(stub.server.port), "\n  stub-no-cache: no\n"});
  }
  const std::vector<std::string> command{program("unbound"), "-d", "-p", "-c",
                                         folder_.write("unbound.conf", conf)};
  process_.emplace(command, folder_.path(), folder_ / "log");
  waitUntilServed(*process_, endpoint_, {probe}, folder_ / "log");
}

}  // namespace alignd::test
