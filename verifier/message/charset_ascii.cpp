#include "verifier/message/charset_ascii.h"

#include <algorithm>
#include <array>

#include "dns/data/ascii.h"
#include "verifier/message/word_octets.h"

namespace alignd::message {

namespace {

constexpr char kForeign = '\x80';  // stands for a character that is not ASCII

enum class Coding { Plain, Utf7, Japanese, Korean, Chinese, Hz, Opaque };

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// The numbers that IBM and Microsoft gave to code pages of EBCDIC; Microsoft's are IBM's after 20000.
bool isEbcdicPage(int page) {
  static constexpr std::array kPages{
      37,   38,   256,  259,  273,  274,  275,  277,  278,   280,   281,   282,   284,  285,  286,  290,
      293,  297,  298,  300,  310,  361,  382,  383,  384,   385,   386,   387,   388,  389,  390,  391,
      392,  393,  394,  395,  410,  420,  421,  423,  424,   425,   500,   803,   829,  833,  834,  835,
      836,  837,  838,  839,  870,  871,  875,  880,  892,   893,   905,   918,   924,  930,  931,  933,
      935,  937,  939,  1025, 1026, 1027, 1028, 1047, 1069,  1070,  1079,  1097,  1112, 1122, 1123, 1130,
      1132, 1137, 1140, 1141, 1142, 1143, 1144, 1145, 1146,  1147,  1148,  1149,  1153, 1154, 1155, 1156,
      1157, 1158, 1159, 1160, 1164, 1166, 1364, 1371, 1377,  1388,  1390,  1399,  4517, 4899, 4909, 4933,
      4971, 5026, 5035, 5123, 8482, 9030, 9066, 9122, 12708, 12712, 16684, 16804, 21025};
  if (page > 20000 && page < 21000) page -= 20000;
  return std::find(kPages.begin(), kPages.end(), page) != kPages.end();
}

// `name` in letters and digits of lower case.
bool isOpaque(std::string_view name) {
  static constexpr std::array<std::string_view, 26> kCodecs{"unicodeescape", "rawunicodeescape",
                                                            "stringescape",  "unicodeinternal",
                                                            "java",          "c99",
                                                            "html",          "htmlentities",
                                                            "htmlent",       "base64",
                                                            "uuencode",      "uu",
                                                            "quopri",        "quotedprintable",
                                                            "qprint",        "hex",
                                                            "zip",           "zlib",
                                                            "bz2",           "rot13",
                                                            "punycode",      "idna",
                                                            "scsu",          "bocu1",
                                                            "gsm0338",       "utfebcdic"};
  if (name.find("ebcdic") != std::string_view::npos || name.starts_with("osf") ||
      name.find("utf7imap") != std::string_view::npos)
    return true;
  std::string_view codec = name;
  if (codec.starts_with("cs")) codec.remove_prefix(2);
  if (codec.ends_with("codec")) codec.remove_suffix(5);
  if (std::find(kCodecs.begin(), kCodecs.end(), codec) != kCodecs.end()) return true;
  // IBM037, cp500, x-ibm-1047, csIBM1026, 1140
  const std::size_t digits = codec.find_first_of("0123456789");
  if (digits == std::string_view::npos || codec.size() - digits > 5) return false;
  const std::string_view prefix = codec.substr(0, digits);
  int page = 0;
  for (const char c : codec.substr(digits)) {
    if (!ascii::isDigit(c)) return false;
    page = page * 10 + (c - '0');
  }
  constexpr std::array<std::string_view, 8> kPrefixes{"",     "cp",  "ibm", "ccsid",
                                                      "xibm", "xcp", "ms",  "windows"};
  return std::find(kPrefixes.begin(), kPrefixes.end(), prefix) != kPrefixes.end() && isEbcdicPage(page);
}

// By what all the names of a charset have in common (utf-7, unicode-1-1-utf-7, utf7; csISO2022JP, iso-2022-jp-ms).
Coding codingOf(std::string_view charset) {
  std::string name;
  for (const char c : charset.substr(0, charset.find('*'))) {
    if (ascii::isAlnum(c)) name += ascii::lower(c);
  }
  if (isOpaque(name)) return Coding::Opaque;
  if (name.ends_with("utf7")) return Coding::Utf7;
  if (contains(name, "iso2022jp") || name.starts_with("cp5022")) return Coding::Japanese;
  if (contains(name, "iso2022kr")) return Coding::Korean;
  if (contains(name, "iso2022cn")) return Coding::Chinese;
  if (name == "hz" || name.starts_with("hzgb")) return Coding::Hz;
  return Coding::Plain;
}

// NUL stands beside every octet of ASCII in UTF-16.
std::string withoutNul(std::string_view octets) {
  std::string out;
  std::copy_if(octets.begin(), octets.end(), std::back_inserter(out), [](char c) { return c != 0; });
  return out;
}

// RFC 2152: behind a "+", up to a "-" or what is no base64, stands UTF-16; "+-" is a plus sign.
std::string utf7(std::string_view octets) {
  std::string out;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    if (octets[i] != '+') {
      out += octets[i];
      continue;
    }
    std::size_t end = i + 1;
    while (end < octets.size() && base64Value(octets[end]) >= 0) ++end;
    const bool dash = end < octets.size() && octets[end] == '-';
    if (dash && end == i + 1) {
      out += '+';
    } else {
      appendB(octets.substr(i + 1, end - i - 1), out);
    }
    i = dash ? end : end - 1;
  }
  return out;
}

constexpr char kEscape = '\x1b';
constexpr char kShiftOut = '\x0e';
constexpr char kShiftIn = '\x0f';

// ISO 2022 as mail uses it: some escape sequences put a set into G0, at once, others into G1, where it waits for SO.
class Iso2022 {
 public:
  Iso2022(Coding coding, std::string_view octets) : coding_(coding), octets_(octets) {}

