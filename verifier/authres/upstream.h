// Taking over what a border host of ours found (RFC 8601 sections 4.1 and 5): its results instead of our own
// evaluation. Only for messages that come directly from it: the caller knows the client.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verifier/authres/parser.h"
#include "verifier/authres/trace.h"
#include "verifier/verdict.h"

namespace alignd::authres {

/// Per method what was taken over; what is not set has to be evaluated here.
struct Upstream {
  std::string authservId;  // who found it, as written
  std::optional<IprevResult> iprev;
  std::optional<spf::Result> spf;  // status, identity, domain; no client
  std::optional<dkim::Result>
      dkim;  // a result a signature: status, domain, selector, identity, algorithm, headerB
  std::optional<arc::Result> arc;      // status, oldestPass, remote
  std::optional<dmarc::Result> dmarc;  // status, authorDomain, effective
};

/// Signatures that are taken over: as many as are evaluated here by default. With more, dkim is evaluated here.
inline constexpr std::size_t kMaxTakenSignatures = 10;

/// Whose results may be taken over.
struct UpstreamOptions {
  std::vector<Network> networks;  // the border hosts
  std::vector<std::string> ids;   // the authserv-ids that they stamp with
};

/// True when the field was written under one of `ids`, in a version that we read, and nothing in it is left
/// open.
bool isUpstream(const Parsed& field, const std::vector<std::string>& ids);

/// The results of `field`, which isUpstream() has passed, for `methods`. A method is left to be evaluated here
/// when one of its results
///  - is malformed, of another version, or has a word that RFC 8601 does not define for it;
///  - stands beside another where there can be one, or of dkim disagrees with another for the same header.b
///    (RFC 6008 section 4);
///  - does not say of whom it speaks: dkim=pass or an SPF result other than none without a domain, iprev without
///    an address, dmarc without header.from, SPF of the HELO name although the path is not the null path;
///  - is a dmarc=fail without the policy that applies;
///  - is temperror: it may be better now, while a deferred message would come back with the same field.
/// The text of each result says where it comes from.
Upstream takeOver(const Parsed& field, const Methods& methods, bool nullPath);

/// Looks for the one field that may be believed, as fields arrive from the top down: the topmost that claims a
/// listed id, and only above the Received by which the message came to the border host from outside (trace.h).
/// Everything down there may have been written by anyone, if the border host did not clean it away.
class UpstreamSearch {
 public:
  /// For the next message, whose client is within `options.networks`. `options` must outlive it.
  void begin(const UpstreamOptions& options);
  /// Not to be searched.
  void end() { open_ = false; }
  /// Name and value as they came. True when this is the field: once at most.
  bool field(std::string_view name, std::string_view value);
  /// False when none will be found any more.
  bool open() const { return open_; }
  /// The field that was found.
  const Parsed& found() const { return found_; }

 private:
  const UpstreamOptions* options_ = nullptr;
  bool open_ = false;
  Trace trace_;
  Parsed found_;
};

}  // namespace alignd::authres
