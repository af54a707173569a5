// The commands of alignd-report. Each writes what people read to `out` and gives the exit status.
#pragma once

#include <iosfwd>

#include "conf/settings.h"
#include "reporting/program/arguments.h"
#include "reporting/store/store.h"

namespace alignd::reporting {

/// What a command works with.
struct Job {
  const Arguments& arguments;
  const conf::Settings& settings;
  std::int64_t now = 0;  // seconds since 1970
};

int runCollect(const Job& job, Store& store, std::ostream& out);
int runMake(const Job& job, Store& store, std::ostream& out);
int runSend(const Job& job, Store& store, std::ostream& out);
/// Reports of others; needs neither settings nor store.
int runRead(const std::vector<std::string>& files, std::ostream& out);
/// Would our own report mail pass DMARC? Needs no store.
int runCheck(const Job& job, std::ostream& out);
int runShow(const Job& job, Store& store, std::ostream& out);
int runWhy(const Job& job, Store& store, std::ostream& out);

/// For node_exporter: writes [reports] metrics_file, when there is one.
void writeMetrics(const Job& job, Store& store);

/// True when org_name, email and domain are set; says what is missing otherwise.
bool isIdentified(const Job& job, std::ostream& out);

void writeFile(const std::string& path, std::string_view content);

/// For tests of crashes: with ALIGND_REPORT_DIE_AT=name:n in the environment the process kills itself the n-th time
/// that it comes to that step.
void dieAt(std::string_view step);

}  // namespace alignd::reporting
