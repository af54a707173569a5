// Writes Authentication-Results (RFC 8601): the one field that receivers act on.
//
// Methods come in this order, each with these properties (RFC 8601 section 2.7 and the IANA registry):
//   auth   smtp.auth
//   iprev  policy.iprev
//   spf    smtp.mailfrom (the domain alone, section 4), or smtp.helo for the null path
//   dkim   header.d header.i header.a header.s header.b, one result a signature, top of the message first;
//          policy.dkim-rules names the local rule of a `policy` result
//   arc    header.oldest-pass smtp.remote-ip
//   dmarc  policy.dmarc header.from; policy.override, policy.override-comment and policy.rule when local
//   policy
//          decided otherwise
// Results that were taken over from a border host (upstream.h) have the properties that it wrote, as far as they are
// among these. A result that is not `pass` has a reason= for people. The only comment is `(test mode)`: the key says t=y.
// encode.h says how values from outside are made safe; a value that cannot be written safely is left out.
#pragma once

#include <string>
#include <vector>

#include "verifier/authres/options.h"
#include "verifier/policy/decision.h"
#include "verifier/verdict.h"

namespace alignd::authres {

/// The value: what stands after "Authentication-Results: ", US-ASCII, folded with CRLF + WSP, without a final
/// CRLF and without a leading blank. A message that was not evaluated gets `id; none`, or auth= alone when
/// its session was authenticated. Under 40 KiB whatever the message holds: results of failing signatures are
/// left out, last ones first, when they would take more.
std::string write(const Verdict& verdict, const policy::Decision& decision, const Options& options);

/// The same results, one value a method, in the same order: for Options::splitMethods.
std::vector<std::string> writeEach(const Verdict& verdict, const policy::Decision& decision,
                                   const Options& options);

}  // namespace alignd::authres
