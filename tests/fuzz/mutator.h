// A mutator that knows what an input is made of, for targets where octets alone do not get deep. A table of the grammar
// says what may stand where; tokens are put in, taken out, doubled, moved and exchanged as a whole and where one may stand.
// Half of the time octets are mutated as libFuzzer does it, so that what no grammar has comes too. One seed, one outcome.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dns/data/ascii.h"
#include "tests/fuzz/check.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t room);

namespace alignd::test {

/// Ways to write a thing, " | " between them; rules of one name add up, the first way of the first must come to an end.
/// In a way, "$name" or "${name}" (letters and digits, the longest run) stands for any way to write `name`, "$@" for the
/// first word of a line of the input, or else of what is made already, "$$" for a dollar sign.
struct Rule {
  std::string_view name;
  std::string_view ways;
};

/// Where inputs are cut: behind each octet of `ends`, the first of which joins what is put behind an unfinished piece;
/// and the rule for what may be put in there.
struct Level {
  std::string_view ends;
  std::string_view rule;
};

struct Value;

struct Syntax {
  std::span<const Rule> rules;
  std::span<const Level> levels;
  std::string_view start;              // the rule that makes a whole input
  std::string_view pairs = {};         // brackets, opening and closing ones by turns
  std::span<const Value> values = {};  // what within an input has a syntax of its own
};

/// What stands behind `behind`, up to the end of the line and of those that are folded.
struct Value {
  std::string_view behind;
  const Syntax* syntax;
};

constexpr std::string_view kBar = " | ";

/// Takes the name that a way goes on with, with or without braces, off its front; "@" and "$" are names too.
inline std::string_view takeName(std::string_view& way) {
  const bool braces = way.starts_with('{');
  if (braces) way.remove_prefix(1);
  const auto end = std::find_if_not(way.begin(), way.end(), ascii::isAlnum);
  const bool special = way.starts_with('@') || way.starts_with('$');
  const auto name = way.substr(0, special ? 1 : static_cast<std::size_t>(end - way.begin()));
  way.remove_prefix(std::min(way.size(), name.size() + (braces ? 1 : 0)));
  return name;
}

/// The names in ways, in order.
inline std::vector<std::string_view> namesUsed(std::string_view ways) {
  std::vector<std::string_view> out;
  for (auto at = ways.find('$'); at != std::string_view::npos; at = ways.find('$')) {
    ways.remove_prefix(at + 1);
    const auto name = takeName(ways);
    if (name != "@" && name != "$") out.push_back(name);
  }
  return out;
}

/// Ends the program when a name has no rule, or its first way no end.
inline void checkEnd(const Syntax& syntax, std::string_view name, unsigned depth = 0) {
  const auto rule = std::find_if(syntax.rules.begin(), syntax.rules.end(),
                                 [&](const Rule& one) { return one.name == name; });
  check(rule != syntax.rules.end(), std::string(name).c_str());
  check(depth < 16, rule->ways.data());
  for (const auto used : namesUsed(rule->ways.substr(0, rule->ways.find(kBar))))
    checkEnd(syntax, used, depth + 1);
}

inline void checkTable(const Syntax& syntax) {
  checkEnd(syntax, syntax.start);
  for (const Level& level : syntax.levels) checkEnd(syntax, level.rule);
  for (const Rule& rule : syntax.rules) {
    for (const auto name : namesUsed(rule.ways)) checkEnd(syntax, name);
  }
  for (const Value& value : syntax.values) checkTable(*value.syntax);
}

/// One mutation of `input`, of at most `room` octets; may be empty.
class Mutation {
 public:
  Mutation(const Syntax& syntax, std::string_view input, std::size_t room, unsigned seed)
      : syntax_(syntax), input_(input), room_(room), state_(seed) {}

  std::string make() {
    std::string out;
    const std::size_t way = below(16);
    if (input_.empty() || way == 0) {
      expand(syntax_.start, out);
    } else if (way < 4 && !syntax_.pairs.empty()) {
      out = aroundPair();
    } else if (way < 12 && !syntax_.values.empty()) {
      out = withinValue();
    } else {
      out = amongPieces();
    }
    out.resize(std::min(out.size(), room_));
    return out;
  }

 private:
  static constexpr unsigned kMaxDepth = 16;      // of rules within rules
  static constexpr std::size_t kMaxMade = 1024;  // octets of one expansion
  static constexpr std::size_t kMaxWord = 64;
  static constexpr std::size_t kMaxPieces = 512;  // what is behind them is one more
  static constexpr std::size_t kMaxCopies = 24;   // more than any limit of the RFCs

  // SplitMix64
  std::size_t below(std::size_t limit) {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return static_cast<std::size_t>((z ^ (z >> 31U)) % limit);
  }

  // The first word of one of its lines, if it can be one with a dot in it.
  std::string wordOf(std::string_view text) {
    std::string_view word;
    for (int tries = 0; tries < 4 && word.find('.') == std::string_view::npos; ++tries) {
      const std::size_t at = text.empty() ? 0 : text.rfind('\n', below(text.size())) + 1;  // npos + 1 is 0
      word = text.substr(at, kMaxWord);
      word = word.substr(0, word.find_first_of(" \n"));
    }
    return std::string(word);
  }

  std::string_view oneWay(std::string_view name, bool first) {
    std::vector<std::string_view> ways;
    for (const Rule& rule : syntax_.rules) {
      if (rule.name != name) continue;
      std::string_view rest = rule.ways;
      for (auto bar = rest.find(kBar); bar != std::string_view::npos; bar = rest.find(kBar)) {
        ways.push_back(rest.substr(0, bar));
        rest.remove_prefix(bar + kBar.size());
      }
      ways.push_back(rest);
    }
    return ways[first ? 0 : below(ways.size())];
  }

