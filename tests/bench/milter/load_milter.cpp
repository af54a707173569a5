// What a message costs the daemon, all in all: CPU time a message and messages a second, warm, over eight connections,
// beside a filter that only inserts a field and the arithmetic that cannot be saved. All in one run, in turn, several
// times: the ratios are the point, machines are noisy.
//   load_milter [ROUNDS [SECONDS]]      SECONDS: of one turn
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/milter/letters.h"
#include "tests/bench/milter/process.h"
#include "tests/integration/milter/running_daemon.h"

namespace alignd {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kConnections = 8;

double seconds(Clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

struct Cost {
  double cpu = 0;   // milliseconds a message
  double rate = 0;  // messages a second
};

// Eight connections, one message after the other on each, for a while.
Cost play(const std::string& socket, pid_t pid, const Mail& mail, std::chrono::duration<double> turn) {
  std::vector<std::thread> threads;
  std::vector<long> counts(kConnections);
  const double before = test::cpuSeconds(pid);
  const auto start = Clock::now();
  for (int i = 0; i < kConnections; ++i) {
    threads.emplace_back([&, i] {
      test::MilterClient client(socket);
      client.connect("client.example.org", "192.0.2.1", {{"v", "Postfix 3.7.11"}});
      client.helo("client.example.org");
      while (Clock::now() - start < turn) {
        test::sendEnvelope(client);
        for (const auto& [name, value] : mail.fields) client.header(name, value);
        client.endOfHeader();
        for (std::size_t at = 0; at < mail.body.size(); at += 65535) {
          if (client.body(std::string_view(mail.body).substr(at, 65535)) == test::Reply::Skip) break;
        }
        if (client.endOfMessage().inserted(test::kResults).size() != 1)
          throw std::runtime_error("not stamped");
        client.abort();
        ++counts[static_cast<std::size_t>(i)];
      }
      client.quit();
    });
  }
  for (auto& thread : threads) thread.join();
  const double time = seconds(Clock::now() - start);
  long messages = 0;
  for (const long count : counts) messages += count;
  return {(test::cpuSeconds(pid) - before) * 1000 / static_cast<double>(messages),
          static_cast<double>(messages) / time};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double medianOf(const std::vector<Cost>& costs, double Cost::* what) {
  std::vector<double> values;
  for (const Cost& cost : costs) values.push_back(cost.*what);
  return median(values);
}

void addKeys(dns::Zone& zone) {
  dns::Record record;
  record.ttl = 86400;
  record.data = dns::Txt(letterKeyRecord());
  for (const auto& name : letterKeyNames()) zone.add(*dns::Name::parse(name), dns::Type::TXT, record);
}

void run(int rounds, std::chrono::duration<double> turn) {
  const std::vector<Mail> mails = makeLetters();
  test::RunningDaemon daemon;
  daemon.dns().edit(addKeys);
  const test::TempFolder folder;
  const std::string plain = "unix:" + folder / "plain.sock";
  const test::ChildProcess filter({INSERT_FILTER, plain}, folder.path(), folder / "log");
  while (test::readWholeFile(folder / "log").find("listens") == std::string::npos)
    std::this_thread::sleep_for(10ms);

  std::cout << "CPU ms a message (medians of " << rounds << " rounds in turn, " << kConnections
            << " connections)\n"
            << std::left << std::setw(28) << "message" << std::right << std::setw(9) << "alignd"
            << std::setw(9) << "insert" << std::setw(12) << "arithmetic" << std::setw(24)
            << "alignd / (ins. + ar.)" << std::setw(12) << "alignd/s" << std::setw(12) << "insert/s" << '\n'
            << std::fixed << std::setprecision(3);
  for (const Mail& mail : mails) {
    play(daemon.socket(), daemon.process().pid(), mail, turn);  // the cache is warm from here on
    std::vector<Cost> ours;
    std::vector<Cost> theirs;
    std::vector<double> floors;
    for (int i = 0; i < rounds; ++i) {
      theirs.push_back(play(plain, filter.pid(), mail, turn));
      ours.push_back(play(daemon.socket(), daemon.process().pid(), mail, turn));
      floors.push_back(arithmeticOf(mail));
    }
    const double cost = medianOf(ours, &Cost::cpu);
    const double insert = medianOf(theirs, &Cost::cpu);
    const double floor = median(floors);
    std::cout << std::left << std::setw(28) << mail.name << std::right << std::setw(9) << cost << std::setw(9)
              << insert << std::setw(12) << floor << std::setw(24) << std::setprecision(2)
              << cost / (insert + floor) << std::setprecision(0) << std::setw(12)
              << medianOf(ours, &Cost::rate) << std::setw(12) << medianOf(theirs, &Cost::rate)
              << std::setprecision(3) << std::endl;
  }
}

}  // namespace
}  // namespace alignd

int main(int argc, char** argv) {
  try {
    alignd::run(argc > 1 ? std::max(1, std::atoi(argv[1])) : 5,
                std::chrono::duration<double>(argc > 2 ? std::atof(argv[2]) : 1.0));
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
