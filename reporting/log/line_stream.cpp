#include "reporting/log/line_stream.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include <unistd.h>
#include <zlib.h>

namespace alignd::reporting {

namespace {

constexpr std::size_t kPiece = std::size_t{256} << 10U;

// Stands for a line over kMaxLine.
constexpr std::string_view kTooLong = "(too long)";

gzFile opened(void* file) {
  return static_cast<gzFile>(file);
}

}  // namespace

LineStream::LineStream(int descriptor) : buffer_(kMaxLine + 2) {
  file_ = gzdopen(descriptor, "rb");
  if (file_ == nullptr) {
    ::close(descriptor);
    throw std::runtime_error("zlib has no memory");
  }
  gzbuffer(opened(file_), kPiece);
}

LineStream::~LineStream() {
  gzclose(opened(file_));
}

// More octets behind end_. False at the end of the file.
bool LineStream::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const auto room = std::min(kPiece, buffer_.size() - end_);
  const int got = gzread(opened(file_), buffer_.data() + end_, static_cast<unsigned>(room));
  if (got < 0) damaged_ = true;
  if (got <= 0) {
    int code = Z_OK;
    gzerror(opened(file_), &code);
    damaged_ = damaged_ || (code != Z_OK && code != Z_STREAM_END);
    return false;
  }
  end_ += static_cast<std::size_t>(got);
  return true;
}

bool LineStream::next(std::string_view& line, bool takeTail) {
  std::size_t looked = begin_;
  std::size_t dropped = 0;  // of a line that is too long
  while (true) {
    const void* newline = std::memchr(buffer_.data() + looked, '\n', end_ - looked);
    if (newline != nullptr) {
      const auto at = static_cast<std::size_t>(static_cast<const char*>(newline) - buffer_.data());
      line = {buffer_.data() + begin_, at - begin_};
      offset_ += dropped + line.size() + 1;
      begin_ = at + 1;
      if (dropped > 0) line = kTooLong;
      return true;
    }
    if (end_ - begin_ > kMaxLine) {
      dropped += end_ - begin_;
      end_ = begin_;
    }
    const std::size_t unseen = end_ - begin_;
    if (!fill()) break;
    looked = begin_ + unseen;
  }
  if (!takeTail || dropped + end_ - begin_ == 0) return false;
  line = {buffer_.data() + begin_, end_ - begin_};
  offset_ += dropped + line.size();
  if (dropped > 0) line = kTooLong;
  begin_ = end_;
  return true;
}

bool LineStream::skip(std::uint64_t octets) {
  while (octets > 0) {
    if (begin_ == end_ && !fill()) return false;
    const auto step = std::min<std::uint64_t>(octets, end_ - begin_);
    begin_ += static_cast<std::size_t>(step);
    offset_ += step;
    octets -= step;
  }
  return true;
}

}  // namespace alignd::reporting
