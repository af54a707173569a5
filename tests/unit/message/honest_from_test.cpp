// The positive corpus: odd but honest From fields have an author (DESIGN.md decision 3).
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "verifier/message/author.h"

namespace alignd::message {
namespace {

int hexValue(char c) {
  return c >= 'a' ? c - 'a' + 10 : c >= 'A' ? c - 'A' + 10 : c - '0';
}

std::string unescape(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    switch (text.at(++i)) {
      case 'r': out += '\r'; break;
      case 'n': out += '\n'; break;
      case 't': out += '\t'; break;
      case 'x':
        out += static_cast<char>(hexValue(text.at(i + 1)) * 16 + hexValue(text.at(i + 2)));
        i += 2;
        break;
      default: out += text[i];
    }
  }
  return out;
}

TEST(HonestFrom, EveryShapeHasItsAuthor) {
  std::ifstream in(std::string(ALIGND_TEST_DATA) + "/from_honest.txt");
  ASSERT_TRUE(in);
  std::string line;
  int shapes = 0;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line.starts_with('#') || line.starts_with("==")) continue;
    const auto blank = line.find("   ");
    ASSERT_NE(blank, std::string::npos) << number;
    ++shapes;
    HeaderBlock header;
    header.add({"From", unescape(line.substr(blank + 3))});
    const Author author = findAuthor(header);
    EXPECT_EQ(author.domain, line.substr(0, blank))
        << "line " << number << ": " << line << " -- " << problemText(author.problem);
  }
  EXPECT_GE(shapes, 300);
}

}  // namespace
}  // namespace alignd::message
