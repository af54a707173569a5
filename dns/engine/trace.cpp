#include "dns/engine/trace.h"

#include "dns/data/ascii.h"

namespace alignd::dns {

namespace {

bool isBrokenChain(Status status) {
  return status == Status::CnameLoop || status == Status::ChainTooLong || status == Status::DanglingCname;
}

bool canTrace(const Query& query) {
  return query.traceable && !query.isTrace && query.question.type != Type::CNAME;
}

}  // namespace

bool mayTrace(const Query& query) {
  return query.servfail && canTrace(query);
}

bool mayInform(const Query& query) {
  return !query.trace && canTrace(query);
}

QueryPtr makeTrace(const QueryPtr& query) {
  auto trace = std::make_shared<Query>(Question{query->name, Type::CNAME}, query->deadline);
  trace->isTrace = true;
  trace->parents = query->parents;  // what it costs is charged to the question
  trace->message = query->message;
  trace->need = query->need;
  trace->traced = query;
  trace->chain = query->chain;
  trace->authenticated = query->authenticated;
  return trace;
}

bool endsQuestion(const Answer& traceEnd) {
  return traceEnd.status == Status::CnameLoop || traceEnd.status == Status::ChainTooLong;
}

std::shared_ptr<Answer> concludeTrace(Query& query) {
  const AnswerPtr end = query.traceEnd;
  if (end->chain.size() == query.chain.size()) {  // no alias that could be to blame
    const bool answers = end->status == Status::NoData || end->status == Status::NoSuchName;
    if (!answers) return query.failure;
    // But the name's servers are at work: the failure may have been a passing one.
    query.follow();
    query.traceable = false;
    return nullptr;
  }
  if (isBrokenChain(end->status)) {
    auto answer = query.makeFailure(end->status, end->rcode, end->detail);
    answer->chain = end->chain;
    answer->authenticated = end->authenticated;
    answer->expires = end->expires;
    return answer;
  }
  if (end->status == Status::NoData) {
    query.chain = end->chain;
    query.authenticated = end->authenticated;
    query.follow();
    query.traceable = false;
    return nullptr;
  }
  query.failure->chain = end->chain;
  query.failure->detail = end->detail;
  return query.failure;
}

void tellTrace(const Query& query, Answer& failure, const std::string& within) {
  if (!query.trace || query.trace->chain.size() == query.chain.size()) return;
  failure.chain = query.trace->chain;
  const bool silent = !query.traceEnd || query.traceEnd->status == Status::NoData;
  failure.detail = silent ? ascii::cat({query.trace->words(), " ", within}) : query.traceEnd->detail;
}

}  // namespace alignd::dns
