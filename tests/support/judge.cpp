#include "tests/support/judge.h"

#include <algorithm>

#include "dns/data/ascii.h"

namespace alignd::test {

namespace {

using nlohmann::json;

bool contains(const json& words, std::string_view word) {
  return std::any_of(words.begin(), words.end(),
                     [&](const json& w) { return w.is_string() && w.get<std::string>() == word; });
}

void compareWord(std::vector<std::string>& out, const json& expect, const char* key, std::string_view got,
                 std::string_view why) {
  const auto want = expect.find(key);
  if (want == expect.end() || want->is_null()) return;
  const bool agrees = want->is_array() ? contains(*want, got) : want->get<std::string>() == got;
  if (!agrees)
    out.push_back(std::string(key) + ": got " + std::string(got) + " (" + std::string(why) + "), want " +
                  want->dump());
}

// By b=, then by d= and s=: the order of the two lists need not agree.
const dkim::SignatureResult* match(const json& want, std::vector<const dkim::SignatureResult*>& left) {
  const auto take = [&](auto test) -> const dkim::SignatureResult* {
    const auto found = std::find_if(left.begin(), left.end(), test);
    if (found == left.end()) return nullptr;
    const auto* out = *found;
    left.erase(found);
    return out;
  };
  const auto text = [&](const char* key) {
    const auto found = want.find(key);
    return found == want.end() || found->is_null() ? std::string() : octets(found->get<std::string>());
  };
  const std::string b = text("b");
  if (!b.empty()) {
    if (const auto* hit = take([&](const auto* s) { return s->signature.starts_with(b); })) return hit;
  }
  const std::string d = text("domain");
  const std::string selector = text("selector");
  return take([&](const auto* s) {
    return ascii::equalIgnoreCase(s->domain, d) &&
           (selector.empty() || ascii::equalIgnoreCase(s->selector, selector));
  });
}

void compareAny(std::vector<std::string>& out, const json& words, const dkim::Result& result) {
  const bool any =
      std::any_of(result.signatures.begin(), result.signatures.end(),
                  [&](const auto& signature) { return contains(words, dkim::statusWord(signature.status)); });
  if (!any) out.push_back("dkim: no signature is one of " + words.dump());
}

void compareDkim(std::vector<std::string>& out, const json& expect, const dkim::Result& result) {
  const auto wanted = expect.find("dkim");
  if (wanted == expect.end()) {
    if (const auto any = expect.find("dkim_any"); any != expect.end()) compareAny(out, *any, result);
    return;
  }
  const bool wordsOnly =
      std::any_of(wanted->begin(), wanted->end(), [](const json& w) { return w.is_string(); });
  if (wordsOnly) return compareAny(out, *wanted, result);
  std::vector<const dkim::SignatureResult*> left;
  for (const auto& signature : result.signatures) left.push_back(&signature);
  if (wanted->empty() && std::any_of(left.begin(), left.end(), [](const auto* s) { return s->passes(); })) {
    out.emplace_back("dkim: a signature passes where none should be");
  }
  for (const auto& want : *wanted) {
    const auto& words = want.at("result");
    const auto* got = match(want, left);
    if (got == nullptr) {
      const bool absent =
          contains(words, "none") || contains(words, "absent") || words.empty() || want["domain"].is_null();
      if (!absent) out.push_back("dkim: not reported: " + want.dump());
    } else if (!contains(words, dkim::statusWord(got->status))) {
      out.push_back("dkim: d=" + got->domain + " s=" + got->selector + ": got " +
                    std::string(dkim::statusWord(got->status)) + " (" + got->text + "), want " +
                    words.dump());
    }
  }
}

}  // namespace

std::vector<std::string> disagreements(const Case& one, const Verdict& verdict,
                                       const std::vector<std::string>& which) {
  const auto asked = [&](const char* word) {
    return std::find(which.begin(), which.end(), word) != which.end();
  };
  const json expect = one.expect();
  std::vector<std::string> out;
  if (asked("spf") && verdict.spf) {
    compareWord(out, expect, "spf", spf::statusWord(verdict.spf->status), verdict.spf->text);
  }
  if (asked("dkim")) compareDkim(out, expect, verdict.dkim);
  if (asked("arc")) compareWord(out, expect, "arc", arc::statusWord(verdict.arc.status), verdict.arc.text);
  if (asked("dmarc")) {
    compareWord(out, expect, "dmarc", dmarc::statusWord(verdict.dmarc.status), verdict.dmarc.text);
    if (verdict.dmarc.status == dmarc::Status::Fail || verdict.dmarc.status == dmarc::Status::Pass) {
      compareWord(out, expect, "policy", dmarc::policyWord(verdict.dmarc.selected),
                  verdict.dmarc.selectedTag);
      compareWord(out, expect, "disposition", dmarc::policyWord(verdict.dmarc.effective), "after t=");
    }
  }
  return out;
}

}  // namespace alignd::test
