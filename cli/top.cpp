#include "cli/top.h"

#include <algorithm>

namespace alignd::cli {

void Top::add(std::string_view key, std::uint64_t count) {
  if (const auto found = counts_.find(key); found != counts_.end()) {
    found->second += count;
    return;
  }
  if (counts_.size() >= capacity_) prune();
  counts_.emplace(key, count);
}

void Top::prune() {
  exact_ = false;
  std::vector<std::uint64_t> sizes;
  sizes.reserve(counts_.size());
  for (const auto& [key, count] : counts_) sizes.push_back(count);
  const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
  std::nth_element(sizes.begin(), middle, sizes.end());
  const std::uint64_t least = *middle;
  std::erase_if(counts_, [&](const auto& entry) { return entry.second <= least; });
}

std::vector<std::pair<std::string, std::uint64_t>> Top::most(std::size_t n) const {
  std::vector<std::pair<std::string, std::uint64_t>> out(counts_.begin(), counts_.end());
  const auto before = [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  };
  const auto end = out.begin() + static_cast<std::ptrdiff_t>(std::min(n, out.size()));
  std::partial_sort(out.begin(), end, out.end(), before);
  out.erase(end, out.end());
  return out;
}

}  // namespace alignd::cli
