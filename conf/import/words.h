// Files of one option a line, as OpenDKIM, OpenDMARC and policyd-spf have them.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/reader.h"

namespace alignd::conf::migration {

/// Where something stands: "FILE:LINE".
struct Place {
  std::string file;
  unsigned line = 0;  // from 1; 0: the file as a whole
  std::string text() const;
};

/// One option as it was written.
struct Word {
  Place place;
  std::string name;
  std::string value;
};

enum class Style {
  Blank,   // `Name value`, everything behind a # is a comment
  Equals,  // `Name = value`, # only at the beginning of a line
};

struct Words {
  std::vector<Word> words;
  std::vector<std::string> faults;  // "FILE:LINE: what": the file is none of this kind, or beyond the bounds
};

/// Reads `text`: at most 10,000 lines of 4,096 octets, no NUL.
Words parseWords(std::string_view text, const std::string& file, Style style);

/// Reads the file and, with Style::Blank, those that `Include` names: five deep, as OpenDKIM does, and 50 in all.
Words readWords(const std::string& file, Style style, const ReadFile& readFile);

/// "T", "Y" or "1" in front: true, as both programs take it.
bool isTrue(std::string_view value);

/// Items between commas, and with `blanks` between blanks too; without white space around them, no empty ones.
std::vector<std::string> items(std::string_view text, bool blanks = false);

}  // namespace alignd::conf::migration
