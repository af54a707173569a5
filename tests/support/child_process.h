// Programs that a test starts: in private folders, stopped by process id, gone when the test is gone.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace alignd::test {

/// A private folder below the system's place for temporary files; removed with all that is in it.
class TempFolder {
 public:
  /// Throws std::runtime_error when it cannot be made.
  TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder();

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& file) const { return path_ + "/" + file; }
  /// Makes a file and gives its path.
  std::string write(const std::string& file, const std::string& text) const;

 private:
  std::string path_;
};

/// The whole of a file; empty when it cannot be read.
std::string readWholeFile(const std::string& path);

/// The path of a program in PATH, /usr/sbin or /sbin; nothing when it is not installed.
std::optional<std::string> findProgram(const std::string& name);

/// A running program. It is told to end when this object goes, and by the kernel when this test program dies.
class ChildProcess {
 public:
  /// Runs `arguments[0]` in `folder`, output and errors appended to `log`. Throws std::runtime_error when
  /// there can be no new process; a program that cannot be run ends with status 127.
  ChildProcess(const std::vector<std::string>& arguments, const std::string& folder, const std::string& log);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  pid_t pid() const { return pid_; }
  bool running();
  /// SIGTERM, after five seconds SIGKILL; waits for the end, then ends what it left behind. Idempotent.
  void stop();
  /// Waits for the end by itself. The exit status; -1 for a signal; nothing when `patience` ended first.
  std::optional<int> wait(std::chrono::milliseconds patience);

 private:
  bool reap();
  pid_t pid_ = -1;
  std::optional<int> status_;
  bool stopped_ = false;
};

}  // namespace alignd::test
