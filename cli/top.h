// The most frequent of many: counts in bounded memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace alignd::cli {

/// Exact up to `capacity` different keys. With more, the rarest half is dropped and `exact` is false from then on: what
/// is left is counted too low, by less than one in `capacity`/2 of all.
class Top {
 public:
  explicit Top(std::size_t capacity = 50'000) : capacity_(capacity) {}
  void add(std::string_view key, std::uint64_t count = 1);
  std::size_t keys() const { return counts_.size(); }
  bool exact() const { return exact_; }
  /// The `n` most frequent, most frequent first; equals by key.
  std::vector<std::pair<std::string, std::uint64_t>> most(std::size_t n) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>{}(key); }
  };
  void prune();
  std::size_t capacity_;
  bool exact_ = true;
  std::unordered_map<std::string, std::uint64_t, Hash, std::equal_to<>> counts_;
};

}  // namespace alignd::cli
