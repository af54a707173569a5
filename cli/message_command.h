// alignd-check message: one message judged as the daemon would, and the whole story of it.
#pragma once

#include <memory>
#include <ostream>
#include <string_view>

#include "cli/arguments.h"
#include "conf/settings.h"
#include "dns/table/resolver.h"

namespace alignd::cli {

/// `raw` is the message as people have it (cli/message_file.h). Prints what was made of that, and the story; or the
/// verdict line with --json. The exit code is that of the DMARC result: pass, not pass, temperror; and the last too
/// when SPF was not evaluated and might have passed in alignment.
/// `settings` are those of the daemon: what they would do is said too.
int runMessage(const Arguments& arguments, std::string_view raw, const conf::Settings& settings,
               std::shared_ptr<dns::Resolver> resolver, std::ostream& out);

}  // namespace alignd::cli
