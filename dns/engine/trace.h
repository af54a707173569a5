// Which hop broke: the alias chain of a question that its servers cannot answer, found hop by hop.
//
// A recursive resolver follows aliases itself. One that goes in circles, or longer than it likes, it answers with
// SERVFAIL; one that leads to a dead server with SERVFAIL or not at all. Nothing in such an answer names the hop. But
// each alias by itself can be asked for, by type CNAME (RFC 1034 section 3.6.2: such a question is never led on).
#pragma once

#include <memory>
#include <string>

#include "dns/engine/query.h"

namespace alignd::dns {

/// A server said SERVFAIL, to a question that is not about aliases, at a name that no trace has led to: so there is one
/// trace a name at most, and the hops of all together are bounded.
bool mayTrace(const Query& query);

/// After silence, of a question that is not about aliases: a trace may tell at the deadline which hop was silent.
bool mayInform(const Query& query);

/// The trace of `query` from its present name on: a query of type CNAME that reads every answer as a hop. It counts
/// hops and finds loops together with the chain that led there. It ends in CnameLoop, ChainTooLong, DanglingCname, NoData
/// (the chain's end, where the question itself is to be asked), or what a server said at the hop that broke.
QueryPtr makeTrace(const QueryPtr& query);

/// Such an end needs no more answers: there is no other that the question could have.
bool endsQuestion(const Answer& traceEnd);

/// Of an exhausted `query`, or after endsQuestion(), once `traceEnd` is there: the question's answer; or nothing when
/// there is a name that is to be asked, which `query` has been set to: the end of the chain, or once more the name that
/// failed, when it answers now and is no alias.
std::shared_ptr<Answer> concludeTrace(Query& query);

/// At the deadline: gives `failure` the chain as far as the trace has come, and names the hop that does not answer.
/// `within`: how long it had, "within 5000 ms".
void tellTrace(const Query& query, Answer& failure, const std::string& within);

}  // namespace alignd::dns
