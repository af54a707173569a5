// What the user may choose about DMARC.
#pragma once

#include <memory>
#include <string>

namespace alignd::dmarc {

/// A list of public suffixes. Loaded by whoever makes the options: nothing in this room reads files.
class PublicSuffixList {
 public:
  PublicSuffixList() = default;
  PublicSuffixList(const PublicSuffixList&) = delete;
  PublicSuffixList& operator=(const PublicSuffixList&) = delete;
  virtual ~PublicSuffixList() = default;

  /// `domain` in A-labels, lower case. The domain that was registered below a public suffix (RFC 7489
  /// section 3.2); `domain` itself when it is a public suffix. Any thread.
  virtual std::string organizationalDomain(const std::string& domain) const = 0;
};

enum class OrganizationalDomain {
  TreeWalk,  // RFC 9989 section 4.10
  Psl,       // RFC 7489 section 3.2, for those who must agree with older receivers
  Compare,   // act on the walk, say where the list differs
};

struct Options {
  /// The letter of RFC 9989 alone: a record with line ends between its tags is none. Otherwise they count as blanks.
  bool strictSyntax = false;
  OrganizationalDomain organizationalDomain = OrganizationalDomain::TreeWalk;
  std::shared_ptr<const PublicSuffixList> list;  // needed by Psl and Compare; without it they are TreeWalk
};

}  // namespace alignd::dmarc
