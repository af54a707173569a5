// Runs a fuzz target over its kept corpus, without libFuzzer: the regression form of every fuzz test.
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::string current;  // the file that is being played

// At an abort: which of them it was.
void nameIt(int) {
  std::fprintf(stderr, "the input: %s\n", current.c_str());
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
      ++inputs;
    }
  }
  std::printf("%zu inputs replayed\n", inputs);
  return inputs > 0 ? 0 : 1;  // a fuzz test without a corpus tests nothing
}
