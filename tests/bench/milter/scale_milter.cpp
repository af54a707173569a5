// What many connections do to the daemon: how many messages a second it judges for 8, 64, 500 and 1,000 that are all busy,
// beside 5,000 that are idle, and the memory that takes; and how long it takes to answer messages that end in the same
// instant and wait for DNS, in delays of DNS.
//   scale_milter [SECONDS [MOST]]      SECONDS: of one load; MOST: connections
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "milter/kick.h"
#include "milter/listening_socket.h"
#include "tests/bench/milter/letters.h"
#include "tests/bench/milter/process.h"
#include "tests/integration/milter/running_daemon.h"

namespace alignd {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Clients = std::vector<std::unique_ptr<test::MilterClient>>;

constexpr auto kDelay = 100ms;  // of DNS

double seconds(Clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

// The daemon inherits it.
void allowManySockets() {
  rlimit limit{};
  (void)::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

std::unique_ptr<test::MilterClient> connected(const std::string& socket) {
  auto client = std::make_unique<test::MilterClient>(socket);
  client->connect("client.example.org", "192.0.2.1", {{"v", "Postfix 3.7.11"}});
  client->helo("client.example.org");
  return client;
}

Clients connect(const std::string& socket, int count) {
  Clients out;
  for (int i = 0; i < count; ++i) out.push_back(connected(socket));
  return out;
}

// All but the reply.
void sendWhole(test::MilterClient& client, const Mail& mail) {
  test::sendEnvelope(client);
  for (const auto& [name, value] : mail.fields) client.header(name, value);
  client.endOfHeader();
  client.body(mail.body);
  client.sendEndOfMessage({{"i", "4Queue"}});
}

void takeReply(test::MilterClient& client) {
  if (client.receiveReply().inserted(test::kResults).size() != 1) throw std::runtime_error("not stamped");
}

void addLetters(dns::Zone& zone) {
  dns::Record record;
  record.ttl = 86400;
  record.data = dns::Txt(letterKeyRecord());
  for (const auto& name : letterKeyNames()) zone.add(*dns::Name::parse(name), dns::Type::TXT, record);
}

struct Load {
  double rate = 0;  // messages a second
  double cpu = 0;   // milliseconds a message
};

// A few threads that have many messages under way each.
Load playBusy(const std::string& socket, pid_t pid, int connections, const Mail& mail, double time) {
  const int drivers = std::min(connections, 8);
  std::vector<std::thread> threads;
  std::vector<long> counts(static_cast<std::size_t>(drivers));
  std::vector<Clients> clients;
  for (int i = 0; i < drivers; ++i)
    clients.push_back(connect(socket, connections / drivers + (i < connections % drivers ? 1 : 0)));
  const double before = test::cpuSeconds(pid);
  const auto start = Clock::now();
  for (std::size_t i = 0; i < clients.size(); ++i) {
    threads.emplace_back([&, i] {
      while (seconds(Clock::now() - start) < time) {
        for (auto& client : clients[i]) sendWhole(*client, mail);
        for (auto& client : clients[i]) takeReply(*client);
        counts[i] += static_cast<long>(clients[i].size());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const auto messages = static_cast<double>(std::accumulate(counts.begin(), counts.end(), 0L));
  return {messages / seconds(Clock::now() - start), (test::cpuSeconds(pid) - before) * 1000 / messages};
}

// The least that a filter made with libmilter can cost, under the same load.
Load playInsert(int connections, int idle, const Mail& mail, double time) {
  const test::TempFolder folder;
  const std::string socket = "unix:" + folder / "plain.sock";
  const test::ChildProcess filter({INSERT_FILTER, socket}, folder.path(), folder / "log");
  while (test::readWholeFile(folder / "log").find("listens") == std::string::npos)
    std::this_thread::sleep_for(10ms);
  const Clients waiting = connect(socket, idle);
  return playBusy(socket, filter.pid(), connections, mail, time);
}

void showLoad(int connections, int idle, const Mail& mail, double time, double& best) {
  test::RunningDaemon daemon;  // each with its own peak
  daemon.dns().edit(addLetters);
  const Clients waiting = connect(daemon.socket(), idle);
  const pid_t pid = daemon.process().pid();
  const Load load = playBusy(daemon.socket(), pid, connections, mail, time);
  const Load insert = playInsert(connections, idle, mail, time);
  best = std::max(best, load.rate);
  std::cout << std::right << std::fixed << std::setw(8) << connections << std::setw(8) << idle
            << std::setprecision(0) << std::setw(10) << load.rate << std::setprecision(2) << std::setw(10)
            << load.rate / best << std::setprecision(3) << std::setw(10) << load.cpu << std::setprecision(1)
            << std::setw(10) << static_cast<double>(test::statusNumber(pid, "VmHWM")) / 1024 << std::setw(10)
            << test::statusNumber(pid, "Threads") << std::setprecision(0) << std::setw(12) << insert.rate
            << std::setprecision(3) << std::setw(12) << insert.cpu << std::endl;
}

void loads(double time, int most) {
  const Mail mail = makeLetters().front();
  std::cout << "4 KiB with one signature; the last two of a filter that only inserts a field\n"
            << std::right << std::setw(8) << "busy" << std::setw(8) << "idle" << std::setw(10) << "mess./s"
            << std::setw(10) << "of best" << std::setw(10) << "CPU ms" << std::setw(10) << "peak MiB"
            << std::setw(10) << "threads" << std::setw(12) << "mess./s" << std::setw(12) << "CPU ms" << '\n';
  double best = 0;
  for (const int connections : {8, 64, 500, 1000}) {
    if (connections <= most) showLoad(connections, 0, mail, time, best);
  }
  showLoad(8, std::min(most, 5000), mail, time, best);
}

// Somebody who connects and connects, so that the backlog is full.
class Crowd {
 public:
  Crowd(const std::string& socket, int size) {
    const auto where = std::get<conf::SocketAddress>(conf::parseSocketAddress(socket));
    sockaddr_storage address{};
    const socklen_t length = milter::fillAddress(where, address);
    for (int i = 0; i < size; ++i) {
      const int one = ::socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      (void)::connect(one, reinterpret_cast<const sockaddr*>(&address), length);
      sockets_.push_back(one);
    }
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;
  ~Crowd() {
    for (const int one : sockets_) ::close(one);
  }

 private:
  std::vector<int> sockets_;
};

std::string freeInetSocket() {
  const int socket = milter::listenAt(conf::InetSocket{*IpAddress::parse("127.0.0.1"), 0});
  sockaddr_in address{};
  socklen_t length = sizeof(address);
  (void)::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length);
  ::close(socket);
  return "inet:" + std::to_string(ntohs(address.sin_port)) + "@127.0.0.1";
}

// From the first message to the last reply, in delays.
double burst(const std::string& socket, int messages, bool crowded) {
  test::RunningDaemon daemon(std::string("dns.cache = \"0\"\n") + (crowded ? "milter.backlog = 1\n" : ""),
                             socket);
  daemon.dns().edit(addLetters);
  daemon.dns().setLatency(kDelay);
  Mail mail = makeLetters().front();
  mail.body.resize(
      std::min<std::size_t>(mail.body.size(), 512));  // its signature fails: it is asked for all the same
  const Clients clients = connect(daemon.socket(), messages);
  const auto start = Clock::now();
  for (const auto& client : clients) sendWhole(*client, mail);
  std::unique_ptr<Crowd> crowd;
  if (crowded) crowd = std::make_unique<Crowd>(daemon.socket(), 64);
  for (const auto& client : clients) takeReply(*client);
  return seconds(Clock::now() - start) / seconds(kDelay);
}

void bursts(int most) {
  std::cout << "\nmessages that end at once, DNS delay 100 ms: delays until the last reply\n"
            << std::left << std::setw(16) << "" << std::right << std::setw(10) << "unix" << std::setw(10)
            << "inet" << std::setw(26) << "unix, full backlog" << std::setw(22) << "inet, full backlog"
            << '\n';
  for (const int messages : {50, 200}) {
    if (messages > most) continue;
    std::cout << std::left << std::setw(16) << messages << std::right << std::setprecision(2) << std::setw(10)
              << burst("", messages, false) << std::setw(10) << burst(freeInetSocket(), messages, false)
              << std::setw(26) << burst("", messages, true) << std::setw(22)
              << burst(freeInetSocket(), messages, true) << std::endl;
  }
}

}  // namespace
}  // namespace alignd

int main(int argc, char** argv) {
  try {
    alignd::allowManySockets();
    const int most = argc > 2 ? std::max(8, std::atoi(argv[2])) : 5000;
    alignd::loads(argc > 1 ? std::atof(argv[1]) : 3.0, most);
    alignd::bursts(most);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
