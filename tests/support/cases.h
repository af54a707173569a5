// The conformance cases beside the project (../shared/conformance) as data: see the README there for the format.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "dns/data/time.h"
#include "dns/zone/zone.h"
#include "verifier/message/header_block.h"

namespace alignd::test {

struct Case {
  std::string id;
  std::string suite;
  nlohmann::json json;  // the whole line
  std::string message;  // raw bytes; empty where only SPF is asked
  std::shared_ptr<dns::Zone> zone;

  std::string text(const char* key) const;   // "" when absent or null
  std::optional<std::int64_t> time() const;  // unix seconds; nothing: any time will do
  UnixTime arrival() const;                  // time(), or some time: signatures have no x= then
  nlohmann::json expect() const;             // `dispute` counts before `expect` where it names the same thing
  nlohmann::json expectPostfix() const;      // likewise, with `expect_postfix` first
};

/// True when the folder with the suites is there; otherwise tests skip with kSharedMissing.
bool sharedPresent();
inline constexpr const char* kSharedMissing =
    "skipped: the conformance suites (../shared/conformance) are not beside this checkout";

/// All cases of a suite, in file order. Throws std::runtime_error when the suite is not there.
std::vector<Case> loadSuite(const std::string& suite);

/// The `zone` of a case: names without case, "behavior" timeout or servfail for every type that a name does not list,
/// one JSON character is one octet.
std::shared_ptr<dns::Zone> zoneFromJson(const nlohmann::json& zone);

/// JSON strings of the suites are Latin-1 in UTF-8 clothes.
std::string octets(const std::string& utf8);

/// Splits a raw message into fields and body as an MTA does (CRLF lines; folds stay in the value).
struct SplitMessage {
  message::HeaderBlock header;
  std::string body;
};
SplitMessage splitMessage(const std::string& raw);

}  // namespace alignd::test
