// Runs a fuzz target over its kept corpus, without libFuzzer: the regression form of every fuzz test. What a mutator of the
// target's own (tests/fuzz/mutator.h) makes of each input is played as well.
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" [[gnu::weak]] std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                                             std::size_t room, unsigned seed);

// libFuzzer's, for a mutator that falls back to it.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t room) {
  const std::size_t out = std::clamp<std::size_t>(size, 1, room);
  data[0] ^= 1U;
  return out;
}

namespace {

std::string current;  // the file that is being played

// At an abort: which of them it was.
void nameIt(int) {
  std::fprintf(stderr, "the input: %s\n", current.c_str());
}

// A mutation with so much room and not an octet more, which sanitizers watch over.
std::vector<std::uint8_t> mutated(const std::string& input, std::size_t room, unsigned seed) {
  std::vector<std::uint8_t> out(room);
  const std::size_t size = std::min(input.size(), room);
  std::copy_n(input.begin(), size, out.begin());
  const std::size_t made = LLVMFuzzerCustomMutator(out.data(), size, room, seed);
  if (made == 0 || made > room) {
    std::fprintf(stderr, "a mutator made %zu octets in room for %zu\n", made, room);
    std::abort();
  }
  out.resize(made);
  return out;
}

// In little room and in much. Of what is made in much two are played: corpora are long.
void playMutations(const std::string& input) {
  for (unsigned seed = 0; seed < 8; ++seed) {
    std::vector<std::uint8_t> out;
    for (const std::size_t room : {std::size_t{1}, std::size_t{40}, input.size() + 1, std::size_t{4096}}) {
      out = mutated(input, room, seed);
      if (out != mutated(input, room, seed)) {
        std::fprintf(stderr, "one seed, two outcomes\n");
        std::abort();
      }
    }
    if (seed % 4 == 1) LLVMFuzzerTestOneInput(out.data(), out.size());
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGABRT, nameIt);
  std::size_t inputs = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& file : std::filesystem::directory_iterator(argv[i])) {
      current = file.path();
      std::ifstream in(current, std::ios::binary);
      const std::string bytes((std::istreambuf_iterator<char>(in)), {});
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
      if (LLVMFuzzerCustomMutator != nullptr) playMutations(bytes);
      ++inputs;
    }
  }
  std::printf("%zu inputs replayed\n", inputs);
  return inputs > 0 ? 0 : 1;  // a fuzz test without a corpus tests nothing
}
