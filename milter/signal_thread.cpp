// libmilter has a thread that waits for SIGHUP, SIGTERM and SIGINT and takes each of them for a stop. Here the main thread
// handles them (daemon.cpp). The kernel tells it first, but a signal that is still pending when libmilter's thread comes to
// wait would be taken by that: a reload in the first moments would end the process. So that wait never ends.
#include <csignal>

#include <unistd.h>

/// What libmilter finds in place of the C library's; nothing else in the process waits like this.
extern "C" int sigwait(const sigset_t* /*set*/, int* /*signal*/) {
  for (;;) ::pause();
}
