#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "dns/data/ascii.h"
#include "reporting/send/transport.h"

namespace alignd::reporting {

namespace {

using ascii::cat;

bool writeAll(int file, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// sendmail reads lines that end as those of the system do.
std::string withoutCr(std::string_view message) {
  std::string out;
  out.reserve(message.size());
  for (const char c : message) {
    if (c != '\r') out += c;
  }
  return out;
}

class Sendmail final : public Transport {
 public:
  explicit Sendmail(const Options& options) : options_(options) {}

  Reply hand(const std::string& from, const std::string& to, std::string_view message,
             const std::function<bool()>& beforeEnd) override {
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return {Handed::Unreachable, std::strerror(errno)};
    const pid_t child = start(from, to, pipe[0]);
    ::close(pipe[0]);
    if (child < 0) {
      ::close(pipe[1]);
      return {Handed::Unreachable, cat({options_.sendmail, ": ", std::strerror(errno)})};
    }
    const bool written = writeAll(pipe[1], withoutCr(message));
    bool agreed = false;
    try {
      agreed = written && beforeEnd();
    } catch (...) {
      stop(child, pipe[1]);
      throw;
    }
    if (!agreed) {
      stop(child, pipe[1]);
      return written ? Reply{Handed::Held, "somebody else is sending it"}
                     : Reply{Handed::Temporary, cat({options_.sendmail, " broke off"})};
    }
    ::close(pipe[1]);  // the end of the message
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return judge(status);
  }

 private:
  pid_t start(const std::string& from, const std::string& to, int input) const {
    std::vector<std::string> words{options_.sendmail, "-i", "-f", from, "--", to};
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    std::array<char*, 1> environment{nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    pid_t child = -1;
    const int code =
        ::posix_spawn(&child, options_.sendmail.c_str(), &actions, nullptr, argv.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    if (code == 0) return child;
    errno = code;
    return -1;
  }

  // Killed before its input has ended: it sends nothing.
  static void stop(pid_t child, int input) {
    ::kill(child, SIGKILL);
    ::close(input);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
  }

  Reply judge(int status) const {
    if (!WIFEXITED(status)) return {Handed::InDoubt, cat({options_.sendmail, " was killed"})};
    const int code = WEXITSTATUS(status);
    const std::string said = cat({options_.sendmail, " gave ", std::to_string(code)});
    if (code == 0) return {Handed::Accepted, said};
    const bool permanent = code == EX_DATAERR || code == EX_NOUSER || code == EX_NOHOST;
    return {permanent ? Handed::Permanent : Handed::Temporary, said};
  }

  const Options& options_;
};

}  // namespace

std::unique_ptr<Transport> openSendmail(const Options& options) {
  return std::make_unique<Sendmail>(options);
}

}  // namespace alignd::reporting
