#include "verifier/authres/removal.h"

#include <algorithm>
#include <string>
#include <vector>

#include "dns/data/ascii.h"
#include "dns/data/idna.h"
#include "verifier/authres/encode.h"
#include "verifier/authres/parser.h"
#include "verifier/authres/scanner.h"
#include "verifier/message/encoded_word.h"
#include "verifier/message/line_ends.h"

namespace alignd::authres {

namespace {

// One spelling for all: no job id, no final dot, A-labels, lower case.
std::string canonicalId(std::string_view id) {
  id = id.substr(0, id.find('/'));
  while (!id.empty() && id.back() == '.') id.remove_suffix(1);
  if (auto name = dns::toAscii(id)) return *name;
  return ascii::toLower(id);
}

// What is left when blanks, controls, quotes and backslashes go; comments and octets outside ASCII, too, unless
// they are to be kept.
std::string squeezed(std::string_view text, bool comments, bool eightBit) {
  std::string out;
  Scanner scanner(text);
  while (!scanner.atEnd()) {
    const char c = scanner.peek();
    if (c == '(' && !comments) {
      scanner.comment();
      continue;
    }
    const bool dropped =
        ascii::isControl(c) || c == ' ' || c == '"' || c == '\\' || (ascii::is8Bit(c) && !eightBit);
    if (!dropped) out += ascii::lower(c);
    scanner.advance();
  }
  return out;
}

// Forms of ASCII that UTS 46 maps back to it, but that no U-label holds: fullwidth ones (U+FF01 to U+FF5E) and the
// other dots (RFC 3490 section 3.1: U+3002, U+FF0E, U+FF61).
std::string narrowed(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view three = text.substr(i, 3);
    const auto last = static_cast<unsigned char>(three.back());
    if (three == "\xe3\x80\x82" || three == "\xef\xbd\xa1") {
      out += '.';
    } else if (three.size() == 3 && three.starts_with("\xef\xbc") && last >= 0x81) {
      out += static_cast<char>(last - 0x60);
    } else if (three.size() == 3 && three.starts_with("\xef\xbd") && last <= 0x9e) {
      out += static_cast<char>(last - 0x20);
    } else {
      out += text[i];
      continue;
    }
    i += 2;
  }
  return out;
}

// Every way to read `text` in which some reader might find an id: as it is, or with encoded-words (RFC 2047 section 5
// forbids them here, but many decode a field before they look at it), percent forms and wide forms undone; squeezed.
std::vector<std::string> readings(std::string_view text) {
  std::vector<std::string> out;
  std::vector<std::string> forms{std::string(text)};
  for (const message::WordRules rules : message::rulesFor(text)) {
    std::string undone = narrowed(percentDecode(message::decodeEncodedWords(text, rules)));
    if (std::find(forms.begin(), forms.end(), undone) == forms.end()) forms.push_back(std::move(undone));
  }
  for (const std::string& form : forms) {
    for (const bool comments : {true, false}) {
      for (const bool eightBit : {true, false}) out.push_back(squeezed(form, comments, eightBit));
    }
  }
  return out;
}

bool contains(std::string_view text, std::string_view id) {
  const std::string ascii = canonicalId(id);
  const std::vector<std::string> all = readings(text);
  for (const std::string& form : {ascii::toLower(id), ascii, dns::toUnicode(ascii)}) {
    if (form.empty()) continue;  // an id of dots, or of a job id alone
    for (const std::string& reading : all) {
      if (reading.find(form) != std::string::npos) return true;
    }
  }
  return false;
}

// A host name, with a job id perhaps. In an id that is none, octets that do not belong there (an apostrophe, a percent
// form, a no-break space) may be a disguise, as in a malformed head.
bool isPlainId(std::string_view id) {
  id = id.substr(0, id.find('/'));
  const bool octets = std::all_of(id.begin(), id.end(), [](char c) {
    return ascii::isAlnum(c) || c == '-' || c == '_' || c == '.' || ascii::is8Bit(c);
  });
  const bool eightBit = std::any_of(id.begin(), id.end(), ascii::is8Bit);
  return octets && (!eightBit || dns::toAscii(id));
}

std::string_view firstWord(std::string_view value) {
  Scanner scanner(value);
  scanner.skipCfws();
  return scanner.keyword();
}

bool claims(const Parsed& field, std::string_view value, std::string_view id) {
  if (id.empty()) return false;
  switch (field.head) {
    case Head::Id:
      if (sameId(field.authservId, id)) return true;
      if (!isPlainId(field.authservId) && contains(field.authservId, id)) return true;
      break;
    case Head::NoId:  // `ours=pass; ...`, `ours=; ...`: a method to us, and an id to others
      if (sameId(firstWord(value), id)) return true;
      break;
    case Head::Malformed:
      if (sameId(field.authservId, id) || contains(value.substr(0, field.headEnd), id)) return true;
      break;
  }
  return field.unterminated && contains(value, id);
}

bool claimsOurs(std::string_view value, const Options& options) {
  const Parsed field = parse(value);
  if (options.removeUnsupportedVersions && field.version != 1) return true;
  return claims(field, value, options.authservId) ||
         std::any_of(options.additionalIds.begin(), options.additionalIds.end(),
                     [&](const std::string& id) { return claims(field, value, id); });
}

// Behind semicolons with nothing before them: readers that skip empty parts find the id there.
std::string_view withoutEmptyParts(std::string_view value) {
  Scanner scanner(value);
  std::size_t begin = 0;
  while (scanner.skipCfws(), scanner.take(';')) begin = scanner.position();
  return value.substr(begin);
}

// Behind the comments that the value begins with, to readers who know no escapes in them (`(\)` is whole), no nesting
// (`((x)` is), or neither.
std::string_view withoutComments(std::string_view value, bool escapes, bool nesting) {
  std::size_t at = 0;
  std::size_t depth = 0;
  for (; at < value.size(); ++at) {
    const char c = value[at];
    if (depth == 0 && c != '(' && c != ' ' && c != '\t' && c != '\r' && c != '\n') break;
    if (c == '\\' && escapes) {
      ++at;
    } else if (c == '(') {
      depth = nesting ? depth + 1 : 1;
    } else if (c == ')') {
      --depth;
    }
  }
  return value.substr(std::min(at, value.size()));
}

// `claim` of the value, of what is left of it without empty parts in front, and of what stands behind the comments that
// either begins with, in every way that readers know comments.
template <class Claim>
bool inAnyReading(std::string_view value, Claim&& claim) {
  for (const std::string_view part : {value, withoutEmptyParts(value)}) {
    if (claim(part)) return true;
    if (part.find('(') == std::string_view::npos) continue;
    if (claim(withoutComments(part, false, true)) || claim(withoutComments(part, true, false)) ||
        claim(withoutComments(part, false, false))) {
      return true;
    }
  }
  return false;
}

// Octets that nobody sees do not make it another field, as they do not for From.
bool isResults(std::string_view name) {
  std::string seen;
  for (const char c : name) {
    if (!ascii::isControl(c) && c != ' ' && !ascii::is8Bit(c)) seen += c;
  }
  return ascii::equalIgnoreCase(seen, "Authentication-Results");
}

}  // namespace

// An id of the settings may hold a slash itself: then that is what is looked for, too.
bool sameId(std::string_view claimed, std::string_view ours) {
  if (ascii::equalIgnoreCase(claimed, ours)) return true;
  const std::string id = canonicalId(ours);
  return !id.empty() && canonicalId(claimed) == id;
}

bool claimsId(std::string_view name, std::string_view value, std::string_view id) {
  return isResults(name) &&
         inAnyReading(value, [&](std::string_view reading) { return claims(parse(reading), reading, id); });
}

bool claimsOurId(std::string_view name, std::string_view value, const Options& options) {
  const bool results = isResults(name);
  if (results && options.removeAll) return true;
  if (results &&
      inAnyReading(value, [&](std::string_view reading) { return claimsOurs(reading, options); })) {
    return true;
  }
  return message::anyHiddenField(value, [&](std::string_view hiddenName, std::string_view hidden) {
    return isResults(hiddenName) && claimsOurId(hiddenName, hidden, options);
  });
}

}  // namespace alignd::authres
