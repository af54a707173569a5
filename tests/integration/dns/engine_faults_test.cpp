#include <gtest/gtest.h>

#include "tests/integration/dns/asking.h"

namespace alignd::test {
namespace {

using dns::Status;
using dns::Type;

TEST(Engine, AnswersAndRemembers) {
  FaultDnsServer server;
  server.edit([](dns::Zone& zone) { zone.add(name("k.example"), Type::TXT, {300, dns::Txt("p=1")}); });
  dns::Service service(optionsFor({&server}));
  const auto answer = ask(service.resolver(), txt("k.example"));
  ASSERT_EQ(answer->status, Status::Ok) << answer->detail;
  EXPECT_EQ(std::get<dns::Txt>(answer->records.at(0).data), "p=1");
  EXPECT_EQ(ask(service.resolver(), txt("k.example")), answer);
  EXPECT_EQ(server.total(), 1U);
  EXPECT_EQ(ask(service.resolver(), txt("no.example"))->status, Status::NoSuchName);
}

}  // namespace
}  // namespace alignd::test
