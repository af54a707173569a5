// Any octets as a reply: never a crash, never a read outside, and what comes out hangs together.
#include <cstdint>
#include <string>

#include "dns/wire/wire.h"
#include "tests/fuzz/check.h"

using namespace alignd::dns;

namespace {

using alignd::test::require;

void check(const Reply& reply, const Question& asked) {
  require((reply.status == Status::Ok) == !reply.records.empty());
  if (reply.truncated)
    require(reply.records.empty() && reply.chain.empty() && reply.status >= Status::ServerFailure);
  require(reply.chain.size() <= kMaxHops + 1);
  require(reply.ttl <= 0x7FFFFFFFU);
  if (!reply.chain.empty()) require(reply.chain.front().owner == asked.name);
  for (std::size_t i = 1; i < reply.chain.size(); ++i)
    require(reply.chain[i].owner == reply.chain[i - 1].target);
  if (reply.status == Status::ChainTooLong) require(reply.chain.size() == kMaxHops + 1);
  if (reply.status == Status::NoSuchName) require(reply.chain.empty());
  if (reply.status == Status::DanglingCname || reply.unfinished) require(!reply.chain.empty());
  for (const Record& record : reply.records) {
    require((asked.type == Type::TXT) == std::holds_alternative<Txt>(record.data));
    require((asked.type == Type::MX) == std::holds_alternative<Mx>(record.data));
    require((asked.type == Type::A || asked.type == Type::AAAA) ==
            std::holds_alternative<alignd::IpAddress>(record.data));
  }
}

}  // namespace

// The first octet chooses the type asked; the rest is the reply. Its question is rewritten to be the one
// asked, so that the fuzzer gets past it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr Type kTypes[] = {Type::TXT, Type::A,   Type::AAAA,  Type::MX,   Type::PTR,
                                    Type::NS,  Type::SOA, Type::CNAME, Type::DNAME};
  if (size == 0) return 0;
  const Question asked{*Name::parse("k.example"), kTypes[*data % std::size(kTypes)]};
  const Octets input(data + 1, size - 1);
  check(parseReply(input, asked), asked);

  const QueryPacket query = buildQuery(asked, {.edns = false});
  std::string forged(input.begin(), input.end());
  if (forged.size() < query.size) forged.resize(query.size);
  forged[2] = static_cast<char>(forged[2] | '\x80');
  for (std::size_t i : {4U, 5U}) forged[i] = static_cast<char>(query.buffer[i]);
  for (std::size_t i = 12; i < query.size; ++i) forged[i] = static_cast<char>(query.buffer[i]);
  const Octets octets(reinterpret_cast<const std::uint8_t*>(forged.data()), forged.size());
  require(sameQuestionOctets(query.octets(), octets));
  check(parseReply(octets, asked), asked);

  // Whatever is a name goes out and is recognised when it comes back.
  if (const auto name = Name::parse({reinterpret_cast<const char*>(input.data()), input.size()})) {
    const QueryPacket packet = buildQuery({*name, Type::TXT}, {.upperCase = *data});
    require(packet.size <= packet.buffer.size());
    QueryPacket echo = packet;
    echo.buffer[2] |= 0x80U;
    require(parseReply(echo.octets(), {*name, Type::TXT}).status == Status::NoData);
  }
  return 0;
}
