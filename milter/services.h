// What every session of the process shares.
#pragma once

#include <functional>
#include <string>

#include "dns/table/progress.h"
#include "milter/failure_spool.h"
#include "milter/metrics.h"
#include "milter/registry.h"
#include "milter/runtime.h"
#include "milter/trust.h"
#include "milter/verdict_log.h"
#include "verifier/policy/failure_memory.h"

namespace alignd::milter {

struct Services {
  std::string host;  // name of the machine, taken once
  RuntimeHolder& runtime;
  dns::ProgressThreads& progress;
  Registry& registry;
  VerdictLog& verdicts;
  Metrics& metrics;
  TrustWatch& trustWatch;
  policy::FailureMemory& failures;
  FailureSpool& failureSpool;
  /// Makes libmilter start a worker (DESIGN.md, the kick). Called just before a callback blocks; never
  /// blocks.
  std::function<void()> kick;
};

}  // namespace alignd::milter
