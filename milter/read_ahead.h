// libmilter reads each packet with two calls of read() and asks poll() three times: some 170 system calls for a message
// of a dozen fields, which are most of what a milter costs. An MTA sends what it need not wait for in one piece. So what
// waits at a milter connection is taken from the kernel at once, and libmilter's further calls are answered from that.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>

#include <poll.h>
#include <sys/types.h>
#include <sys/uio.h>

namespace alignd::milter {

/// read() and poll() for descriptors of which some are read ahead, and the rest as ever.
///
/// A descriptor that is watched is read by one thread at a time, as libmilter does; different ones by any. Nothing here
/// locks, waits or throws: without memory for a block the kernel's own read() answers.
class ReadAhead {
 public:
  /// The most that is kept for one descriptor, in octets; and the highest descriptors that are watched.
  static constexpr std::size_t kBlock = 16'384;
  static constexpr int kDescriptors = 65'536;

  /// The kernel's own, as the C library has them.
  struct Kernel {
    ssize_t (*read)(int, void*, std::size_t);
    ssize_t (*readv)(int, const iovec*, int);
    int (*poll)(pollfd*, nfds_t, int);
  };

  constexpr ReadAhead() noexcept = default;
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;
  ~ReadAhead() = default;

  /// `descriptor` is a new connection, a stream socket that blocks. One that is out of range is not watched.
  void watch(int descriptor) noexcept;

  /// `descriptor` is about to be closed: what it holds goes. Nothing is done for one that is not watched.
  void forget(int descriptor) noexcept;

  /// As read(2): what is held goes first, and as long as there is some, nothing else does.
  ssize_t read(const Kernel& kernel, int descriptor, void* to, std::size_t most) noexcept;

  /// As poll(2). A descriptor that holds something is readable, and then the kernel is not asked about the others.
  int poll(const Kernel& kernel, pollfd* descriptors, nfds_t count, int timeout) noexcept;

  /// How many octets are held for `descriptor`.
  [[nodiscard]] std::size_t held(int descriptor) const noexcept;

 private:
  struct Held {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  struct Block : Held {
    std::array<char, kBlock> octets;  // not cleared for what overwrites it
  };
  using Slot = std::atomic<Held*>;

  // What a descriptor that is watched has while it holds nothing.
  static Held nothing_;

  [[nodiscard]] Slot* slotOf(int descriptor) noexcept;
  [[nodiscard]] const Slot* slotOf(int descriptor) const noexcept;
  static ssize_t take(Slot& slot, Block& from, void* to, std::size_t most) noexcept;
  static ssize_t fill(const Kernel& kernel, Slot& slot, int descriptor, void* to, std::size_t most) noexcept;

  // By descriptor: null for one that is not watched.
  std::array<Slot, kDescriptors> slots_{};
};

/// From now on the connections that libmilter accepts at `listener` are read ahead. Until then none are. Defined with the
/// C library's functions that libmilter finds in place of its own, in read_ahead_calls.cpp.
void readAheadAt(int listener) noexcept;

}  // namespace alignd::milter
