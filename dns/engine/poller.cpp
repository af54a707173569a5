#include "dns/engine/poller.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <new>
#include <system_error>

#include <unistd.h>

namespace alignd::dns {

Poller::Poller() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

Poller::~Poller() {
  close(epoll_);
}

bool Poller::watch(int fd, Pollable* who, bool read, bool write) noexcept {
  const auto index = static_cast<std::size_t>(fd);
  if (index >= owners_.size()) {
    try {
      owners_.resize(index + 64);
    } catch (const std::bad_alloc&) {
      return !read && !write;
    }
  }
  const bool had = owners_[index] != nullptr;
  owners_[index] = read || write ? who : nullptr;
  epoll_event event{};
  event.data.fd = fd;
  event.events = (read ? EPOLLIN : 0U) | (write ? EPOLLOUT : 0U);
  if (owners_[index] == nullptr) {
    if (had) epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
    return true;
  }
  if (had && epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event) == 0) return true;
  // MOD fails when the descriptor was closed and its number given out again without our being told.
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0) return true;
  owners_[index] = nullptr;
  return false;
}

void Poller::wait(std::chrono::milliseconds timeout) {
  const auto millis =
      std::clamp<std::chrono::milliseconds::rep>(timeout.count(), -1, std::numeric_limits<int>::max());
  const int count =
      epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), static_cast<int>(millis));
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events_[static_cast<std::size_t>(i)];
    Pollable* owner = owners_[static_cast<std::size_t>(event.data.fd)];
    if (owner == nullptr) continue;
    owner->ready(event.data.fd, (event.events & ~static_cast<unsigned>(EPOLLOUT)) != 0,
                 (event.events & static_cast<unsigned>(EPOLLOUT)) != 0);
  }
}

}  // namespace alignd::dns
