// Command lines of a COMMAND, its operands and options in any order: how alignd-check and alignd-report read theirs.
//
// The room cli/shared: what the programs for people have in common, the reading of arguments and the place that DNS
// answers come from. It knows neither mail nor settings.
#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dns/data/ascii.h"

namespace alignd::cli {

/// What is wrong with an argument, as one line; nothing when all is well.
using Problem = std::optional<std::string>;

/// `Arguments` is what a program makes of its command line: a struct with the members `command`, of an enumeration with
/// Help (which it is at first) and Version, and `operands`, strings.
template <class Arguments>
struct Grammar {
  struct Command {
    std::string_view name;
    decltype(Arguments::command) command;
    std::size_t least;      // operands
    std::size_t most;       // likewise
    std::string_view what;  // these, in words: "one FILE (- for standard input)"
  };
  /// `--name value` or `--name=value`.
  struct Option {
    std::string_view name;
    Problem (*set)(Arguments&, std::string_view);
  };
  struct Flag {
    std::string_view name;
    bool Arguments::* member;
  };

  std::span<const Command> commands;
  std::span<const Option> options;
  std::span<const Flag> flags;
};
/// The most operands of commands that take any number.
inline constexpr std::size_t kManyOperands = 100'000;

/// Setters for Option: the text as it is, and one more of a list.
template <auto member, class Arguments>
Problem setText(Arguments& out, std::string_view value) {
  out.*member = value;
  return std::nullopt;
}
template <auto member, class Arguments>
Problem addText(Arguments& out, std::string_view value) {
  (out.*member).emplace_back(value);
  return std::nullopt;
}

/// All of `text` as a decimal number.
template <class Number>
std::optional<Number> readNumber(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Takes the option at args[i]; `i` is moved over what was used.
template <class Arguments>
Problem takeOption(const Grammar<Arguments>& grammar, const std::vector<std::string_view>& args,
                   std::size_t& i, Arguments& out) {
  const std::string_view arg = args[i];
  for (const auto& flag : grammar.flags) {
    if (arg != flag.name) continue;
    out.*flag.member = true;
    return std::nullopt;
  }
  const auto equals = arg.find('=');
  for (const auto& option : grammar.options) {
    if (arg.substr(0, equals) != option.name) continue;
    if (equals != std::string_view::npos) return option.set(out, arg.substr(equals + 1));
    if (i + 1 >= args.size()) return ascii::cat({option.name, " needs a value"});
    return option.set(out, args[++i]);
  }
  return ascii::cat({"unknown option ", arg});
}

/// The arguments, or what is wrong with them as one line. `args` without the program's name. --help anywhere gives Help,
/// --version in front Version; behind `--` everything is an operand.
template <class Arguments>
std::variant<Arguments, std::string> readCommandLine(const Grammar<Arguments>& grammar,
                                                     const std::vector<std::string_view>& args) {
  Arguments out;
  if (args.empty()) return std::string("a command is missing");
  if (args[0] == "--help" || args[0] == "-h" || args[0] == "help") return out;
  if (args[0] == "--version") {
    out.command = decltype(out.command)::Version;
    return out;
  }
  const typename Grammar<Arguments>::Command* shape = nullptr;
  for (const auto& candidate : grammar.commands) {
    if (candidate.name == args[0]) shape = &candidate;
  }
  if (shape == nullptr) {
    std::string problem = ascii::cat({"unknown command ", args[0], "; there are"});
    for (const auto& known : grammar.commands) problem += ascii::cat({" ", known.name});
    return problem;
  }
  out.command = shape->command;
  bool optionsOver = false;
  for (std::size_t i = 1; i < args.size(); ++i) {
    if (args[i] == "--" && !optionsOver) {
      optionsOver = true;
    } else if (!optionsOver && args[i].size() > 1 && args[i][0] == '-') {
      if (args[i] == "--help" || args[i] == "-h") return Arguments();
      if (auto problem = takeOption(grammar, args, i, out)) return *std::move(problem);
    } else {
      out.operands.emplace_back(args[i]);
    }
  }
  if (out.operands.size() < shape->least || out.operands.size() > shape->most) {
    return ascii::cat({shape->name, " takes ", shape->what});
  }
  return out;
}

}  // namespace alignd::cli
