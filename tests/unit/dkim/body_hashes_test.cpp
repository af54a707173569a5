// One pass over the body for all signatures of a message.
#include "verifier/dkim/body_hashes.h"

#include <string>

#include <gtest/gtest.h>
#include <malloc.h>

#include "tests/unit/dkim/naive.h"
#include "tests/unit/dkim/signer.h"

namespace alignd::dkim {
namespace {

std::string text(const Digest& digest) {
  return {digest.begin(), digest.end()};
}

void feed(BodyHashes& hashes, std::string_view octets) {
  hashes.feed(std::as_bytes(std::span(octets.data(), octets.size())));
}

TEST(BodyHashes, EmptyBodiesHaveTheDigestsOfTheRfc) {
  BodyHashes hashes;
  const auto simple = hashes.request(Canonicalization::Simple, std::nullopt);
  const auto relaxed = hashes.request(Canonicalization::Relaxed, std::nullopt);
  hashes.finish();
  // RFC 6376 sections 3.4.3 and 3.4.4
  EXPECT_EQ(test::base64(text(hashes.digest(*simple))), "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=");
  EXPECT_EQ(test::base64(text(hashes.digest(*relaxed))), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  EXPECT_EQ(hashes.octets(*simple).total, 2U);
  EXPECT_EQ(hashes.octets(*relaxed).total, 0U);
}

TEST(BodyHashes, EveryLengthInOnePassAtEverySplit) {
  const std::string body = " a \t b\r\n\r\nc  \r\n \r\n\r\n";
  for (const auto canonicalization : {Canonicalization::Simple, Canonicalization::Relaxed}) {
    const std::string canonical = naive::body(canonicalization, body);
    for (std::size_t cut = 0; cut <= body.size(); ++cut) {
      BodyHashes hashes(64);
      const auto whole = hashes.request(canonicalization, std::nullopt);
      std::vector<BodyHashes::Handle> prefixes;
      for (std::size_t length = canonical.size() + 3;
           length-- > 0;) {  // longest first: the order must not matter
        prefixes.push_back(*hashes.request(canonicalization, length));
      }
      feed(hashes, std::string_view(body).substr(0, cut));
      feed(hashes, std::string_view(body).substr(cut));
      hashes.finish();
      EXPECT_EQ(text(hashes.digest(*whole)), test::sha256(canonical));
      for (std::size_t i = 0; i < prefixes.size(); ++i) {
        const std::size_t length = std::min(canonical.size() + 2 - i, canonical.size());
        ASSERT_EQ(text(hashes.digest(prefixes[i])), test::sha256(canonical.substr(0, length)))
            << cut << " " << length;
        EXPECT_EQ(hashes.octets(prefixes[i]).covered, length);
        EXPECT_EQ(hashes.octets(prefixes[i]).total, canonical.size());
      }
    }
  }
}

TEST(BodyHashes, EqualRequestsShareAndTheCapCountsDistinctOnes) {
  BodyHashes hashes(3);
  const auto a = hashes.request(Canonicalization::Simple, std::nullopt);
  const auto b = hashes.request(Canonicalization::Simple, 10);
  const auto c = hashes.request(Canonicalization::Relaxed, 10);
  EXPECT_NE(a, b);
  EXPECT_NE(b, c);
  EXPECT_EQ(hashes.request(Canonicalization::Simple, 10), b);
  EXPECT_FALSE(hashes.request(Canonicalization::Relaxed, std::nullopt)) << "a fourth";
  EXPECT_EQ(hashes.refused(), 1U);
  EXPECT_EQ(hashes.request(Canonicalization::Relaxed, 10), c) << "known ones are still served";
}

TEST(BodyHashes, WantsNoBodyUntilSomeoneAsks) {
  BodyHashes hashes;
  EXPECT_FALSE(hashes.wantsBody());
  static_cast<void>(hashes.request(Canonicalization::Relaxed, 0));
  EXPECT_TRUE(hashes.wantsBody()) << "l=0: octets after it are counted";
  hashes.reset();
  EXPECT_FALSE(hashes.wantsBody());
}

TEST(BodyHashes, NothingIsCarriedIntoTheNextMessage) {
  BodyHashes hashes;
  static_cast<void>(hashes.request(Canonicalization::Relaxed, 5));
  feed(hashes, "left over \r");
  hashes.reset();
  const auto handle = hashes.request(Canonicalization::Relaxed, std::nullopt);
  feed(hashes, "\nnew");
  hashes.finish();
  hashes.finish();  // once more changes nothing
  EXPECT_EQ(text(hashes.digest(*handle)), test::sha256("\nnew\r\n"));
}

TEST(BodyHashes, FiftyMebibytesInConstantMemory) {
  BodyHashes hashes;
  const auto relaxed = hashes.request(Canonicalization::Relaxed, std::nullopt);
  const auto simple = hashes.request(Canonicalization::Simple, std::uint64_t{1} << 40);
  std::string chunk;
  while (chunk.size() < 64 * 1024) chunk += "some  text with\ttabs and trailing blanks \r\n";
  feed(hashes, chunk);
  const std::size_t before = mallinfo2().uordblks;
  std::uint64_t fed = chunk.size();
  for (; fed < std::uint64_t{50} * 1024 * 1024; fed += chunk.size()) feed(hashes, chunk);
  EXPECT_EQ(mallinfo2().uordblks, before) << "nothing was kept";
  hashes.finish();
  EXPECT_EQ(hashes.octets(*simple).total, fed);
  EXPECT_LT(hashes.octets(*relaxed).total, fed);
}

}  // namespace
}  // namespace alignd::dkim
