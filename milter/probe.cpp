#include "milter/probe.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>

#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/socket_address.h"
#include "dns/data/ascii.h"
#include "dns/engine/resolv_conf.h"
#include "milter/kick.h"

namespace alignd::milter {

namespace {

using ascii::cat;
using Remarks = std::vector<ProbeRemark>;

// Who is going to run.
struct User {
  uid_t id = ::geteuid();
  gid_t group = ::getegid();
  std::string name = "this user";
};

User serviceUser() {
  User user;
  if (user.id != 0) return user;
  if (const passwd* entry = ::getpwnam("alignd"); entry != nullptr) {
    user = {entry->pw_uid, entry->pw_gid, "user alignd"};
  }
  return user;
}

// By mode alone: what lists and namespaces add is not looked at. `wanted`: of S_IROTH, S_IWOTH and S_IXOTH.
bool may(mode_t wanted, const struct stat& status, const User& user) {
  if (user.id == 0) return true;
  if (status.st_uid == user.id) return (status.st_mode >> 6U & wanted) != 0;
  if (status.st_gid == user.group) return (status.st_mode >> 3U & wanted) != 0;
  return (status.st_mode & wanted) != 0;
}
bool mayWrite(const struct stat& status, const User& user) {
  return may(S_IWOTH, status, user);
}

// A file that is to be made, or written, at `path`.
void probePath(std::string_view key, const std::string& path, const User& user, Remarks& out) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0 && !S_ISSOCK(status.st_mode)) {
    if (!mayWrite(status, user))
      out.push_back({std::string(key), cat({path, " cannot be written by ", user.name})});
    return;
  }
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  if (::stat(folder.c_str(), &status) != 0) {
    const std::string why = std::strerror(errno);
    // systemd/alignd.tmpfiles.conf
    const bool shipped = folder == "/var/spool/postfix/alignd/" || folder == "/run/alignd/";
    out.push_back({std::string(key),
                   cat({folder, ": ", why,
                        shipped ? "; the service makes it, or systemd-tmpfiles --create alignd.conf" : ""})});
  } else if (!mayWrite(status, user)) {
    out.push_back({std::string(key), cat({folder, " cannot be written by ", user.name})});
  }
}

void probeInet(std::string_view key, const std::string& text, const conf::InetSocket& inet, Remarks& out) {
  if (text.find('@') == std::string::npos) {
    out.push_back(
        {std::string(key), cat({"\"", text,
                                "\" listens on all addresses: everybody who reaches this machine may "
                                "connect. Write \"",
                                text, "@127.0.0.1\""})});
  }
  sockaddr_storage address{};
  const socklen_t length = fillAddress(inet, address);
  const int socket = ::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return;
  const int yes = 1;
  (void)::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), length) != 0) {
    std::string why = std::strerror(errno);
    if (errno == EADDRINUSE) why = "the port is taken: by another program, unless alignd is running";
    if (errno == EADDRNOTAVAIL) why = "the address is not one of this machine";
    if (errno == EACCES) why = "ports below 1024 need a privilege, which the service does not have";
    out.push_back({std::string(key), cat({"\"", text, "\": ", why})});
  }
  ::close(socket);
}

void probeSocket(std::string_view key, const std::string& text, const User& user, Remarks& out) {
  const auto parsed = conf::parseSocketAddress(text);
  const auto* where = std::get_if<conf::SocketAddress>(&parsed);
  if (where == nullptr) return;  // refused before
  if (const auto* path = std::get_if<conf::UnixSocket>(where)) return probePath(key, path->path, user, out);
  probeInet(key, text, std::get<conf::InetSocket>(*where), out);
}

std::vector<dns::ServerAddress> serversOf(const dns::EngineOptions& engine) {
  if (!engine.servers.empty()) return engine.servers;
  std::ifstream in(engine.resolvConf);
  std::ostringstream text;
  text << in.rdbuf();
  return dns::parseResolvConf(text.str());
}

