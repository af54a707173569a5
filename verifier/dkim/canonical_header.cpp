#include "verifier/dkim/canonical_header.h"

#include <map>
#include <string_view>
#include <vector>

#include "dns/data/ascii.h"
#include "verifier/dkim/signature.h"

namespace alignd::dkim {

namespace {

constexpr std::size_t kMaxNames = 1000;

// The fields of each name, top down.
std::map<std::string, std::vector<std::size_t>> byName(const message::HeaderBlock& header, std::size_t own) {
  std::map<std::string, std::vector<std::size_t>> out;
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (i != own) out[ascii::toLower(header[i].name)].push_back(i);
  }
  return out;
}

}  // namespace

std::string canonicalHeader(const message::HeaderBlock& header, std::size_t field, std::size_t most) {
  if (field >= header.size()) return {};
  const message::Field own = header[field];
  const Signature signature = parseSignature(own.value, SignatureKind::Dkim, kMaxNames);
  if (!signature.ok()) return {};
  auto fields = byName(header, field);
  std::string out;
  // Each mention of a name takes the next field from the bottom up (section 5.4.2).
  for (const std::string& name : signature.signedFields) {
    const auto found = fields.find(name);
    if (found == fields.end() || found->second.empty()) continue;
    canonicalizeField(signature.header, header[found->second.back()].whole, out);
    found->second.pop_back();
    out += "\r\n";
    if (out.size() > most) return {};
  }
  // The signature's own field comes last, its b= emptied, without the final CRLF.
  const std::size_t value = own.whole.size() - own.value.size();
  std::string emptied(own.whole.substr(0, value + signature.bBegin));
  emptied += own.value.substr(signature.bEnd);
  canonicalizeField(signature.header, emptied, out);
  return out.size() > most ? std::string() : out;
}

}  // namespace alignd::dkim
