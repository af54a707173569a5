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

int shapesIn(const std::string& file) {
  std::ifstream in(std::string(ALIGND_TEST_DATA) + "/" + file);
  EXPECT_TRUE(in) << file;
  std::string line;
  int shapes = 0;
  for (int number = 1; std::getline(in, line); ++number) {
    const auto blank = line.find("   ");
    if (line.empty() || line.starts_with('#') || line.starts_with("==")) continue;
    EXPECT_NE(blank, std::string::npos) << file << ":" << number;
    if (blank == std::string::npos) continue;
    ++shapes;
    HeaderBlock header;
    header.add({"From", unescape(line.substr(blank + 3))});
    const Author author = findAuthor(header);
    EXPECT_EQ(author.domain, line.substr(0, blank))
        << file << ":" << number << ": " << line << " -- " << problemReason(author);
  }
  return shapes;
}

TEST(HonestFrom, EveryShapeHasItsAuthor) {
  EXPECT_GE(shapesIn("from_honest.txt"), 400);
}

TEST(HonestFrom, SoHasEveryNameOfAnotherCharset) {  // made by make_honest_names.py
  EXPECT_GE(shapesIn("from_honest_names.txt"), 400);
}

}  // namespace
}  // namespace alignd::message
