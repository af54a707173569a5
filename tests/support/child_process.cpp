#include "tests/support/child_process.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace alignd::test {

namespace {

using std::chrono::milliseconds;

// In the new process, between fork and exec: only calls that are safe there.
[[noreturn]] void become(char* const* arguments, const char* folder, int log, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent || ::chdir(folder) != 0) ::_exit(127);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execv(arguments[0], arguments);
  ::_exit(127);
}

}  // namespace

TempFolder::TempFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "alignd-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = pattern;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempFolder::write(const std::string& file, const std::string& text) const {
  std::string path = *this / file;
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

std::string readWholeFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::optional<std::string> findProgram(const std::string& name) {
  const char* set = std::getenv("PATH");
  std::string folders = (set != nullptr ? std::string(set) : std::string()) + ":/usr/sbin:/sbin:/usr/bin";
  for (std::size_t at = 0; at <= folders.size();) {
    const auto colon = std::min(folders.find(':', at), folders.size());
    std::string path = folders.substr(at, colon - at) + "/" + name;
    if (colon > at && ::access(path.c_str(), X_OK) == 0) return path;
    at = colon + 1;
  }
  return std::nullopt;
}

ChildProcess::ChildProcess(const std::vector<std::string>& arguments, const std::string& folder,
                           const std::string& log) {
  std::vector<std::string> copy = arguments;
  std::vector<char*> pointers;
  pointers.reserve(copy.size() + 1);
  for (auto& argument : copy) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (out < 0) throw std::runtime_error("cannot write " + log);
  const pid_t parent = ::getpid();
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // what the program leaves behind comes to us, see stop()
  pid_ = ::fork();
  if (pid_ == 0) become(pointers.data(), folder.c_str(), out, parent);
  ::close(out);
  if (pid_ < 0) throw std::runtime_error("no new process");
}

ChildProcess::~ChildProcess() {
  stop();
}

bool ChildProcess::reap() {
  if (status_) return true;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return false;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return true;
}

bool ChildProcess::running() {
  return !reap();
}

std::optional<int> ChildProcess::wait(milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!reap()) {
    if (std::chrono::steady_clock::now() >= deadline) return std::nullopt;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return status_;
}

void ChildProcess::stop() {
  if (stopped_) return;
  stopped_ = true;
  if (!reap()) {
    ::kill(pid_, SIGTERM);
    if (!wait(std::chrono::seconds(5))) {
      ::kill(pid_, SIGKILL);
      wait(std::chrono::seconds(5));
    }
  }
  // Its own children have its process group. nsd does not wait for its server processes.
  ::kill(-pid_, SIGKILL);
  while (::waitpid(-pid_, nullptr, 0) > 0) {
  }
}

}  // namespace alignd::test
