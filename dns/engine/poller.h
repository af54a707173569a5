// epoll, and who cares about which descriptor. One thread; no limit on descriptor numbers.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <vector>

#include <sys/epoll.h>

namespace alignd::dns {

/// Told that a descriptor it registered is ready. Errors and hang-ups count as readable.
class Pollable {
 public:
  Pollable() = default;
  Pollable(const Pollable&) = delete;
  Pollable& operator=(const Pollable&) = delete;
  virtual ~Pollable() = default;
  virtual void ready(int fd, bool readable, bool writable) = 0;
};

class Poller {
 public:
  /// Throws std::system_error when the kernel gives no epoll descriptor.
  Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  ~Poller();

  /// Watches `fd` for exactly this from now on; neither: stops watching. Inside Pollable::ready too. False when there is no
  /// memory for it, ours or the kernel's: nothing will be heard of it.
  bool watch(int fd, Pollable* who, bool read, bool write) noexcept;
  /// Before the descriptor is closed.
  void forget(int fd) noexcept { (void)watch(fd, nullptr, false, false); }
  /// Waits for at most `timeout` (negative: without end) and tells the owners. A descriptor that was
  /// forgotten in the meantime is skipped; one that was taken over by another owner may see a spurious event.
  void wait(std::chrono::milliseconds timeout);

 private:
  int epoll_;
  std::vector<Pollable*> owners_;  // by descriptor
  std::array<epoll_event, 128> events_{};
};

}  // namespace alignd::dns
