// How far a long reading is, on one line of a terminal.
#pragma once

#include <cstdint>

namespace alignd::cli {

/// Drawn on standard error, again when a percent is full, no wider than the terminal; nothing is left of it at the end.
class ProgressBar {
 public:
  /// `whole`: octets there are to read; of 0, nothing is drawn.
  ProgressBar(bool shown, std::uint64_t whole) : shown_(shown && whole > 0), whole_(whole) {}
  ~ProgressBar() { clear(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void at(std::uint64_t octets, std::uint64_t lines);
  /// Takes it off the line, for a message to stand there; the next at() draws it anew.
  void clear();

 private:
  bool shown_;
  std::uint64_t whole_;
  int drawn_ = -1;  // percent; -1: it is not there
};

}  // namespace alignd::cli
