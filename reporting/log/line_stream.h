// Lines of a file that may be compressed, with the place that each ends at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reporting/log/line_reader.h"

namespace alignd::reporting {

/// Reads plain and gzip files alike (zlib tells them apart by their first octets), in pieces: memory does not grow
/// with the file. A line over kMaxLine is given as a word that its reader calls foreign.
class LineStream {
 public:
  /// Takes a descriptor that is open for reading and closes it in the end. Throws std::runtime_error when zlib has no
  /// memory.
  explicit LineStream(int descriptor);
  LineStream(const LineStream&) = delete;
  LineStream& operator=(const LineStream&) = delete;
  ~LineStream();

  /// The next line without its newline; it lives until the next call. False at the end. What stands behind the last
  /// newline is given only when `takeTail` is set: in a file that grows it is a line under way.
  bool next(std::string_view& line, bool takeTail);

  /// Octets (of the text, not of the compressed file) up to the end of the last line that was given.
  std::uint64_t offset() const { return offset_; }
  /// Passes over so many octets of text from the beginning. False when there are fewer.
  bool skip(std::uint64_t octets);
  /// True when the file turned out to be damaged (a gzip file that ends early): what was read so far is good.
  bool damaged() const { return damaged_; }

 private:
  bool fill();
  void* file_ = nullptr;  // gzFile
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t offset_ = 0;
  bool damaged_ = false;
};

}  // namespace alignd::reporting
