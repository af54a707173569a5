// Loaded before a program (LD_PRELOAD): of all its allocations, of every library in it, one in so many is refused, as its
// file SCARCE_MEMORY says at that moment (a number of four octets; 0 for none).
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
}

namespace {

using Chance = std::atomic<std::uint32_t>;

constinit Chance none{0};
constinit std::atomic<Chance*> oneIn{&none};
constinit std::atomic<std::uint64_t> drawn{0};

__attribute__((constructor)) void begin() {
  const char* path = std::getenv("SCARCE_MEMORY");
  const int file = path == nullptr ? -1 : ::open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  void* shared = ::mmap(nullptr, sizeof(Chance), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (shared != MAP_FAILED) oneIn = static_cast<Chance*>(shared);
  ::close(file);
}

// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators): the same in each run but for threads.
bool refused() noexcept {
  const std::uint32_t chance = oneIn.load(std::memory_order_relaxed)->load(std::memory_order_relaxed);
  if (chance == 0) return false;
  std::uint64_t z = (drawn.fetch_add(1, std::memory_order_relaxed) + 1) * 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  z ^= z >> 31U;
  if (z % chance != 0) return false;
  errno = ENOMEM;
  return true;
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) noexcept {
  return refused() ? nullptr : __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) noexcept {
  return refused() ? nullptr : __libc_calloc(count, size);
}

void* realloc(void* block, std::size_t size) noexcept {
  return size > 0 && refused() ? nullptr : __libc_realloc(block, size);  // with 0 it frees
}

}  // extern "C"
