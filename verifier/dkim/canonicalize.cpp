#include "verifier/dkim/canonicalize.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "dns/data/ascii.h"
#include "dns/data/octets.h"

namespace alignd::dkim {

namespace {

// Octets at the end of `text` that hang on what follows: line ends, and behind them a CR that may be half of one.
std::size_t openEnd(std::string_view text) {
  const std::size_t size = text.size();
  if (text.ends_with('\r')) text.remove_suffix(1);
  while (text.ends_with("\r\n")) text.remove_suffix(2);
  return size - text.size();
}

// ---- header ----

// RFC 6376 section 3.4.2, the value: unfold, reduce runs of blanks, drop those at both ends.
void appendRelaxedValue(std::string_view value, std::string& out) {
  const std::size_t begin = out.size();
  out.resize(begin + value.size());
  char* to = out.data() + begin;
  const char* const first = to;
  bool blank = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    // Eight that are no blanks and end no line stay as they are.
    for (; value.size() - i > sizeof(octets::Word); i += sizeof(octets::Word)) {
      const octets::Word word = octets::load(value.data() + i);
      if (octets::anyBelow(word, ' ' + 1)) break;
      if (blank && to != first) *to++ = ' ';
      blank = false;
      std::memcpy(to, &word, sizeof(word));
      to += sizeof(word);
    }
    const char c = value[i];
    if (ascii::isWsp(c)) {
      blank = true;
      continue;
    }
    if (c == '\r' && i + 2 < value.size() && value[i + 1] == '\n' && ascii::isWsp(value[i + 2])) {
      ++i;
      continue;
    }
    if (blank && to != first) *to++ = ' ';
    blank = false;
    *to++ = c;
  }
  out.resize(static_cast<std::size_t>(to - out.data()));
}

}  // namespace

void appendLower(std::string& out, std::string_view text) {
  const std::size_t begin = out.size();
  out.append(text);
  for (std::size_t i = begin; i < out.size(); ++i) out[i] = ascii::lower(out[i]);
}

std::string_view canonicalizationName(Canonicalization canonicalization) {
  return canonicalization == Canonicalization::Simple ? "simple" : "relaxed";
}

void canonicalizeField(Canonicalization canonicalization, std::string_view whole, std::string& out) {
  if (canonicalization == Canonicalization::Simple) {
    out += whole;
    return;
  }
  const std::size_t colon = std::min(whole.find(':'), whole.size());
  std::string_view name = whole.substr(0, colon);
  while (!name.empty() && ascii::isWsp(name.back())) name.remove_suffix(1);
  appendLower(out, name);
  out += ':';
  if (colon < whole.size()) appendRelaxedValue(whole.substr(colon + 1), out);
}

// ---- body ----

void BodyCanonicalizer::reset() noexcept {
  gathered_ = 0;
  lineEnds_ = 0;
  blank_ = cr_ = written_ = false;
}

void BodyCanonicalizer::feed(std::string_view chunk) {
  if (chunk.empty()) return;
  if (canonicalization_ == Canonicalization::Simple) {
    feedSimple(chunk);
  } else {
    feedRelaxed(chunk);
  }
}

// `octets` are content, so that the line ends in front of them are content too.
void BodyCanonicalizer::write(std::string_view octets) {
  constexpr auto kManyLineEnds = [] {
    std::array<char, 1024> text{};
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = i % 2 == 0 ? '\r' : '\n';
    return text;
  }();
  for (; lineEnds_ > 0;) {
    const std::uint64_t now = std::min<std::uint64_t>(lineEnds_, kManyLineEnds.size() / 2);
    sink_.write({kManyLineEnds.data(), static_cast<std::size_t>(now) * 2});
    lineEnds_ -= now;
  }
  written_ = true;
  sink_.write(octets);
}

// RFC 6376 section 3.4.3: nothing changes but the line ends at the end of the body.
void BodyCanonicalizer::feedSimple(std::string_view chunk) {
  if (cr_) {  // that ended the last chunk
    cr_ = false;
    if (chunk.front() == '\n') {
      ++lineEnds_;
      chunk.remove_prefix(1);
    } else {
      write("\r");
    }
  }
  const std::size_t open = openEnd(chunk);
  if (open < chunk.size()) write(chunk.substr(0, chunk.size() - open));
  lineEnds_ += open / 2;
  cr_ = open % 2 != 0;
}

