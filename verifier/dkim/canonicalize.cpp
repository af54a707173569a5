#include "verifier/dkim/canonicalize.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#  include <emmintrin.h>
#endif

#include "dns/data/ascii.h"

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
  for (; at + 4 * kBlock < size; at += 4 * kBlock) {
    const Mask any = uncleanMask(data + at) | uncleanMask(data + at + kBlock) |
                     uncleanMask(data + at + 2 * kBlock) | uncleanMask(data + at + 3 * kBlock);
    if (anySet(any)) break;
  }
  for (; at + kBlock < size; at += kBlock) {
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

// True when the octet at `at` is content whatever follows, or starts a line end that content follows.
bool contentAt(std::string_view text, std::size_t at) {
  if (at >= text.size()) return false;
  if (text[at] != '\r') return true;
  return at + 2 < text.size() && text[at + 1] == '\n' && text[at + 2] != '\r' && !ascii::isWsp(text[at + 2]);
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

// Content follows, so that everything held back is content too.
void BodyCanonicalizer::writeHeldBack() {
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
}

// The CR that ended the last chunk meets its successor. Returns how much of `chunk` that used up.
std::size_t BodyCanonicalizer::resumeAtCr(std::string_view chunk) {
  cr_ = false;
  if (chunk.front() == '\n') {
    blank_ = false;
    ++lineEnds_;
    return 1;
  }
  writeHeldBack();
  write("\r");
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
  if (!chunk.empty()) {
    writeHeldBack();
    write(chunk);
  }
  lineEnds_ += lineEnds;
}

// RFC 6376 section 3.4.4. The loop sees runs of blanks and line ends, of which it is not known what they are
// before it is known what follows, and content.
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
    at = feedContent(chunk, at);
  }
}

// Content stands at `begin`; it runs on over clean blanks and line ends. A blank that has to change does not end
// it when more content is in sight: then the blanks at the end of a line are left out, or all of a run but the
// last, and the next piece starts with the line end or the SP that stand there. Returns where content is not
// certain any more.
std::size_t BodyCanonicalizer::feedContent(std::string_view chunk, std::size_t begin) {
  writeHeldBack();
  written_ = true;
  for (;;) {
    const auto [copied, found] = copyClean(chunk, begin);
    const std::size_t stop = found ? copied : findUnclean(chunk, copied);
    const std::string_view rest = chunk.substr(copied, stop - copied);
    const std::size_t next = skipBlanks(chunk, stop);
    if (!contentAt(chunk, next)) {
      holdBack(chunk.substr(begin, stop - begin), rest, stop == chunk.size());
      return stop;
    }
    if (!rest.empty()) write(rest);
    begin = next;
    if (chunk[next] == '\r') continue;
    if (chunk[next - 1] == ' ') {
      --begin;
    } else {
      write(" ");
    }
  }
}

// Copies clean octets to the buffer, sixteen at a time while it looks at them: in lines that change, the first
// unclean octet comes soon, and this is cheaper than to look first and copy then. What is clean for longer is
// left to be written without a copy. Returns how far it came, and whether there is an unclean octet.
std::pair<std::size_t, bool> BodyCanonicalizer::copyClean(std::string_view chunk, std::size_t at) {
  constexpr std::size_t kShort = 8 * kBlock;
  if (gathered_ > kGather - kShort) flush();
  for (const std::size_t end = at + kShort; at < end && at + kBlock < chunk.size(); at += kBlock) {
    std::memcpy(buffer_.data() + gathered_, chunk.data() + at, kBlock);
    const std::size_t clean = firstSet(uncleanMask(chunk.data() + at));
    if (clean < kBlock) {
      gathered_ += clean;
      return {at + clean, true};
    }
    gathered_ += kBlock;
  }
  return {at, false};
}

// `content` is in the buffer but for `rest`, its end, which is written now. Not so the line ends, and at the end
// of the chunk the CR, that `content` ends in: they hang on what follows.
void BodyCanonicalizer::holdBack(std::string_view content, std::string_view rest, bool endOfChunk) {
  std::size_t held = 0;
  cr_ = endOfChunk && content.ends_with('\r');
  if (cr_) held = 1;
  for (; content.substr(0, content.size() - held).ends_with("\r\n"); held += 2) ++lineEnds_;
  if (held <= rest.size()) {
    write(rest.substr(0, rest.size() - held));
  } else {
    gathered_ -= held - rest.size();
  }
}

void BodyCanonicalizer::finish() {
  if (cr_) {  // no line end: data
    writeHeldBack();
    write("\r");
  }
  // Simple: a body always ends in exactly one CRLF, even when it is empty. Relaxed: only when there is
  // anything left in front of it (RFC 6376 sections 3.4.3, 3.4.4).
  if (written_ || canonicalization_ == Canonicalization::Simple) write("\r\n");
  flush();
}

}  // namespace alignd::dkim