// The name servers of the root: every resolver knows them.
constexpr std::array<unsigned char, 17> kQuestion{0x0a, 0x1d, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1};

int ask(const dns::ServerAddress& server) {
  sockaddr_storage address{};
  const socklen_t length = fillAddress(conf::InetSocket{server.address, server.port}, address);
  const int socket = ::socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return -1;
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), length) == 0 &&
      ::send(socket, kQuestion.data(), kQuestion.size(), 0) > 0) {
    return socket;
  }
  ::close(socket);
  return -1;
}

void probeResolvers(const dns::EngineOptions& engine, Remarks& out) {
  using namespace std::chrono;
  const auto servers = serversOf(engine);
  const auto end = steady_clock::now() + seconds(1);
  std::vector<int> sockets;
  for (const auto& server : servers) sockets.push_back(ask(server));
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const auto left = duration_cast<milliseconds>(end - steady_clock::now()).count();
    pollfd ready{sockets[i], POLLIN, 0};
    std::array<char, 512> reply{};
    const bool came = sockets[i] >= 0 && ::poll(&ready, 1, static_cast<int>(std::max<long>(left, 0))) > 0 &&
                      ::recv(sockets[i], reply.data(), reply.size(), 0) >= 12;
    if (sockets[i] >= 0) ::close(sockets[i]);
    constexpr int kRefused = 5;
    if (!came) {
      out.push_back({"dns.servers", cat({servers[i].text(), " does not answer"})});
    } else if ((reply[3] & 15) == kRefused) {
      out.push_back(
          {"dns.servers", cat({servers[i].text(), " refuses: it is no resolver for this machine"})});
    }
  }
}

// Empty when `path` can be read, otherwise why not.
std::string whyUnreadable(const std::string& path, const User& user) {
  struct stat status{};
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  if (::stat(folder.c_str(), &status) == 0 && !may(S_IXOTH, status, user)) {
    return cat({folder, " cannot be entered by ", user.name});
  }
  if (::stat(path.c_str(), &status) == 0 && !may(S_IROTH, status, user)) {
    return cat({path, " cannot be read by ", user.name});
  }
  return {};
}

}  // namespace

std::vector<ProbeRemark> probeFiles(const std::vector<std::string>& paths) {
  Remarks out;
  const User user = serviceUser();
  for (const std::string& path : paths) {
    if (std::string reason = whyUnreadable(path, user); !reason.empty())
      out.push_back({{}, std::move(reason)});
  }
  return out;
}

std::vector<ProbeRemark> probe(const conf::Settings& settings) {
  Remarks out;
  const User user = serviceUser();
  probeSocket("milter.socket", settings.milter.socket, user, out);
  const std::string& group = settings.milter.socketGroup;
  if (!group.empty() && ::getgrnam(group.c_str()) == nullptr) {
    out.push_back({"milter.socket_group", cat({"there is no group \"", group, "\""})});
  }
  const std::string& verdicts = settings.log.verdicts;
  if (verdicts.starts_with('/')) probePath("log.verdicts", verdicts, user, out);
  if (const std::string& key = settings.log.localPartsKeyFile; !key.empty()) {
    std::string reason = whyUnreadable(key, user);
    if (::access(key.c_str(), F_OK) != 0) reason = cat({key, ": ", std::strerror(errno)});
    if (!reason.empty()) out.push_back({"log.local_parts_key_file", std::move(reason)});
  }
  // Made by the unit, or at the first message.
  if (settings.reports.failure) {
    probePath("reports.failure_spool", settings.reports.failureSpool, user, out);
  }
  if (!settings.metrics.listen.empty()) probeSocket("metrics.listen", settings.metrics.listen, user, out);
  if (settings.authenticationResults.field.authservId.empty()) {
    out.push_back({"authentication_results.authserv_id",
                   "not set: the host's name stands in Authentication-Results; one for all your MX "
                   "hosts is better"});
  }
  probeResolvers(settings.dns.engine, out);
  return out;
}

}  // namespace alignd::milter
