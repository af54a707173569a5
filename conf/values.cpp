#include "conf/values.h"

#include <array>
#include <charconv>
#include <cmath>

#include "dns/data/ascii.h"

namespace alignd::conf {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array kSizeUnits{Unit{"TiB", 1ULL << 40U}, Unit{"GiB", 1ULL << 30U}, Unit{"MiB", 1ULL << 20U},
                                Unit{"KiB", 1ULL << 10U}, Unit{"B", 1}};
constexpr std::array kTimeUnits{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000},
                                Unit{"s", 1000}, Unit{"ms", 1}};
constexpr double kMaxSize = 9007199254740992.0;                     // 2^53: doubles are exact up to there
constexpr double kMaxMilliseconds = 100.0 * 365.25 * 86'400'000.0;  // 100 years

// The number in front, and the word behind it.
struct Quantity {
  double number;
  std::string_view unit;
};

std::optional<Quantity> parseQuantity(std::string_view text) {
  text = ascii::trimWsp(text);
  std::size_t digits = 0;
  while (digits < text.size() && (ascii::isDigit(text[digits]) || text[digits] == '.')) ++digits;
  if (digits == 0 || !ascii::isDigit(text[0]) || text[digits - 1] == '.') return std::nullopt;
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + digits, number, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + digits) return std::nullopt;
  return Quantity{number, ascii::trimWsp(text.substr(digits))};
}

// `quantity` in the smallest unit: whole and not over `limit`.
template <std::size_t N>
std::optional<std::uint64_t> scaled(const Quantity& quantity, const std::array<Unit, N>& units,
                                    double limit) {
  for (const Unit& unit : units) {
    if (!ascii::equalIgnoreCase(unit.name, quantity.unit)) continue;
    const double value = quantity.number * static_cast<double>(unit.factor);
    if (value > limit || value != std::floor(value)) return std::nullopt;
    return static_cast<std::uint64_t>(value);
  }
  return std::nullopt;
}

template <std::size_t N>
std::string inLargestUnit(std::uint64_t value, const std::array<Unit, N>& units, std::string_view blank) {
  if (value == 0) return "0";
  for (const Unit& unit : units) {
    if (value % unit.factor == 0) return ascii::cat({std::to_string(value / unit.factor), blank, unit.name});
  }
  return std::to_string(value);
}

}  // namespace

std::optional<std::uint64_t> parseSize(std::string_view text) {
  auto quantity = parseQuantity(text);
  if (!quantity) return std::nullopt;
  if (quantity->unit.empty()) quantity->unit = "B";
  return scaled(*quantity, kSizeUnits, kMaxSize);
}

std::string sizeText(std::uint64_t octets) {
  return inLargestUnit(octets, kSizeUnits, " ");
}

std::optional<std::chrono::milliseconds> parseDuration(std::string_view text) {
  const auto quantity = parseQuantity(text);
  if (!quantity) return std::nullopt;
  if (quantity->unit.empty() && quantity->number == 0) return std::chrono::milliseconds(0);
  const auto value = scaled(*quantity, kTimeUnits, kMaxMilliseconds);
  if (!value) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(*value));
}

std::string durationText(std::chrono::milliseconds time) {
  return inLargestUnit(static_cast<std::uint64_t>(time.count()), kTimeUnits, "");
}

std::string realText(double number) {
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
  std::string out(text.data(), end);
  if (out.find_first_of(".en") == std::string::npos) out += ".0";
  return out;
}

std::optional<unsigned> parseMode(std::string_view text) {
  unsigned mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || mode > 0777) {
    return std::nullopt;
  }
  return mode;
}

std::string modeText(unsigned mode) {
  std::array<char, 8> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), mode, 8);
  const std::string digits(text.data(), end);
  return std::string(4 - std::min<std::size_t>(4, digits.size()), '0') + digits;
}

}  // namespace alignd::conf
