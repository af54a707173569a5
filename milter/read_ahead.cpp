#include "milter/read_ahead.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

namespace alignd::milter {

constinit ReadAhead::Held ReadAhead::nothing_;

ReadAhead::Slot* ReadAhead::slotOf(int descriptor) noexcept {
  return descriptor < 0 || descriptor >= kDescriptors ? nullptr
                                                      : &slots_[static_cast<std::size_t>(descriptor)];
}

const ReadAhead::Slot* ReadAhead::slotOf(int descriptor) const noexcept {
  return descriptor < 0 || descriptor >= kDescriptors ? nullptr
                                                      : &slots_[static_cast<std::size_t>(descriptor)];
}

void ReadAhead::watch(int descriptor) noexcept {
  forget(descriptor);
  if (auto* slot = slotOf(descriptor)) slot->store(&nothing_, std::memory_order_release);
}

void ReadAhead::forget(int descriptor) noexcept {
  auto* slot = slotOf(descriptor);
  if (slot == nullptr || slot->load(std::memory_order_relaxed) == nullptr) return;
  Held* held = slot->exchange(nullptr, std::memory_order_acq_rel);
  if (held != &nothing_) delete static_cast<Block*>(held);
}

std::size_t ReadAhead::held(int descriptor) const noexcept {
  const auto* slot = slotOf(descriptor);
  const Held* held = slot == nullptr ? nullptr : slot->load(std::memory_order_acquire);
  return held == nullptr ? 0 : held->end - held->begin;
}

ssize_t ReadAhead::read(const Kernel& kernel, int descriptor, void* to, std::size_t most) noexcept {
  auto* slot = slotOf(descriptor);
  Held* held = slot == nullptr ? nullptr : slot->load(std::memory_order_acquire);
  if (held == nullptr || most == 0) return kernel.read(descriptor, to, most);
  if (held == &nothing_) return fill(kernel, *slot, descriptor, to, most);
  return take(*slot, static_cast<Block&>(*held), to, most);
}

ssize_t ReadAhead::take(Slot& slot, Block& from, void* to, std::size_t most) noexcept {
  const std::size_t count = std::min(most, from.end - from.begin);
  std::memcpy(to, from.octets.data() + from.begin, count);
  from.begin += count;
  if (from.begin == from.end) {
    slot.store(&nothing_, std::memory_order_release);
    delete &from;
  }
  return static_cast<ssize_t>(count);
}

// What the caller wants goes to his own place at once, and what came behind it into a block. That is had before each read
// and not kept by a thread: what is destroyed with a thread (thread_local) ends the process when it is made without memory.
ssize_t ReadAhead::fill(const Kernel& kernel, Slot& slot, int descriptor, void* to,
                        std::size_t most) noexcept {
  std::unique_ptr<Block> block(new (std::nothrow) Block);
  if (!block) return kernel.read(descriptor, to, most);
  const std::array<iovec, 2> places{iovec{to, most}, iovec{block->octets.data(), block->octets.size()}};
  const ssize_t got = kernel.readv(descriptor, places.data(), static_cast<int>(places.size()));
  if (got <= 0 || static_cast<std::size_t>(got) <= most) return got;
  block->begin = 0;
  block->end = static_cast<std::size_t>(got) - most;
  slot.store(block.release(), std::memory_order_release);
  return static_cast<ssize_t>(most);
}

int ReadAhead::poll(const Kernel& kernel, pollfd* descriptors, nfds_t count, int timeout) noexcept {
  int ready = 0;
  for (nfds_t i = 0; i < count; ++i) {
    if ((descriptors[i].events & POLLIN) != 0 && held(descriptors[i].fd) > 0) ++ready;
  }
  if (ready == 0) return kernel.poll(descriptors, count, timeout);
  for (nfds_t i = 0; i < count; ++i) {
    const bool readable = (descriptors[i].events & POLLIN) != 0 && held(descriptors[i].fd) > 0;
    descriptors[i].revents = readable ? POLLIN : 0;
  }
  return ready;
}

}  // namespace alignd::milter
