// As much of rspamd's language of settings (UCL) as its files about authentication use. Macros (.include) are passed over.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace alignd::conf::migration {

struct UclNode {
  enum class Kind { Scalar, Object, Array } kind = Kind::Scalar;
  std::string key;    // of a member of an object
  std::string value;  // of a scalar, quotes and escapes taken away
  unsigned line = 0;
  std::vector<std::size_t> children{};  // in UclFile::nodes
};

struct UclFile {
  std::vector<UclNode> nodes;  // the first is the file as an object; none when there is a fault
  std::string fault{};         // "LINE: what"
  /// The last member of that name; null when there is none.
  const UclNode* member(const UclNode& object, std::string_view key) const;
};

/// Bounded: 20,000 nodes, 16 deep. Iterative.
UclFile parseUcl(std::string_view text);

}  // namespace alignd::conf::migration
