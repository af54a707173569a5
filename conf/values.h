// Sizes and durations as people write them in settings.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace alignd::conf {

/// Octets: "0", "4096", "64 KiB", "1.5 MiB", "2GiB", also "B". Only powers of 1024 have names here, so that
/// nobody has to know which "MB" is meant. Nothing when it is not of that form or over 2^53.
std::optional<std::uint64_t> parseSize(std::string_view text);
/// The shortest form that parseSize reads back to the same number.
std::string sizeText(std::uint64_t octets);

/// "500ms", "5s", "1.5 s", "10m", "2h", "7d", and "0" alone. The unit is required otherwise. Nothing when it
/// is not of that form, finer than a millisecond, or over 100 years.
std::optional<std::chrono::milliseconds> parseDuration(std::string_view text);
/// The shortest form that parseDuration reads back to the same time.
std::string durationText(std::chrono::milliseconds time);

/// The shortest form that reads back to the same number, as TOML writes it: "0.1", "1.0".
std::string realText(double number);

/// File modes: "0660", "660". Nothing when it is not octal or over 0777.
std::optional<unsigned> parseMode(std::string_view text);
std::string modeText(unsigned mode);

}  // namespace alignd::conf
