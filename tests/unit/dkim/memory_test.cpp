// When OpenSSL has no memory: no verdict, instead of a wrong one.
#include <cstdlib>
#include <new>
#include <span>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/unit/dkim/signer.h"
#include "verifier/dkim/body_hashes.h"
#include "verifier/dkim/public_key.h"

namespace alignd::dkim {
namespace {

// How many more allocations of this thread succeed; negative: all.
thread_local int left = -1;
thread_local int refused = 0;

bool mayHave() {
  if (left < 0) return true;
  if (left > 0) {
    --left;
    return true;
  }
  ++refused;
  return false;
}

// As this program is loaded: before OpenSSL is used.
const bool watched = watchMemory(
    {[](std::size_t size) { return mayHave() ? std::malloc(size) : nullptr; },
     [](void* block, std::size_t size) { return mayHave() ? std::realloc(block, size) : nullptr; }});

enum class Outcome { Good, Bad, NoMemory };

Outcome outcomeOf(const std::string& record, std::string_view text, const std::string& signature) {
  try {
    Sha256 hash;
    hash.update(text);
    const KeyRecord key = parseKeyRecord(record);
    if (!key.usable()) return Outcome::Bad;
    return key.key->verify(hash.finish(), signature) ? Outcome::Good : Outcome::Bad;
  } catch (const std::bad_alloc&) {
    return Outcome::NoMemory;
  }
}

TEST(CryptoMemory, AnyAllocationMayFail) {
  ASSERT_TRUE(watched);
  ASSERT_TRUE(cryptoAvailable());
  for (const test::SigningKey* key : {&test::SigningKey::rsa(2048), &test::SigningKey::ed25519()}) {
    const std::string record = key->record();
    const std::string signature = key->sign("text");
    for (const auto& [text, expected] :
         {std::pair("text", Outcome::Good), std::pair("other", Outcome::Bad)}) {
      SCOPED_TRACE(std::string(key->algorithm()) + " " + text);
      int without = 0;
      for (int allowed = 0;; ++allowed) {
        left = allowed;
        refused = 0;
        const Outcome outcome = outcomeOf(record, text, signature);
        left = -1;
        if (refused == 0) {
          EXPECT_EQ(outcome, expected);
          break;
        }
        // Some of what OpenSSL asks for it can do without.
        if (outcome == Outcome::NoMemory) ++without;
        EXPECT_TRUE(outcome == expected || outcome == Outcome::NoMemory) << allowed;
      }
      EXPECT_GT(without, 5);
    }
  }
}

// What ends a message is called from destructors.
TEST(CryptoMemory, AMessageEndsWithoutAny) {
  ASSERT_TRUE(watched);
  const auto digestOf = [](BodyHashes& bodies, std::string_view body) {
    const auto handle = bodies.request(Canonicalization::Simple, std::nullopt);
    bodies.feed(std::as_bytes(std::span(body)));
    bodies.finish();
    return bodies.digest(*handle);
  };
  BodyHashes bodies;
  const Digest expected = digestOf(bodies, "text\r\n");
  bodies.reset();
  bool whole = false;
  for (int allowed = 0; !whole; ++allowed) {
    SCOPED_TRACE(allowed);
    left = allowed;
    refused = 0;
    try {
      EXPECT_EQ(digestOf(bodies, "text\r\n"), expected);
    } catch (const std::bad_alloc&) {
    }
    whole = refused == 0;
    left = 0;
    bodies.reset();
    left = -1;
    EXPECT_EQ(digestOf(bodies, "text\r\n"), expected) << "the next one is as ever";
    bodies.reset();
  }
}

}  // namespace
}  // namespace alignd::dkim
