// alignd-check log: what the verdict lines of a day or a month say.
#pragma once

#include <functional>
#include <ostream>

#include "cli/arguments.h"

namespace alignd::cli {

/// Reads the files of the operands (plain or gzip; `-` is standard input), those lines that the filters let through, and
/// prints tables, or one object with --json. `progress`: a bar on standard error. With --replay the lines are decided
/// again under those settings. 0 when everything could be read; no-input for a file that could not; usage for settings
/// with errors.
int runLog(const Arguments& arguments, std::ostream& out, bool progress);

/// --follow: prints each message that is added to the one file, a line each, until `stopped`. The file may be rotated or
/// cut. Begins with the last ten lines.
int followLog(const Arguments& arguments, std::ostream& out, const std::function<bool()>& stopped);

}  // namespace alignd::cli
