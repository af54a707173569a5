#include "milter/fault_guard.h"

#include <csetjmp>
#include <csignal>

namespace alignd::milter {

namespace {

thread_local sigjmp_buf* wayOut = nullptr;
struct sigaction beforeSegv;
struct sigaction beforeBus;

extern "C" void onFault(int signal, siginfo_t* info, void*) {
  const bool fault = info->si_code > 0;  // not sent by somebody
  if (fault && wayOut != nullptr) siglongjmp(*wayOut, 1);
  // Whoever handled it before does so now: the instruction is run again.
  sigaction(signal, signal == SIGSEGV ? &beforeSegv : &beforeBus, nullptr);
  if (!fault) (void)raise(signal);
}

}  // namespace

void installFaultGuard() {
  struct sigaction action{};
  action.sa_sigaction = onFault;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;  // left by a jump: the signal must not stay blocked
  sigemptyset(&action.sa_mask);
  sigaction(SIGSEGV, &action, &beforeSegv);
  sigaction(SIGBUS, &action, &beforeBus);
}

bool readsSafely(void (*read)(void*), void* data) noexcept {
  sigjmp_buf here;
  if (sigsetjmp(here, 0) != 0) {
    wayOut = nullptr;
    return false;
  }
  wayOut = &here;
  read(data);
  wayOut = nullptr;
  return true;
}

}  // namespace alignd::milter
