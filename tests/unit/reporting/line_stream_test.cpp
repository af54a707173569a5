#include "reporting/log/line_stream.h"

#include <cstdlib>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

namespace alignd::reporting {
namespace {

using testing::ElementsAre;

class File {
 public:
  explicit File(const std::string& content) {
    const int file = ::mkstemp(name_.data());
    EXPECT_EQ(::write(file, content.data(), content.size()), static_cast<ssize_t>(content.size()));
    ::close(file);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { ::unlink(name_.c_str()); }
  int open() const { return ::open(name_.c_str(), O_RDONLY | O_CLOEXEC); }

 private:
  std::string name_ = testing::TempDir() + "linesXXXXXX";
};

std::string gzip(const std::string& text) {
  const std::string name = testing::TempDir() + "lines.gz";
  const gzFile file = gzopen(name.c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  std::ifstream in(name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> all(LineStream& stream, bool tail) {
  std::vector<std::string> out;
  for (std::string_view line; stream.next(line, tail);) out.emplace_back(line);
  return out;
}

TEST(LineStream, GivesWholeLinesAndWhereTheyEnd) {
  const File file("one\n\nthree\nunder way");
  LineStream stream(file.open());
  EXPECT_THAT(all(stream, false), ElementsAre("one", "", "three"));
  EXPECT_EQ(stream.offset(), 11U);
  LineStream again(file.open());
  ASSERT_TRUE(again.skip(5));
  EXPECT_THAT(all(again, true), ElementsAre("three", "under way"));
  EXPECT_EQ(again.offset(), 20U);
  LineStream beyond(file.open());
  EXPECT_FALSE(beyond.skip(21));
}

TEST(LineStream, CompressedFilesReadAlikeAndSayWhenTheyAreCutOff) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "line " + std::to_string(i * 7919) + "\n";
  const std::string packed = gzip(text);
  const File whole(packed);
  LineStream stream(whole.open());
  EXPECT_EQ(all(stream, true).size(), 50'000U);
  EXPECT_EQ(stream.offset(), text.size());
  EXPECT_FALSE(stream.damaged());
  const File cut(packed.substr(0, packed.size() / 2));
  LineStream half(cut.open());
  const auto lines = all(half, false);
  EXPECT_GT(lines.size(), 10'000U);
  EXPECT_LT(lines.size(), 40'000U);
  EXPECT_TRUE(half.damaged());
}

TEST(LineStream, ALineWithoutEndCostsNoMemoryAndDoesNotHideTheNext) {
  const std::string text = "a\n" + std::string(3 * kMaxLine, 'x') + "{\nb\n" + std::string(2 * kMaxLine, 'y');
  const File file(text);
  LineStream stream(file.open());
  EXPECT_THAT(all(stream, true), ElementsAre("a", "(too long)", "b", "(too long)"));
  EXPECT_EQ(stream.offset(), text.size());
}

}  // namespace
}  // namespace alignd::reporting
