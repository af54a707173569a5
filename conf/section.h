// One description of the settings, two uses: what a Section is asked to bind is either read from a file into
// the value (reader.h) or written from the value into a file (writer.h). So the keys, their spelling, their
// limits and their defaults stand in one place, bind.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "conf/values.h"
#include "dns/data/ascii.h"

namespace alignd::conf {

/// What is wrong with a value, or merely odd about it.
struct Complaint {
  std::string text;
  bool warning = false;
};
/// Looks at one string of the file; nothing when it is good.
using Check = std::function<std::optional<Complaint>(const std::string&)>;

enum class Accept { Strings, NumbersToo };

/// One table of the file.
class Section {
 public:
  Section() = default;
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;
  virtual ~Section() = default;

  // What a reader and a writer do differently. A value is changed only when the file has the key and it is
  // good.
  virtual void flag(std::string_view key, bool& value) = 0;
  virtual void integer(std::string_view key, std::int64_t& value, std::int64_t least, std::int64_t most) = 0;
  virtual void real(std::string_view key, double& value, double least, double most) = 0;
  /// With NumbersToo, `size = 4096` is taken like `size = "4096"`.
  virtual void string(std::string_view key, std::string& value, const Check& check, Accept accept) = 0;
  /// A list of strings; one string alone counts as a list of one.
  virtual void strings(std::string_view key, std::vector<std::string>& values, const Check& check) = 0;

  // The same for the types that settings have.
  void text(std::string_view key, std::string& value, const Check& check = {}) {
    string(key, value, check, Accept::Strings);
  }

  template <class Integer>
  void count(std::string_view key, Integer& value, std::int64_t least, std::int64_t most) {
    auto wide = static_cast<std::int64_t>(value);
    integer(key, wide, least, most);
    value = static_cast<Integer>(wide);
  }

  template <class Integer>
  void size(std::string_view key, Integer& value, std::uint64_t least, std::uint64_t most) {
    converted<std::uint64_t>(
        key, static_cast<std::uint64_t>(value), Accept::NumbersToo,
        [&](const std::string& word) -> std::variant<std::uint64_t, std::string> {
          const auto octets = parseSize(word);
          if (!octets) return std::string("is not a size: write \"64 MiB\", \"16 KiB\", or octets");
          if (*octets < least) return ascii::cat({"must be at least \"", sizeText(least), "\""});
          if (*octets > most) return ascii::cat({"must be at most \"", sizeText(most), "\""});
          return *octets;
        },
        sizeText, [&](std::uint64_t octets) { value = static_cast<Integer>(octets); });
  }

  template <class Duration>
  void duration(std::string_view key, Duration& value, std::chrono::milliseconds least,
                std::chrono::milliseconds most) {
    converted<std::chrono::milliseconds>(
        key, std::chrono::duration_cast<std::chrono::milliseconds>(value), Accept::NumbersToo,
        [&](const std::string& word) -> std::variant<std::chrono::milliseconds, std::string> {
          const auto time = parseDuration(word);
          if (!time) return std::string("is not a time: write \"500ms\", \"5s\", \"10m\", \"2h\" or \"7d\"");
          if (*time < least) return ascii::cat({"must be at least \"", durationText(least), "\""});
          if (*time > most) return ascii::cat({"must be at most \"", durationText(most), "\""});
          if (std::chrono::duration_cast<Duration>(*time) != *time) {
            return std::string("must be whole seconds");
          }
          return *time;
        },
        durationText,
        [&](std::chrono::milliseconds time) { value = std::chrono::duration_cast<Duration>(time); });
  }

  /// One word of several.
  template <class Enum>
  void choice(std::string_view key, Enum& value,
              std::initializer_list<std::pair<std::string_view, Enum>> words) {
    converted<Enum>(
        key, value, Accept::Strings,
        [&](const std::string& word) -> std::variant<Enum, std::string> {
          std::string all;
          for (const auto& [name, meaning] : words) {
            if (name == word) return meaning;
            all += ascii::cat({all.empty() ? "\"" : ", \"", name, "\""});
          }
          return ascii::cat({"must be one of ", all});
        },
        [&](Enum current) {
          for (const auto& [name, meaning] : words) {
            if (meaning == current) return std::string(name);
          }
          return std::string();
        },
        [&](Enum chosen) { value = chosen; });
  }

  /// Any type with a text form. `parse` gives the value or what is wrong with the word; `print` the word.
  template <class T, class Parse, class Print, class Store>
  void converted(std::string_view key, const T& current, Accept accept, Parse&& parse, Print&& print,
                 Store&& store) {
    std::string word = print(current);
    const std::string before = word;
    string(key, word, complaintOf<T>(parse), accept);
    if (word == before) return;
    auto parsed = parse(word);
    if (T* value = std::get_if<T>(&parsed)) store(std::move(*value));
  }

  /// A list of such values. `odd` may find a good value worth a warning.
  template <class T, class Parse, class Print>
  void list(std::string_view key, std::vector<T>& values, Parse&& parse, Print&& print,
            const std::function<std::string(const T&)>& odd = {}) {
    std::vector<std::string> words;
    words.reserve(values.size());
    for (const T& value : values) words.push_back(print(value));
    const std::vector<std::string> before = words;
    strings(key, words, [&](const std::string& word) -> std::optional<Complaint> {
      auto parsed = parse(word);
      if (const auto* error = std::get_if<std::string>(&parsed)) return Complaint{*error, false};
      const std::string oddity = odd ? odd(std::get<T>(parsed)) : std::string();
      if (!oddity.empty()) return Complaint{oddity, true};
      return std::nullopt;
    });
    if (words == before) return;
    values.clear();
    for (const std::string& word : words) {
      auto parsed = parse(word);
      if (T* value = std::get_if<T>(&parsed)) values.push_back(std::move(*value));
    }
  }

 private:
  template <class T, class Parse>
  static Check complaintOf(Parse&& parse) {
    return [&parse](const std::string& word) -> std::optional<Complaint> {
      auto parsed = parse(word);
      if (const auto* error = std::get_if<std::string>(&parsed)) return Complaint{*error, false};
      return std::nullopt;
    };
  }
};

/// The file as a whole.
class Schema {
 public:
  Schema() = default;
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;
  virtual ~Schema() = default;

  /// `[name]`
  virtual void section(std::string_view name, const std::function<void(Section&)>& bind) = 0;

  /// `[[name]]`, any number of times.
  template <class T>
  void repeated(std::string_view name, std::vector<T>& items, const std::function<void(Section&, T&)>& bind) {
    sections(
        name, items.size(), [&](std::size_t count) { items.resize(count); },
        [&](Section& section, std::size_t index) { bind(section, items[index]); });
  }

 protected:
  virtual void sections(std::string_view name, std::size_t count,
                        const std::function<void(std::size_t)>& resize,
                        const std::function<void(Section&, std::size_t)>& bind) = 0;
};

}  // namespace alignd::conf
