#include "cli/progress_bar.h"

#include <algorithm>
#include <iostream>
#include <string>

#include <sys/ioctl.h>
#include <unistd.h>

#include "dns/data/ascii.h"

namespace alignd::cli {

namespace {

constexpr std::size_t kWidest = 40;  // of the bar itself

// A line that reaches the last column makes some terminals begin another one.
std::size_t columns() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col - 1U : 79U;
}

}  // namespace

void ProgressBar::at(std::uint64_t octets, std::uint64_t lines) {
  if (!shown_) return;
  const int percent = static_cast<int>(std::min<std::uint64_t>(octets, whole_) * 100 / whole_);
  if (percent == drawn_) return;
  drawn_ = percent;
  const std::string text = ascii::cat({std::to_string(percent), " %, ", std::to_string(lines), " lines"});
  const std::size_t room = columns();
  std::string line = "\r";
  if (room > text.size() + 8) {  // what is narrower shows nothing
    const std::size_t width = std::min(kWidest, room - text.size() - 3);
    const std::size_t full = static_cast<std::size_t>(percent) * width / 100;
    line += ascii::cat({"[", std::string(full, '#'), std::string(width - full, ' '), "] "});
  }
  line += text.substr(0, room);
  std::cerr << line + "\033[K" << std::flush;  // at once: nothing of another line is between
}

void ProgressBar::clear() {
  if (drawn_ < 0) return;
  drawn_ = -1;
  std::cerr << "\r\033[K" << std::flush;
}

}  // namespace alignd::cli
