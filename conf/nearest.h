// "Did you mean ...?"
#pragma once

#include <string_view>
#include <vector>

namespace alignd::conf {

/// The candidate that is nearest to `word` by insertions, deletions, replacements and swaps of neighbours;
/// empty when none is near enough to be meant (more than a third of the longer one differs).
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace alignd::conf
