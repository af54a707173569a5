#include <fstream>
#include <iostream>
#include <iterator>
#include <ostream>

#include "dns/data/ascii.h"
#include "reporting/program/commands.h"
#include "reporting/read/explain.h"
#include "reporting/read/unpack.h"
#include "verifier/report/story.h"

namespace alignd::reporting {

namespace {

using report::printable;

// Larger than any mail.
constexpr std::size_t kMaxFile = std::size_t{128} << 20U;

bool readAll(std::istream& in, std::string& out) {
  std::vector<char> buffer(std::size_t{64} << 10U);
  while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())), in.gcount() > 0) {
    out.append(buffer.data(), static_cast<std::size_t>(in.gcount()));
    if (out.size() > kMaxFile) return false;
  }
  return true;
}

// True when a report was found and all that looked like one could be read.
bool readFile(const std::string& name, std::string_view content, std::ostream& out) {
  bool good = true;
  for (const Unpacked& one : unpack(content)) {
    const std::string label = one.name.empty() ? name : ascii::cat({name, ", ", one.name});
    const auto parsed =
        one.problem.empty() ? fromXml(one.xml) : std::variant<Received, std::string>(one.problem);
    if (const auto* problem = std::get_if<std::string>(&parsed)) {
      out << printable(label) << ": refused: " << printable(*problem) << "\n\n";
      good = false;
      continue;
    }
    out << printable(label) << '\n';
    print(out, std::get<Received>(parsed));
    out << '\n';
  }
  return good;
}

}  // namespace

int runRead(const std::vector<std::string>& files, std::ostream& out) {
  int status = kExitGood;
  for (const std::string& file : files) {
    std::string content;
    std::ifstream stream;
    if (file != "-") stream.open(file, std::ios::binary);
    if (file != "-" && !stream) {
      out << printable(file) << ": cannot be read\n";
      status = kExitNoInput;
      continue;
    }
    if (!readAll(file == "-" ? std::cin : stream, content)) {
      out << printable(file) << ": refused: larger than 128 MiB\n";
      status = kExitBad;
    } else if (!readFile(file, content, out)) {
      status = status == kExitGood ? kExitBad : status;
    }
  }
  return status;
}

}  // namespace alignd::reporting