  std::string ascii() {
    while (at_ < octets_.size()) step();
    return std::move(out_);
  }

 private:
  void step();
  void escape();

  Coding coding_;
  std::string_view octets_;
  std::size_t at_ = 0;
  bool foreign_ = false;  // what stands in G0 is not ASCII
  bool second_ = false;   // something stands in G1
  bool shifted_ = false;  // SO
  std::string out_;
};

void Iso2022::step() {
  const char c = octets_[at_];
  if (c == kEscape) return escape();
  ++at_;
  if (c == '\r' || c == '\n') foreign_ = shifted_ = false;
  if (c == kShiftOut || c == kShiftIn) {
    shifted_ = c == kShiftOut && second_;
  } else {
    out_ += (foreign_ || shifted_) && c > ' ' && c < '\x7f' ? kForeign : c;
  }
}

void Iso2022::escape() {
  enum class Effect { Ascii, Foreign, Second };
  struct Sequence {
    Coding coding;
    Effect effect;
    std::string_view octets;
  };
  static constexpr std::array kSequences{
      Sequence{Coding::Japanese, Effect::Ascii, "\x1b(B"},
      Sequence{Coding::Japanese, Effect::Ascii, "\x1b(J"},     // JIS-Roman
      Sequence{Coding::Japanese, Effect::Foreign, "\x1b(I"},   // half-width katakana
      Sequence{Coding::Japanese, Effect::Foreign, "\x1b$@"},   // JIS C 6226
      Sequence{Coding::Japanese, Effect::Foreign, "\x1b$B"},   // JIS X 0208
      Sequence{Coding::Japanese, Effect::Foreign, "\x1b$(D"},  // JIS X 0212
      Sequence{Coding::Japanese, Effect::Foreign, "\x1b$(O"},  // JIS X 0213
      Sequence{Coding::Japanese, Effect::Foreign, "\x1b$(P"},
      Sequence{Coding::Japanese, Effect::Foreign, "\x1b$(Q"},
      Sequence{Coding::Japanese, Effect::Foreign, "\x1b$A"},   // GB 2312
      Sequence{Coding::Japanese, Effect::Foreign, "\x1b$(C"},  // KS C 5601
      Sequence{Coding::Korean, Effect::Second, "\x1b$)C"},
      Sequence{Coding::Chinese, Effect::Second, "\x1b$)A"},  // GB 2312
      Sequence{Coding::Chinese, Effect::Second, "\x1b$)G"},  // CNS 11643 plane 1
      Sequence{Coding::Chinese, Effect::Second, "\x1b$)E"},  // ISO-IR-165
  };
  const auto* const found = std::find_if(kSequences.begin(), kSequences.end(), [&](const Sequence& sequence) {
    return sequence.coding == coding_ && octets_.substr(at_).starts_with(sequence.octets);
  });
  if (found == kSequences.end()) {
    foreign_ = shifted_ = false;
    ++at_;
    return;
  }
  at_ += found->octets.size();
  if (found->effect == Effect::Second) {
    second_ = true;
  } else {
    foreign_ = found->effect == Effect::Foreign;
  }
}

// "~{" to "~}", each pair of octets between them a character; "~~" is a tilde.
std::string hz(std::string_view octets) {
  std::string out;
  bool foreign = false;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const char c = octets[i];
    const char next = i + 1 < octets.size() ? octets[i + 1] : '\0';
    if (c == '\n') foreign = false;
    if (c == '~' && (foreign ? next == '}' : next == '{')) {
      foreign = !foreign;
      ++i;
    } else if (c == '~' && next == '~' && !foreign) {
      out += c;
      ++i;
    } else {
      out += foreign && c > ' ' && c < '\x7f' ? kForeign : c;
    }
  }
  return out;
}

}  // namespace

std::string asciiIn(std::string_view charset, std::string_view octets) {
  const Coding coding = codingOf(charset);
  switch (coding) {
    case Coding::Utf7: return withoutNul(utf7(octets));
    case Coding::Hz: return withoutNul(hz(octets));
    case Coding::Plain: return withoutNul(octets);
    case Coding::Opaque: return "<@\x80.\x80>";
    case Coding::Japanese:
    case Coding::Korean:
    case Coding::Chinese: break;
  }
  return withoutNul(Iso2022(coding, octets).ascii());
}

}  // namespace alignd::message
