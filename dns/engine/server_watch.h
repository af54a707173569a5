// What an operator is told of the servers, and how often.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "dns/data/time.h"
#include "dns/engine/server.h"

namespace alignd::dns {

/// Decides, and prints nothing: fed with the counters every second or so, it gives the lines to be logged. A server in
/// trouble is one at once and one a minute while it lasts; its recovery is another.
class ServerWatch {
 public:
  struct Line {
    bool trouble = false;  // an error; otherwise good news
    std::string text;
  };
  std::vector<Line> look(const std::vector<ServerCounters>& servers, Time now);

 private:
  struct Case {
    Trouble trouble = Trouble::None;
    Time since{};
    Time told{};
  };
  std::map<std::string, Case> cases_;  // by address: those in trouble
};

/// "does not answer" ...: of a server in trouble.
std::string_view troubleText(Trouble trouble);

}  // namespace alignd::dns
