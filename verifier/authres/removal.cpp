#include "verifier/authres/removal.h"

#include <algorithm>
#include <string>

#include "dns/ascii.h"
#include "dns/idna.h"
#include "verifier/authres/parser.h"
#include "verifier/authres/scanner.h"

namespace alignd::authres {

namespace {

// One spelling for all: no job id, no final dot, A-labels, lower case.
std::string canonicalId(std::string_view id) {
  id = id.substr(0, id.find('/'));
  while (!id.empty() && id.back() == '.') id.remove_suffix(1);
  if (auto name = dns::toAscii(id)) return *name;
  return ascii::toLower(id);
}

// What is left when blanks, quotes and backslashes go, and comments too unless `comments`.
std::string squeezed(std::string_view text, bool comments) {
  std::string out;
  Scanner scanner(text);
  while (!scanner.atEnd()) {
    const char c = scanner.peek();
    if (c == '(' && !comments) {
      scanner.comment();
      continue;
    }
    if (!ascii::isControl(c) && c != ' ' && c != '"' && c != '\\') out += ascii::lower(c);
    scanner.advance();
  }
  return out;
}

bool has8Bit(std::string_view text) {
  return std::any_of(text.begin(), text.end(), ascii::is8Bit);
}

bool contains(std::string_view text, std::string_view id) {
  if (id.empty()) return false;
  const std::string ascii = canonicalId(id);
  for (const std::string& form : {ascii::toLower(id), ascii, dns::toUnicode(ascii)}) {
    if (form.empty()) continue;
    if (squeezed(text, true).find(form) != std::string::npos) return true;
    if (squeezed(text, false).find(form) != std::string::npos) return true;
  }
  return false;
}

bool claims(const Parsed& field, std::string_view value, std::string_view id) {
  if (id.empty()) return false;
  switch (field.head) {
    case Head::Id:
      if (sameId(field.authservId, id)) return true;
      // Octets that make no domain name are a disguise (a no-break space, for instance) as malformed heads
      // are.
      if (has8Bit(field.authservId) && !dns::toAscii(field.authservId) && contains(field.authservId, id))
        return true;
      break;
    case Head::NoId:  // `ours=pass; dmarc=pass`: the first word is a method to us and an id to others
      if (!field.results.empty() && sameId(field.results.front().method, id)) return true;
      break;
    case Head::Malformed:
      if (sameId(field.authservId, id) || contains(value.substr(0, field.headEnd), id)) return true;
      break;
  }
  return field.unterminated && contains(value, id);
}

}  // namespace

// An id of the settings may hold a slash itself: then that is what is looked for, too.
bool sameId(std::string_view claimed, std::string_view ours) {
  if (ascii::equalIgnoreCase(claimed, ours)) return true;
  const std::string id = canonicalId(ours);
  return !id.empty() && canonicalId(claimed) == id;
}

bool claimsOurId(std::string_view name, std::string_view value, const Options& options) {
  if (!ascii::equalIgnoreCase(ascii::trimWsp(name), "Authentication-Results")) return false;
  if (options.removeAll) return true;
  const Parsed field = parse(value);
  if (options.removeUnsupportedVersions && field.version != 1) return true;
  return claims(field, value, options.authservId) ||
         std::any_of(options.additionalIds.begin(), options.additionalIds.end(),
                     [&](const std::string& id) { return claims(field, value, id); });
}

}  // namespace alignd::authres
