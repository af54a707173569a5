// What an operator may choose about Authentication-Results, with the defaults of DESIGN.md decisions 12
// and 13.
#pragma once

#include <string>
#include <vector>

namespace alignd::authres {

struct Options {
  /// Who says so (RFC 8601 section 2.5): a domain name, one for the whole administrative domain.
  std::string authservId;
  /// Further ids that are ours: fields that claim them are removed as well.
  std::vector<std::string> additionalIds;
  /// Remove every Authentication-Results field, whosever it is (RFC 8601 section 5 allows it).
  bool removeAll = false;
  /// Remove fields of a version that RFC 8601 does not define, whosever they are (section 5).
  bool removeUnsupportedVersions = true;
  /// One field a method instead of one for all, for filters that read one result a field: what writeEach() is
  /// for.
  bool splitMethods = false;
  /// A second `spf` result for the HELO identity, when it was checked.
  bool reportHelo = false;
};

}  // namespace alignd::authres
