#include "verifier/arc/chain.h"

#include <utility>

#include "dns/data/ascii.h"

namespace alignd::arc {

namespace {

constexpr std::string_view kPrefix = "ARC-";
constexpr std::string_view kResults = "ARC-Authentication-Results";
constexpr std::string_view kMessage = "ARC-Message-Signature";
constexpr std::string_view kSeal = "ARC-Seal";
constexpr std::size_t kMaxFields = 3 * static_cast<std::size_t>(kMaxInstance);

std::string at(std::size_t instance, std::string_view what) {
  return ascii::cat({"instance ", std::to_string(instance), ": ", what});
}

// RFC 8617 section 5.2 step 3: what is wrong with one set; empty when nothing is.
std::string problemOf(const ChainSet& set, std::size_t instance) {
  if (set.empty()) return at(instance, "the set is missing");
  if (!set.results) return at(instance, "no ARC-Authentication-Results");
  if (!set.message) return at(instance, "no ARC-Message-Signature");
  if (!set.seal) return at(instance, "no ARC-Seal");
  if (!set.sealed.ok()) return at(instance, ascii::cat({"ARC-Seal: ", set.sealed.fault}));
  const std::string_view wanted = instance == 1 ? "none" : "pass";
  if (set.sealed.cv != wanted)
    return at(instance, ascii::cat({"cv= is ", set.sealed.cv, " instead of ", wanted}));
  return {};
}

}  // namespace

void Chain::reset() noexcept {
  sets_.clear();
  fields_ = 0;
  fieldProblem_.clear();
}

void Chain::note(std::string problem) {
  if (fieldProblem_.empty()) fieldProblem_ = std::move(problem);
}

const dns::Name* Chain::add(const message::HeaderBlock& header, std::size_t index,
                            std::size_t maximumSignedNames, dkim::Syntax syntax) {
  if (!ascii::equalIgnoreCase(header[index].name.substr(0, kPrefix.size()), kPrefix))
    return nullptr;  // mostly
  const bool results = header.is(index, kResults);
  const bool message = !results && header.is(index, kMessage);
  const bool seal = !results && !message && header.is(index, kSeal);
  if (!results && !message && !seal) return nullptr;
  if (++fields_ > kMaxFields) {
    note("more than 50 ARC sets");
    return nullptr;
  }
  const std::string_view value = header[index].value;
  if (results) return addResults(value, index);
  return message ? addMessage(value, index, maximumSignedNames, syntax) : addSeal(value, index, syntax);
}

// Where a field of this instance belongs; null when it has no place.
ChainSet* Chain::place(int instance, std::optional<std::size_t> ChainSet::* member, std::size_t index,
                       std::string_view name) {
  if (instance == 0) {
    note(ascii::cat({name, " without a valid i="}));
    return nullptr;
  }
  if (instance > kMaxInstance) {  // RFC 8617 section 5.2 step 1
    note("more than 50 ARC sets");
    return nullptr;
  }
  const auto position = static_cast<std::size_t>(instance) - 1;
  if (position >= sets_.size()) sets_.resize(position + 1);
  if (sets_[position].*member) {  // step 3.B: no repetition
    note(at(position + 1, ascii::cat({"two ", name, " fields"})));
    return nullptr;
  }
  sets_[position].*member = index;
  return &sets_[position];
}

const dns::Name* Chain::addResults(std::string_view value, std::size_t index) {
  place(parseAuthResults(value).instance, &ChainSet::results, index, kResults);
  return nullptr;
}

const dns::Name* Chain::addMessage(std::string_view value, std::size_t index, std::size_t maximumSignedNames,
                                   dkim::Syntax syntax) {
  const std::string plain = blankComments(value);
  const MessageHead head = parseMessageHead(plain);
  ChainSet* set = place(head.instance, &ChainSet::message, index, kMessage);
  if (set == nullptr) return nullptr;
  set->defaultForm = head.defaultForm;
  auto& signature = set->signature;
  signature = dkim::parseSignature(plain, dkim::SignatureKind::ArcMessage, maximumSignedNames, syntax);
  return signature.ok() && signature.keyName ? &*signature.keyName : nullptr;
}

const dns::Name* Chain::addSeal(std::string_view value, std::size_t index, dkim::Syntax syntax) {
  Seal seal = parseSeal(value, syntax);
  // Of a seal that cannot be read, i= may be readable all the same; then it counts as that set's.
  ChainSet* set = place(seal.instance, &ChainSet::seal, index, kSeal);
  if (set == nullptr) return nullptr;
  set->sealed = std::move(seal);
  return set->sealed.ok() && set->sealed.keyName ? &*set->sealed.keyName : nullptr;
}

std::string Chain::problem() const {
  // RFC 8617 section 5.2 step 2 comes before the structure: a sealer upstream has found the chain broken.
  if (!sets_.empty() && sets_.back().seal && sets_.back().sealed.cv == "fail") {
    return at(sets_.size(),
              ascii::cat({"the sealer ", sets_.back().sealed.domain, " says that the chain failed"}));
  }
  if (!fieldProblem_.empty()) return fieldProblem_;
  for (std::size_t i = sets_.size(); i > 0; --i) {
    if (auto found = problemOf(sets_[i - 1], i); !found.empty()) return found;
  }
  return {};
}

}  // namespace alignd::arc
