// Any text as a zone file. What is accepted must answer every question within the bounds of a chain; what is
// refused must leave the zone alone and name a place inside the text.
#include <cstdint>
#include <string>
#include <string_view>

#include "dns/zone/zone_file.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/dns_zone/names_in.h"

namespace {

using namespace alignd::dns;

using alignd::test::require;

void check(const Answer& answer) {
  require(answer.chain.size() <= 11);
  require((answer.status == Status::Ok) == !answer.records.empty());
  // The eleventh hop is one too many, unless it closes a loop.
  require(answer.chain.size() < 11 || answer.status == Status::ChainTooLong ||
          answer.status == Status::CnameLoop);
  require(answer.status != Status::ChainTooLong || answer.chain.size() == 11);
  if (!answer.chain.empty()) require(answer.chain.front().owner == answer.question.name);
  for (std::size_t i = 1; i < answer.chain.size(); ++i) {
    require(answer.chain[i].owner == answer.chain[i - 1].target);
  }
  require(answer.expires >= alignd::Time{});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  Zone zone;
  if (const auto error = readZone(text, zone)) {
    require(error->line >= 1 && error->column >= 1 && error->line <= size + 1 && error->column <= size + 1);
    for (char c : error->message) require(c >= 0x20 && c < 0x7f);
    require(zone.answer({Name(), Type::A}, {})->status == Status::NoData);
    require(zone.answer({Name::parse("a").value_or(Name()), Type::A}, {})->status != Status::Ok);
    return 0;
  }
  for (const auto& name : alignd::test::namesIn(text, 60)) {
    for (const Type type : {Type::A, Type::TXT, Type::CNAME}) check(*zone.answer({name, type}, {}));
  }
  return 0;
}
