#include "verifier/message/candidates.h"

#include <algorithm>
#include <array>

#include "dns/data/ascii.h"
#include "dns/data/name.h"
#include "verifier/message/from_text.h"

namespace alignd::message {

namespace {

constexpr std::size_t kMaxDomain = 4 * dns::kMaxNameText;  // no U-label is so much longer than its A-label

bool isHostOctet(char c) {
  return ascii::isAlnum(c) || c == '-' || c == '_' || c == '.' || ascii::is8Bit(c);
}

bool endsDomain(char c) {
  constexpr std::string_view kEnds = "<>()[]@,;:";
  return kEnds.find(c) != std::string_view::npos;
}

// Where the comment that starts at text[i] ends (after its closing parenthesis); i when it does not end soon: a hundred
// candidates may each stand before one.
std::size_t commentEnd(std::string_view text, std::size_t i) {
  const std::size_t most = std::min(text.size(), i + kMaxDomain);
  std::size_t depth = 0;
  for (std::size_t at = i; at < most; ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '(') {
      ++depth;
    } else if (text[at] == ')' && --depth == 0) {
      return at + 1;
    }
  }
  return i;
}

// Comments stand in a text of which nothing is hidden.
std::size_t skipBlanks(std::string_view text, std::size_t i) {
  while (i < text.size()) {
    const std::size_t next = isBlank(text[i]) ? i + 1 : text[i] == '(' ? commentEnd(text, i) : i;
    if (next == i) break;
    i = next;
  }
  return i;
}

void cut(std::string& domain, std::string_view ends) {
  const std::size_t last = domain.find_last_not_of(ends);
  domain.resize(last == std::string::npos ? 0 : last + 1);
}

// Sets `joined` and `whole`: words up to the end of the domain, without the blanks between them.
void readWords(std::string_view text, std::size_t begin, Candidate& candidate) {
  constexpr std::string_view kCut = ".-\"'";
  std::string& out = candidate.whole;
  bool joined = true;  // so far
  for (std::size_t i = begin; i < text.size() && out.size() < kMaxDomain;) {
    const std::size_t word = i;
    while (i < text.size() && i - word < kMaxDomain && !isBlank(text[i]) && !endsDomain(text[i])) ++i;
    if (i == word) break;
    const std::size_t next = skipBlanks(text, i);
    const bool localPart = next < text.size() && text[next] == '@';
    // Behind a dot comes a label, whatever is behind that.
    const bool label = text[word] == '.' || out.ends_with('.');
    if (localPart && word > begin && !label) break;
    if (joined && !label && !out.empty()) {
      candidate.joined = out;
      joined = false;
    }
    out += text.substr(word, i - word);
    i = next;
  }
  cut(out, kCut);
  if (joined) candidate.joined = out;
  cut(candidate.joined, kCut);
}

Candidate candidateAt(std::string_view text, std::size_t at) {
  Candidate out;
  out.at = at;
  const std::size_t begin = skipBlanks(text, at + 1);
  std::size_t end = begin;
  while (end < text.size() && end - begin < kMaxDomain && isHostOctet(text[end])) ++end;
  out.domain = text.substr(begin, end - begin);
  cut(out.domain, ".-");
  readWords(text, begin, out);
  out.literal = end == begin && end < text.size() && text[end] == '[';
  return out;
}

}  // namespace

bool isDotted(std::string_view domain) {
  constexpr std::array<std::string_view, 4> kDots{".", "\xe3\x80\x82", "\xef\xbc\x8e", "\xef\xbd\xa1"};
  return std::any_of(kDots.begin(), kDots.end(), [&](std::string_view dot) {
    const std::size_t at = domain.find(dot);
    return at != std::string_view::npos && at + dot.size() < domain.size();
  });
}

bool Candidate::goesOn(std::string_view longer) const {
  const std::size_t dot = std::min(longer.find('.', domain.size()), longer.size());
  return std::any_of(longer.begin() + static_cast<std::ptrdiff_t>(dot), longer.end(),
                     [](char c) { return ascii::isAlnum(c) || ascii::is8Bit(c); });
}

std::vector<Candidate> findCandidates(std::string_view text, std::size_t limit) {
  std::vector<Candidate> out;
  for (std::size_t at = text.find('@'); at != std::string_view::npos && out.size() < limit;
       at = text.find('@', at + 1)) {
    out.push_back(candidateAt(text, at));
  }
  return out;
}

}  // namespace alignd::message
