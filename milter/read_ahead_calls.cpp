// What libmilter finds in place of the C library's accept(), read(), poll() and close(): a program's own definition goes
// before that of a shared library, for all libraries in it. Only connections that libmilter has accepted at our listening
// socket (read_ahead.h) are treated in another way; a libmilter that reads by other calls would find all as ever.
#include <atomic>

#include <dlfcn.h>
#include <sys/socket.h>

#include "milter/read_ahead.h"

namespace alignd::milter {

namespace {

// Both are used by libraries before our constructors have run.
constinit ReadAhead ahead;
constinit std::atomic<int> listening{-1};

// The function that ours stands before: the C library's, or that of a sanitizer.
template <typename Function>
Function* next(std::atomic<Function*>& known, const char* name) noexcept {
  Function* found = known.load(std::memory_order_relaxed);
  if (found == nullptr) {
    found = reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
    known.store(found, std::memory_order_relaxed);
  }
  return found;
}

using Accept = int(int, sockaddr*, socklen_t*);
using Read = ssize_t(int, void*, std::size_t);
using Poll = int(pollfd*, nfds_t, int);
using Close = int(int);

constinit std::atomic<Accept*> nextAccept;
constinit std::atomic<Read*> nextRead;
constinit std::atomic<Poll*> nextPoll;
constinit std::atomic<Close*> nextClose;

ReadAhead::Kernel kernel() noexcept {
  return {next(nextRead, "read"), ::readv, next(nextPoll, "poll")};
}

}  // namespace

void readAheadAt(int listener) noexcept {
  listening.store(listener, std::memory_order_release);
}

}  // namespace alignd::milter

// The labels give them the C library's names: its headers declare those in ways that differ with the compiler's flags.
extern "C" {

__attribute__((visibility("default"))) int aligndAccept(int socket, sockaddr* address,
                                                        socklen_t* length) __asm__("accept");
__attribute__((visibility("default"))) ssize_t aligndRead(int descriptor, void* to,
                                                          std::size_t most) __asm__("read");
__attribute__((visibility("default"))) int aligndPoll(pollfd* descriptors, nfds_t count,
                                                      int timeout) __asm__("poll");
__attribute__((visibility("default"))) int aligndClose(int descriptor) __asm__("close");

int aligndAccept(int socket, sockaddr* address, socklen_t* length) {
  using namespace alignd::milter;
  const int connection = next(nextAccept, "accept")(socket, address, length);
  if (connection >= 0 && socket == listening.load(std::memory_order_acquire)) ahead.watch(connection);
  return connection;
}

ssize_t aligndRead(int descriptor, void* to, std::size_t most) {
  return alignd::milter::ahead.read(alignd::milter::kernel(), descriptor, to, most);
}

int aligndPoll(pollfd* descriptors, nfds_t count, int timeout) {
  return alignd::milter::ahead.poll(alignd::milter::kernel(), descriptors, count, timeout);
}

int aligndClose(int descriptor) {
  using namespace alignd::milter;
  ahead.forget(descriptor);
  return next(nextClose, "close")(descriptor);
}

}  // extern "C"
