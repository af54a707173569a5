#include "dns/engine/server_watch.h"

#include <algorithm>
#include <chrono>

#include "dns/data/ascii.h"

namespace alignd::dns {

namespace {

using namespace std::chrono_literals;

constexpr auto kEvery = 60s;

std::string secondsText(Duration time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time).count()) + " s";
}

}  // namespace

std::string_view troubleText(Trouble trouble) {
  switch (trouble) {
    case Trouble::None: return "answers";
    case Trouble::Silent: return "does not answer";
    case Trouble::Unreachable: return "cannot be reached: nobody listens there, or no route leads there";
    case Trouble::Refuses: return "refuses to answer (REFUSED): it must allow recursion for this host";
  }
  return "does not answer";
}

std::vector<ServerWatch::Line> ServerWatch::look(const std::vector<ServerCounters>& servers, Time now) {
  std::vector<Line> out;
  const bool anyGood =
      std::any_of(servers.begin(), servers.end(), [](const auto& server) { return server.answering; });
  for (const ServerCounters& server : servers) {
    const auto known = cases_.find(server.address);
    if (server.trouble == Trouble::None) {
      // Without a reply nothing is known: the settings may have been read anew.
      if (known == cases_.end() || server.replies == 0) continue;
      out.push_back({false, ascii::cat({"DNS server ", server.address, " answers again, after ",
                                        secondsText(now - known->second.since)})});
      cases_.erase(known);
      continue;
    }
    Case& its = known != cases_.end() ? known->second : cases_[server.address];
    const bool fresh = its.trouble == Trouble::None;
    if (fresh) its.since = now;
    if (its.trouble == server.trouble && now - its.told < kEvery) continue;
    its.trouble = server.trouble;
    its.told = now;
    out.push_back({true, ascii::cat({"DNS server ", server.address, " ", troubleText(server.trouble),
                                     fresh ? "" : ascii::cat({", for ", secondsText(now - its.since)}),
                                     anyGood ? "" : "; no other one answers: results will be temperror"})});
  }
  std::erase_if(cases_, [&](const auto& item) {  // no longer in the settings
    return std::none_of(servers.begin(), servers.end(),
                        [&](const auto& server) { return server.address == item.first; });
  });
  return out;
}

}  // namespace alignd::dns
