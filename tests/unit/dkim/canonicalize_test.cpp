// RFC 6376 section 3.4, against examples, and the fast forms against the naive ones at every split.
#include "verifier/dkim/canonicalize.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/dkim/naive.h"

namespace alignd::dkim {
namespace {

using namespace std::string_literals;
constexpr auto kBoth = {Canonicalization::Simple, Canonicalization::Relaxed};

class Collector final : public OctetSink {
 public:
  void write(std::string_view octets) override { text += octets; }
  std::string text;
};

// By every set of instructions that this processor has; they must agree.
std::string inPieces(Canonicalization canonicalization, const std::vector<std::string_view>& pieces) {
  std::string found;
  for (const Reducer& reducer : reducers()) {
    if (!reducer.available()) continue;
    Collector out;
    BodyCanonicalizer canonicalizer(canonicalization, out, reducer);
    for (const auto piece : pieces) canonicalizer.feed(piece);
    canonicalizer.finish();
    if (&reducer != &reducers().front()) {
      EXPECT_EQ(out.text, found) << reducer.name;
    }
    found = std::move(out.text);
  }
  return found;
}

std::string inPiecesOf(Canonicalization canonicalization, std::string_view text, std::size_t size) {
  std::vector<std::string_view> pieces;
  for (std::size_t at = 0; at < text.size(); at += size) pieces.push_back(text.substr(at, size));
  return inPieces(canonicalization, pieces);
}

TEST(Body, Examples) {
  struct Row {
    std::string text;
    std::string simple;
    std::string relaxed;
    std::string_view why;
  };
  const Row rows[] = {
      {"", "\r\n", "", "3.4.3, 3.4.4: empty body"},
      {"\r\n", "\r\n", "", "one line end"},
      {"\r\n\r\n\r\n", "\r\n", "", "blank lines only"},
      {" \t \r\n\t\r\n", " \t \r\n\t\r\n", "", "lines of blanks vanish in relaxed: blanks first, then lines"},
      {" ", " \r\n", "", "blanks without line end"},
      {"a", "a\r\n", "a\r\n", "3.4.4: missing final CRLF is added"},
      {"a\r\n", "a\r\n", "a\r\n", "as it is"},
      {"a\r\n\r\n \r\n", "a\r\n\r\n \r\n", "a\r\n", "blank lines at the end"},
      {"a\r\n\r\nb\r\n", "a\r\n\r\nb\r\n", "a\r\n\r\nb\r\n", "blank lines inside stay"},
      {" C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n", " C\r\nD E\r\n", "3.4.5: the RFC's example"},
      {"a  b\t\tc \t d", "a  b\t\tc \t d\r\n", "a b c d\r\n", "runs of blanks"},
      {"a \t", "a \t\r\n", "a\r\n", "blanks at the very end"},
      {"a\rb", "a\rb\r\n", "a\rb\r\n", "bare CR is data"},
      {"a\nb\n", "a\nb\n\r\n", "a\nb\n\r\n", "bare LF is data"},
      {"\r", "\r\r\n", "\r\r\n", "a bare CR is a body"},
      {"\n", "\n\r\n", "\n\r\n", "a bare LF likewise"},
      {"a\r\n\r", "a\r\n\r\r\n", "a\r\n\r\r\n", "CR at the end of the body"},
      {"a \r\r\n", "a \r\r\n", "a \r\r\n", "blank before a bare CR stays"},
      {"a \rb", "a \rb\r\n", "a \rb\r\n", "likewise"},
      {"a \n b", "a \n b\r\n", "a \n b\r\n", "and before a bare LF"},
      {"\n\r\n\r\n", "\n\r\n", "\n\r\n", "line ends after LF"},
      {"a\0b\r\n"s, "a\0b\r\n"s, "a\0b\r\n"s, "NUL is data"},
      {"\xc3\xa4\xa0\r\n", "\xc3\xa4\xa0\r\n", "\xc3\xa4\xa0\r\n", "8-bit is data, NBSP no blank"},
      {"a\v\f\r\n", "a\v\f\r\n", "a\v\f\r\n", "VT and FF are no blanks"},
      {".\r\n..\r\n", ".\r\n..\r\n", ".\r\n..\r\n", "3.7: no dot-stuffing here"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(inPieces(Canonicalization::Simple, {row.text}), row.simple) << row.why;
    EXPECT_EQ(inPieces(Canonicalization::Relaxed, {row.text}), row.relaxed) << row.why;
    EXPECT_EQ(naive::simpleBody(row.text), row.simple) << "the naive form: " << row.why;
    EXPECT_EQ(naive::relaxedBody(row.text), row.relaxed) << "the naive form: " << row.why;
  }
}

// Every text of up to six of the octets that matter, cut at every place.
TEST(Body, AllShortTextsAtEverySplit) {
  const std::string octets = "a \t\r\n";
  std::vector<std::string> texts{""};
  for (std::size_t begin = 0, length = 1; length <= 6; ++length) {
    const std::size_t end = texts.size();
    for (; begin < end; ++begin) {
      for (const char c : octets) texts.push_back(texts[begin] + c);
    }
  }
  for (const auto canonicalization : kBoth) {
    for (const auto& text : texts) {
      const std::string expected = naive::body(canonicalization, text);
      const std::string_view view = text;
      for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        ASSERT_EQ(inPieces(canonicalization, {view.substr(0, cut), view.substr(cut)}), expected)
            << canonicalizationName(canonicalization) << " cut at " << cut << ": "
            << testing::PrintToString(text);
      }
      ASSERT_EQ(inPiecesOf(canonicalization, text, 1), expected) << testing::PrintToString(text);
    }
  }
}

// Long enough for every path: blocks, their ends, direct writes, gathered writes.
TEST(Body, LongRandomTextsAtManySplits) {
  std::mt19937 random(20260101);
  for (int round = 0; round < 60; ++round) {
    const std::size_t rare = 2U << (round % 9);  // from dense blanks to hardly any
    std::string text;
    const std::size_t size = 200 + random() % 9000;
    while (text.size() < size) {
      switch (random() % rare) {
        case 0: text.append(1 + random() % 40, random() % 2 == 0 ? ' ' : '\t'); break;
        case 1: text += "\r\n"; break;
        default: text += static_cast<char>("abc\r\n \t\0z"[random() % (random() % 50 == 0 ? 9 : 3)]);
      }
    }
    for (const auto canonicalization : kBoth) {
      const std::string expected = naive::body(canonicalization, text);
      ASSERT_EQ(inPieces(canonicalization, {text}), expected) << "round " << round;
      for (const std::size_t size2 :
           {1U, 2U, 3U, 15U, 16U, 17U, 63U, 64U, 65U, 127U, 128U, 129U, 1000U, 4096U}) {
        ASSERT_EQ(inPiecesOf(canonicalization, text, size2), expected)
            << "round " << round << " by " << size2;
      }
    }
  }
}

// A line end, a bare CR, a run of blanks across every border of a block.
TEST(Body, EveryPlaceInABlock) {
  for (const std::string& piece :
       {"\r\n"s, "\r"s, "\n"s, " \r\n"s, " \r"s, "\t\t \r\n\r\n"s, " \r\r\n"s, "\t"s, std::string(70, ' '),
        std::string(130, ' ') + "\r\n", "\r\n \r\n"s}) {
    for (std::size_t at = 0; at < 200; ++at) {
      std::string text(at, 'a');
      text += piece;
      text.append(300 - at % 3, 'b');
      text += piece;
      const std::string expected = naive::body(Canonicalization::Relaxed, text);
      ASSERT_EQ(inPieces(Canonicalization::Relaxed, {text}), expected) << at << testing::PrintToString(piece);
    }
  }
}

// Blanks that go make a copy of the first blocks. What is long and clean behind them is not copied, wherever that begins:
// between the halves of a line end too.
TEST(Body, EveryPlaceBetweenCopiedAndClean) {
  for (const std::string& piece : {"\r\n"s, "\r"s, "\r\r\n"s, "\r\n\r\n"s, "\n"s}) {
    for (std::size_t at = 0; at < 800; ++at) {
      const std::string text = "b  c" + std::string(at, 'a') + piece + std::string(2000, 'd') + "\r\n";
      ASSERT_EQ(inPieces(Canonicalization::Relaxed, {text}), "b c" + text.substr(4))
          << at << testing::PrintToString(piece);
    }
  }
}

// Text that is not copied, behind and before halves of line ends that are.
TEST(Body, LongTextsBetweenHalvesOfLineEnds) {
  const std::string clean(5000, 'a');
  for (const std::string& before : {"b"s, "b\r"s, "b\r\n\r"s, "\r"s, ""s}) {
    for (const std::string& begins : {"\n"s, "\r"s, "\r\n"s, ""s}) {
      for (const std::string& ends : {"\r"s, "\r\n"s, "\r\n\r"s, "\n"s, ""s}) {
        const std::string middle = begins + clean + ends;
        for (const auto canonicalization : kBoth) {
          const std::vector<std::string_view> pieces{before, middle, "\nb"};
          EXPECT_EQ(inPieces(canonicalization, pieces),
                    naive::body(canonicalization, before + middle + "\nb"))
              << testing::PrintToString(before) << testing::PrintToString(begins)
              << testing::PrintToString(ends);
        }
      }
    }
  }
}

TEST(Reducers, LeaveWhatIsShorterThanTheirBlocks) {
  std::string out(1000, '\0');
  for (const Reducer& reducer : reducers()) {
    if (!reducer.available()) continue;
    const std::string text(kReduceTail - 1, 'a');
    EXPECT_EQ(reducer.countUnchanged(text), 0U) << reducer.name;
    EXPECT_EQ(reducer.reduce(text, out.data(), out.size()).read, 0U) << reducer.name;
    EXPECT_EQ(reducer.reduce(text + text, out.data(), kReduceTail - 1).read, 0U) << reducer.name;
  }
}

// What does not change is handed on as it stands in the input.
TEST(Body, LongCleanTextIsNotCopied) {
  class Watcher final : public OctetSink {
   public:
    explicit Watcher(std::string_view input) : input_(input) {}
    void write(std::string_view octets) override {
      const bool inside = octets.data() >= input_.data() && octets.data() < input_.data() + input_.size();
      (inside ? direct : copied) += octets.size();
    }
    std::size_t direct = 0;
    std::size_t copied = 0;

   private:
    std::string_view input_;
  };
  std::string text;
  while (text.size() < 100'000) text += "Some words, one blank between them.\r\n";
  Watcher watcher(text);
  BodyCanonicalizer canonicalizer(Canonicalization::Relaxed, watcher);
  canonicalizer.feed(text);
  canonicalizer.finish();
  EXPECT_EQ(watcher.direct + watcher.copied, text.size());
  EXPECT_LT(watcher.copied, 300U);
}

TEST(Body, MillionsOfBlankLinesCostNoMemoryAndAreCounted) {
  const std::string lines(std::size_t{64} * 1024, '\r');
  std::string chunk;
  for (int i = 0; i < 32 * 1024; ++i) chunk += "\r\n";
  for (const auto canonicalization : kBoth) {
    Collector out;
    BodyCanonicalizer canonicalizer(canonicalization, out);
    canonicalizer.feed("a");
    for (int i = 0; i < 16; ++i) canonicalizer.feed(chunk);
    EXPECT_LT(out.text.size(), 2U);
    canonicalizer.feed("b");
    canonicalizer.finish();
    EXPECT_EQ(out.text.size(), 16 * chunk.size() + 4);
  }
}

TEST(Field, Examples) {
  struct Row {
    std::string whole;
    std::string relaxed;
    std::string_view why;
  };
  const Row rows[] = {
      {"A: X", "a:X", "3.4.5: the RFC's example"},
      {"B : Y\t\r\n\tZ  ", "b:Y Z", "3.4.5: its second field"},
      {"Subject:", "subject:", "empty value"},
      {"Subject: ", "subject:", "blank value"},
      {"Subject:\r\n ", "subject:", "value that is a fold only"},
      {"Subject:\r\n foo", "subject:foo", "wrapped right after the colon"},
      {"Subject:\r\n \r\n \t foo \r\n\t", "subject:foo", "lines of blanks only"},
      {"SUBJECT \t:x", "subject:x", "blanks before the colon"},
      {"X-\xc3\x84: \xc3\x84", "x-\xc3\x84:\xc3\x84", "RFC 8616 section 5: ASCII only is lower-cased"},
      {"A: b\rc", "a:b\rc", "bare CR is data"},
      {"A: b\nc", "a:b\nc", "bare LF is data"},
      {"A: b\n c", "a:b\n c", "and does not fold"},
      {"A: b\r\nc", "a:b\r\nc", "CRLF that does not fold is data"},
      {"A: b\r\n", "a:b\r\n", "likewise at the end"},
      {"A: \0b"s, "a:\0b"s, "NUL is data"},
      {"A: b:  c", "a:b: c", "the first colon counts"},
      {"A\v: b", "a\v:b", "VT is no blank"},
      {"From  ", "from:", "no colon at all"},
      {" \t: x", ":x", "no name at all"},
  };
  for (const Row& row : rows) {
    std::string out = "x";
    canonicalizeField(Canonicalization::Relaxed, row.whole, out);
    EXPECT_EQ(out, "x" + row.relaxed) << row.why;
    EXPECT_EQ(naive::field(Canonicalization::Relaxed, row.whole), row.relaxed)
        << "the naive form: " << row.why;
    out.clear();
    canonicalizeField(Canonicalization::Simple, row.whole, out);
    EXPECT_EQ(out, row.whole) << row.why;
  }
}

TEST(Field, RandomAgainstNaive) {
  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    std::string whole = "Na";
    const std::size_t size = random() % 24;
    for (std::size_t i = 0; i < size; ++i) whole += ": \t\r\nAb"[random() % 7];
    std::string out;
    canonicalizeField(Canonicalization::Relaxed, whole, out);
    ASSERT_EQ(out, naive::field(Canonicalization::Relaxed, whole)) << testing::PrintToString(whole);
  }
}

TEST(Field, SixtyKilobytes) {
  std::string whole = "X:";
  std::string expected = "x:";
  for (int i = 0; i < 6000; ++i) {
    whole += "\r\n\t word  x";
    expected += i == 0 ? "word x" : " word x";
  }
  std::string out;
  canonicalizeField(Canonicalization::Relaxed, whole, out);
  EXPECT_EQ(out, expected);
}

}  // namespace
}  // namespace alignd::dkim