// RFC 6376 section 3.4.4. Where it is known what follows, and what came before is settled, blocks are reduced at once;
// what is left, a few octets at the ends of the chunk, goes one by one.
void BodyCanonicalizer::feedRelaxed(std::string_view chunk) {
  while (!chunk.empty()) {
    std::size_t done = 0;
    if (!blank_ && !cr_) done = chunk.size() >= kReduceTail ? feedBlocks(chunk) : feedEnd(chunk);
    if (done == 0) feedOctet(chunk[done++]);
    chunk.remove_prefix(done);
  }
}

// Returns how many octets of `text` it took: what stays as it is goes without a copy when it is long.
std::size_t BodyCanonicalizer::feedBlocks(std::string_view text) {
  constexpr std::size_t kLong = 1024;
  const std::size_t same = reducer_.countUnchanged(text);
  if (same >= kLong) {
    writeThrough(text.substr(0, same));
    return same;
  }
  if (gathered_ > kGather / 2) flush();
  const Reduced reduced = reducer_.reduce(text, buffer_.data() + gathered_, kGather - gathered_);
  gathered_ += reduced.written;
  return reduced.read;
}

// The end of a chunk, up to its last octet that is what it is whatever follows, on a pad that makes whole blocks of it.
std::size_t BodyCanonicalizer::feedEnd(std::string_view text) {
  const std::size_t settled = text.find_last_not_of(" \t\r") + 1;
  if (settled < kReduceBlock / 4) return 0;
  std::array<char, 2 * kReduceTail> pad;
  std::memcpy(pad.data(), text.data(), settled);
  std::memset(pad.data() + settled, 'x', pad.size() - settled);
  if (gathered_ > kGather / 2) flush();
  const Reduced reduced =
      reducer_.reduce({pad.data(), pad.size()}, buffer_.data() + gathered_, kGather - gathered_);
  gathered_ += reduced.written - (reduced.read - settled);  // less the octets of the pad
  return settled;
}

void BodyCanonicalizer::feedOctet(char c) {
  const auto putBlank = [&] {
    if (blank_) put(" ");
    blank_ = false;
  };
  if (cr_) {
    cr_ = false;
    if (c == '\n') {
      blank_ = false;
      return put("\r\n");
    }
    putBlank();
    put("\r");
  }
  if (ascii::isWsp(c)) {
    blank_ = true;
  } else if (c == '\r') {
    cr_ = true;
  } else {
    putBlank();
    put({&c, 1});
  }
}

void BodyCanonicalizer::put(std::string_view octets) {
  if (octets.size() > kGather - gathered_) flush();
  std::memcpy(buffer_.data() + gathered_, octets.data(), octets.size());
  gathered_ += octets.size();
}

// Canonical octets that are in no buffer.
void BodyCanonicalizer::writeThrough(std::string_view text) {
  const bool half = gathered_ > 0 && buffer_[gathered_ - 1] == '\r' && text.front() == '\n';
  if (half) {
    put("\n");
    text.remove_prefix(1);
  }
  flush();
  const std::size_t open = openEnd(text);
  if (open < text.size()) {
    if (gathered_ > 0) write({buffer_.data(), gathered_});  // a CR that was no half of a line end
    gathered_ = 0;
    write(text.substr(0, text.size() - open));
    text.remove_prefix(text.size() - open);
  }
  lineEnds_ += open / 2;
  if (open % 2 != 0) put("\r");
}

// All of the buffer but what hangs on what follows.
void BodyCanonicalizer::flush() {
  const std::size_t open = openEnd({buffer_.data(), gathered_});
  if (open < gathered_) write({buffer_.data(), gathered_ - open});
  lineEnds_ += open / 2;
  gathered_ = open % 2;
  if (gathered_ > 0) buffer_[0] = '\r';
}

void BodyCanonicalizer::finish() {
  if (cr_) {  // no line end: data
    if (blank_) put(" ");
    put("\r");
  }
  flush();
  if (gathered_ > 0) write({buffer_.data(), gathered_});
  // Simple: a body always ends in exactly one CRLF, even when it is empty. Relaxed: only when there is
  // anything left in front of it (RFC 6376 sections 3.4.3, 3.4.4).
  const bool some = written_ || canonicalization_ == Canonicalization::Simple;
  lineEnds_ = 0;
  if (some) sink_.write("\r\n");
}

}  // namespace alignd::dkim