  // Depth and size are bounded: beyond them the first way, which has an end, is taken.
  void expand(std::string_view name, std::string& out, unsigned depth = 0) {
    std::string_view way = oneWay(name, depth >= kMaxDepth || out.size() > kMaxMade);
    for (auto at = way.find('$'); at != std::string_view::npos; at = way.find('$')) {
      out += way.substr(0, at);
      way.remove_prefix(at + 1);
      const auto part = takeName(way);
      if (part == "$") {
        out += part;
      } else if (part == "@") {
        out += wordOf(input_.empty() ? out : input_);
      } else {
        expand(part, out, depth + 1);
      }
    }
    out += way;
  }

  std::string made(std::string_view rule) {
    std::string out;
    expand(rule, out);
    return out;
  }

  std::vector<std::string> pieces(const Level& level) const {
    std::vector<std::string> out;
    std::string_view rest = input_;
    while (!rest.empty() && out.size() < kMaxPieces) {
      const auto end = rest.find_first_of(level.ends);
      const std::size_t length = end == std::string_view::npos ? rest.size() : end + 1;
      out.emplace_back(rest.substr(0, length));
      rest.remove_prefix(length);
    }
    if (!rest.empty()) out.emplace_back(rest);
    return out;
  }

  std::string amongPieces() {
    const Level& level = syntax_.levels[below(syntax_.levels.size())];
    auto all = pieces(level);
    if (below(2) == 0 && level.ends.find(all.back().back()) == std::string_view::npos)
      all.back() += level.ends.front();
    const auto here = all.begin() + static_cast<std::ptrdiff_t>(below(all.size()));
    const auto anywhere = all.begin() + static_cast<std::ptrdiff_t>(below(all.size() + 1));
    switch (below(6)) {
      case 0: all.insert(anywhere, made(level.rule)); break;
      case 1: *here = made(level.rule); break;
      case 2: all.erase(here); break;
      case 3: all.insert(anywhere, std::string(*here)); break;
      case 4: std::swap(*here, all[below(all.size())]); break;
      default: all.insert(here, 1 + below(kMaxCopies), std::string(*here));  // for what is counted
    }
    std::string out;
    for (const auto& one : all) out += one;
    return out;
  }

  // Behind the octet that closes what is opened at `begin`: other pairs within may hide one, a backslash does.
  std::size_t closing(std::size_t begin) const {
    std::string open;  // what closes it, the innermost last
    for (std::size_t i = begin; i < input_.size(); ++i) {
      if (input_[i] == '\\') {
        ++i;
      } else if (!open.empty() && input_[i] == open.back()) {
        open.pop_back();
        if (open.empty()) return i + 1;
      } else if (const auto which = syntax_.pairs.find(input_[i]);
                 which != std::string_view::npos && which % 2 == 0) {
        open += syntax_.pairs[which + 1];
      }
    }
    return input_.size();
  }

  // What stands between brackets, or from an opening one on, is moved, doubled, nested or taken out, or something is put between brackets.
  std::string aroundPair() {
    std::string out(input_);
    std::size_t begin = input_.find_first_of(syntax_.pairs, below(input_.size()));
    if (begin == std::string_view::npos) begin = below(input_.size());
    const std::size_t end = closing(begin);
    const std::string inner = out.substr(begin, end - begin);
    const std::size_t pair = 2 * below(syntax_.pairs.size() / 2);
    switch (below(4)) {
      case 0: return out.erase(begin, end - begin);
      case 1: return out.insert(below(out.size() + 1), inner);
      case 2: {
        out.erase(begin, end - begin);
        return out.insert(below(out.size() + 1), inner);
      }
      default: {
        const std::size_t depth = below(4) == 0 ? 1 + below(kMaxCopies) : 1;
        out.insert(end, depth, syntax_.pairs[pair + 1]);
        return out.insert(begin, depth, syntax_.pairs[pair]);
      }
    }
  }

  std::string withinValue() {
    const Value& value = syntax_.values[below(syntax_.values.size())];
    std::size_t begin = input_.find(value.behind, below(input_.size()));
    if (begin == std::string_view::npos) begin = input_.find(value.behind);
    if (begin == std::string_view::npos) return amongPieces();
    begin += value.behind.size();
    std::size_t end = input_.find('\n', begin);
    while (end != std::string_view::npos && end + 1 < input_.size() && input_[end + 1] == ' ') {
      end = input_.find('\n', end + 1);
    }
    end = std::min(end, input_.size());
    const std::string_view old = input_.substr(begin, end - begin);
    std::string out(input_);
    return out.replace(begin, end - begin,
                       Mutation(*value.syntax, old, room_, static_cast<unsigned>(below(~0U))).make());
  }

  const Syntax& syntax_;
  std::string_view input_;
  std::size_t room_;
  std::uint64_t state_;
};

/// For LLVMFuzzerCustomMutator, of which it has arguments and result.
inline std::size_t mutate(const Syntax& syntax, std::uint8_t* data, std::size_t size, std::size_t room,
                          unsigned seed) {
  static const bool kChecked = (checkTable(syntax), true);
  if (!kChecked || seed % 2 == 0) return LLVMFuzzerMutate(data, size, room);
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string out = Mutation(syntax, input, room, seed).make();
  if (out.empty()) return LLVMFuzzerMutate(data, size, room);  // libFuzzer takes no empty input
  std::memcpy(data, out.data(), out.size());
  return out.size();
}

}  // namespace alignd::test
