#include "verifier/dkim/canonicalize.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#  include <emmintrin.h>
#endif

#include "dns/ascii.h"

namespace alignd::dkim {

namespace {

// ---- finding the next octet that relaxed has to look at ----

// Sixteen octets at a time in the portable vector notation of GCC and Clang.
constexpr std::size_t kBlock = 16;
using Block [[gnu::vector_size(kBlock)]] = unsigned char;
using Mask [[gnu::vector_size(kBlock)]] = signed char;

Block load(const char* at) {
  Block block;
  std::memcpy(&block, at, kBlock);
  return block;
}

// 0xff where a HTAB stands, or a SP with SP, HTAB or CR behind it. Reads kBlock + 1 octets.
Mask uncleanMask(const char* at) {
  const Block here = load(at);
  const Block next = load(at + 1);
  return (here == '\t') | ((here == ' ') & ((next == ' ') | (next == '\t') | (next == '\r')));
}

#if defined(__SSE2__)
// A bit an octet, the first octet lowest: a quarter faster than the portable form below on lines that change.
unsigned bitsOf(Mask mask) {
  return static_cast<unsigned>(_mm_movemask_epi8(std::bit_cast<__m128i>(mask)));
}

bool anySet(Mask mask) {
  return bitsOf(mask) != 0;
}

// Where in a block the first octet of `mask` is set; kBlock when none is.
std::size_t firstSet(Mask mask) {
  return std::min(kBlock, static_cast<std::size_t>(std::countr_zero(bitsOf(mask))));
}
#else
bool anySet(Mask mask) {
  const auto half = std::bit_cast<std::array<std::uint64_t, 2> >(mask);
  return (half[0] | half[1]) != 0;
}

std::size_t firstSet(Mask mask) {
  const auto octets = std::bit_cast<std::array<std::uint8_t, kBlock> >(mask);
  const auto* const found =
      std::find_if(octets.begin(), octets.end(), [](std::uint8_t octet) { return octet != 0; });
  return static_cast<std::size_t>(found - octets.begin());
}
#endif

// The first blank at or after `at` that may not stay as it is: a HTAB, or a SP that is followed by another
// blank, by a CR or by the end of `text`. text.size() when there is none.
std::size_t findUnclean(std::string_view text, std::size_t at) {
  const char* data = text.data();
  const std::size_t size = text.size();
  // Most lines that need a change are short: block by block for a while, then four blocks at once.
  for (int patience = 8; at + kBlock < size; at += kBlock) {
    if (--patience < 0 && at + 4 * kBlock < size) {
      const Mask any = uncleanMask(data + at) | uncleanMask(data + at + kBlock) |
                       uncleanMask(data + at + 2 * kBlock) | uncleanMask(data + at + 3 * kBlock);
      if (!anySet(any)) {
        at += 3 * kBlock;
        continue;
      }
    }
    const std::size_t found = firstSet(uncleanMask(data + at));
    if (found < kBlock) return at + found;
  }
  for (; at < size; ++at) {
    if (text[at] == '\t') return at;
    if (text[at] != ' ') continue;
    if (at + 1 == size || ascii::isWsp(text[at + 1]) || text[at + 1] == '\r') return at;
  }
  return size;
}

// The end of the run of blanks that starts at `at`.
std::size_t skipBlanks(std::string_view text, std::size_t at) {
  while (at + kBlock <= text.size()) {
    const Block here = load(text.data() + at);
    const std::size_t found = firstSet((here != ' ') & (here != '\t'));
    at += found;
    if (found < kBlock) return at;
  }
  while (at < text.size() && ascii::isWsp(text[at])) ++at;
  return at;
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
  std::transform(name.begin(), name.end(), std::back_inserter(out), ascii::lower);
  out += ':';
  if (colon < whole.size()) appendRelaxedValue(whole.substr(colon + 1), out);
}

// ---- body ----

void BodyCanonicalizer::reset() {
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

void BodyCanonicalizer::write(std::string_view octets) {
  written_ = true;
  if (octets.size() > kGather - gathered_) flush();
  if (octets.size() >= kGather / 2) {
    flush();
    sink_.write(octets);
    return;
  }
  std::memcpy(buffer_.data() + gathered_, octets.data(), octets.size());
  gathered_ += octets.size();
}

void BodyCanonicalizer::flush() {
  if (gathered_ > 0) sink_.write({buffer_.data(), gathered_});
  gathered_ = 0;
}

// `content` follows, so that everything held back is content too.
void BodyCanonicalizer::writeHeldBack(std::string_view content) {
  constexpr auto kManyLineEnds = [] {
    std::array<char, 1024> text{};
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = i % 2 == 0 ? '\r' : '\n';
    return text;
  }();
  for (; lineEnds_ > 0;) {
    const std::uint64_t now = std::min<std::uint64_t>(lineEnds_, kManyLineEnds.size() / 2);
    write({kManyLineEnds.data(), static_cast<std::size_t>(now) * 2});
    lineEnds_ -= now;
  }
  if (blank_) write(" ");
  blank_ = false;
  write(content);
}

// The CR that ended the last chunk meets its successor. Returns how much of `chunk` that used up.
std::size_t BodyCanonicalizer::resumeAtCr(std::string_view chunk) {
  cr_ = false;
  if (chunk.front() == '\n') {
    blank_ = false;
    ++lineEnds_;
    return 1;
  }
  writeHeldBack("\r");
  return 0;
}

// RFC 6376 section 3.4.3: nothing changes but the line ends at the end of the body.
void BodyCanonicalizer::feedSimple(std::string_view chunk) {
  if (cr_) chunk.remove_prefix(resumeAtCr(chunk));
  if (chunk.ends_with('\r')) {
    cr_ = true;
    chunk.remove_suffix(1);
  }
  std::uint64_t lineEnds = 0;
  while (chunk.ends_with("\r\n")) {
    chunk.remove_suffix(2);
    ++lineEnds;
  }
  if (!chunk.empty()) writeHeldBack(chunk);
  lineEnds_ += lineEnds;
}

// RFC 6376 section 3.4.4. The loop sees runs of blanks, line ends and content; content runs on, over clean
// blanks and line ends, up to the next blank that has to change.
void BodyCanonicalizer::feedRelaxed(std::string_view chunk) {
  std::size_t at = cr_ ? resumeAtCr(chunk) : 0;
  while (at < chunk.size()) {
    if (ascii::isWsp(chunk[at])) {
      blank_ = true;
      at = skipBlanks(chunk, at);
      continue;
    }
    if (chunk[at] == '\r') {
      if (at + 1 == chunk.size()) {
        cr_ = true;
        return;
      }
      if (chunk[at + 1] == '\n') {
        blank_ = false;
        ++lineEnds_;
        at += 2;
        continue;
      }
    }
    const std::size_t stop = findUnclean(chunk, at);
    std::string_view content = chunk.substr(at, stop - at);
    at = stop;
    const bool endsInCr = stop == chunk.size() && content.ends_with('\r');
    if (endsInCr) content.remove_suffix(1);
    std::uint64_t lineEnds = 0;
    while (content.ends_with("\r\n")) {
      content.remove_suffix(2);
      ++lineEnds;
    }
    writeHeldBack(content);  // never empty: its first octet is neither blank nor the start of a line end
    lineEnds_ = lineEnds;
    cr_ = endsInCr;
  }
}

void BodyCanonicalizer::finish() {
  if (cr_) writeHeldBack("\r");  // no line end: data
  // Simple: a body always ends in exactly one CRLF, even when it is empty. Relaxed: only when there is
  // anything left in front of it (RFC 6376 sections 3.4.3, 3.4.4).
  if (written_ || canonicalization_ == Canonicalization::Simple) write("\r\n");
  flush();
}

}  // namespace alignd::dkim
