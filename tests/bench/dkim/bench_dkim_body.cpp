// Canonicalizing and hashing bodies against bare SHA-256 over the same octets, in pieces of 64 KiB as a
// milter gets them. Wanted: two thirds of the bare speed on base64 and text.
#include <algorithm>
#include <cstddef>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>

#include <benchmark/benchmark.h>
#include <openssl/evp.h>

#include "verifier/dkim/body_hashes.h"

namespace {

using alignd::dkim::Canonicalization;

constexpr std::size_t kBody = std::size_t{1} << 20;
constexpr std::size_t kPiece = std::size_t{64} * 1024;

enum Kind { kBase64, kText, kFlowed, kHtml };

std::string base64() {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::mt19937 random(1);
  std::string out;
  while (out.size() < kBody) {
    for (int i = 0; i < 76; ++i) out += kDigits[random() % kDigits.size()];
    out += "\r\n";
  }
  return out;
}

// Words of two to nine letters, one blank between, lines of about 72 octets that end in `lineEnd`.
std::string text(std::string_view lineEnd) {
  std::mt19937 random(2);
  std::string out;
  while (out.size() < kBody) {
    const std::size_t line = out.size();
    while (out.size() - line < 66) {
      if (out.size() > line) out += ' ';
      for (std::size_t i = 2 + random() % 8; i > 0; --i) out += static_cast<char>('a' + random() % 26);
    }
    out += lineEnd;
    if (random() % 8 == 0) out += "\r\n";
  }
  return out;
}

// Short lines indented by up to twenty blanks.
std::string html() {
  std::mt19937 random(3);
  std::string out;
  while (out.size() < kBody) {
    out.append(random() % 11 * 2, ' ');
    out += "<td class=\"c";
    out += static_cast<char>('a' + random() % 26);
    out += "\" style=\"padding: 0\"><a href=\"https://www.example.com/x\">text</a></td>\r\n";
  }
  return out;
}

const std::string& body(benchmark::State& state) {
  static const std::string kBodies[] = {base64(), text("\r\n"), text(" \r\n"), html()};
  static const char* const kNames[] = {"base64", "text", "format=flowed", "html"};
  state.SetLabel(kNames[state.range(0)]);
  return kBodies[state.range(0)];
}

void bareSha256(benchmark::State& state) {
  const std::string& octets = body(state);
  const std::unique_ptr<EVP_MD, void (*)(EVP_MD*)> md(EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  unsigned char digest[32];
  for (auto _ : state) {
    EVP_DigestInit_ex2(context.get(), md.get(), nullptr);
    for (std::size_t at = 0; at < octets.size(); at += kPiece) {
      EVP_DigestUpdate(context.get(), octets.data() + at, std::min(kPiece, octets.size() - at));
    }
    EVP_DigestFinal_ex(context.get(), digest, nullptr);
    benchmark::DoNotOptimize(digest);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * octets.size()));
}

void feed(alignd::dkim::BodyHashes& hashes, const std::string& octets) {
  const auto all = std::as_bytes(std::span(octets.data(), octets.size()));
  for (std::size_t at = 0; at < all.size(); at += kPiece) {
    hashes.feed(all.subspan(at, std::min(kPiece, all.size() - at)));
  }
  hashes.finish();
}

void bodyHash(benchmark::State& state, Canonicalization canonicalization) {
  const std::string& octets = body(state);
  alignd::dkim::BodyHashes hashes;
  for (auto _ : state) {
    hashes.reset();
    const auto handle = hashes.request(canonicalization, std::nullopt);
    feed(hashes, octets);
    benchmark::DoNotOptimize(hashes.digest(*handle));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * octets.size()));
}

class CountingSink final : public alignd::dkim::OctetSink {
 public:
  void write(std::string_view octets) override { count += octets.size(); }
  std::size_t count = 0;
};

// Without a hash: what canonicalization alone costs.
void canonicalizeOnly(benchmark::State& state, Canonicalization canonicalization) {
  const std::string& octets = body(state);
  CountingSink sink;
  alignd::dkim::BodyCanonicalizer canonicalizer(canonicalization, sink);
  for (auto _ : state) {
    canonicalizer.reset();
    for (std::size_t at = 0; at < octets.size(); at += kPiece) {
      canonicalizer.feed(std::string_view(octets).substr(at, kPiece));
    }
    canonicalizer.finish();
    benchmark::DoNotOptimize(sink.count);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * octets.size()));
}

BENCHMARK(bareSha256)->DenseRange(kBase64, kHtml);
BENCHMARK_CAPTURE(bodyHash, simple, Canonicalization::Simple)->DenseRange(kBase64, kHtml);
BENCHMARK_CAPTURE(bodyHash, relaxed, Canonicalization::Relaxed)->DenseRange(kBase64, kHtml);
BENCHMARK_CAPTURE(canonicalizeOnly, relaxed, Canonicalization::Relaxed)->DenseRange(kBase64, kHtml);

}  // namespace
