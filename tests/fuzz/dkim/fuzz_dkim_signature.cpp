// Any octets as a DKIM-Signature or ARC-Message-Signature.
#include <cstdint>
#include <string_view>

#include "tests/fuzz/check.h"
#include "tests/fuzz/dkim/syntax.h"
#include "verifier/dkim/signature.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace alignd::dkim;
  using alignd::test::check;
  const std::string_view value(reinterpret_cast<const char*>(data), size);
  for (const auto kind : {SignatureKind::Dkim, SignatureKind::ArcMessage}) {
    const Signature signature = parseSignature(value, kind, 256);
    check(signature.ok() == signature.keyName.has_value(), "a question for good signatures only");
    check(signature.ok() == signature.text.empty(), "a fault has a text");
    check(signature.bBegin <= signature.bEnd && signature.bEnd <= size, "b= lies in the field");
    if (!signature.ok()) continue;
    check(!signature.signature.empty() && !signature.bodyHash.empty(), "b= and bh= are there");
    check(!signature.signedFields.empty() && signature.signedFields.size() <= 256, "h= is bounded");
    for (const auto& name : signature.signedFields) check(!name.empty(), "no empty name");
    check(signature.keyName->text().find("._domainkey.") != std::string::npos, "asked below _domainkey");
    check(signature.keyName->text().ends_with("." + signature.domainAscii), "in the signing domain");
    for (const char c : signature.keyName->text()) {
      check((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.',
            "decision 14");
    }
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t room,
                                               unsigned seed) {
  return alignd::test::mutate(alignd::test::kDkimSignature, data, size, room, seed);
}
