#include "tests/unit/arc/sealer.h"

#include <algorithm>
#include <cctype>

#include "tests/unit/dkim/naive.h"

namespace alignd::test {

namespace {

using dkim::Canonicalization;
namespace naive = dkim::naive;

Canonicalization form(std::string_view word) {
  return word == "simple" ? Canonicalization::Simple : Canonicalization::Relaxed;
}

// The fields that h= names, bottom up, then `own` without b= and without CRLF.
std::string signedOctets(const Fields& fields, const std::string& h, Canonicalization canonicalization,
                         const std::string& own) {
  std::string out;
  std::vector<bool> used(fields.size(), false);
  for (std::size_t at = 0; at <= h.size();) {
    const std::size_t end = std::min(h.find(':', at), h.size());
    const std::string name = h.substr(at, end - at);
    for (std::size_t i = fields.size(); i-- > 0;) {
      std::string field = fields[i].substr(0, fields[i].find(':'));
      std::transform(field.begin(), field.end(), field.begin(),
                     [](char c) { return static_cast<char>(std::tolower(c)); });
      if (used[i] || field != name) continue;
      used[i] = true;
      out += naive::field(canonicalization, fields[i]) + "\r\n";
      break;
    }
    at = end + 1;
  }
  return out + naive::field(canonicalization, own);
}

}  // namespace

void Message::publish(const SigningKey& key, const std::string& d, const std::string& s) {
  const auto name = *dns::Name::parse(s + "._domainkey." + d);
  const auto known = zone.answer({name, dns::Type::TXT}, {});
  if (known->records.empty()) zone.add(name, dns::Type::TXT, {300, key.record()});
}

int Message::find(std::string_view name, int instance) const {
  const std::string start = std::string(name) + ": i=" + std::to_string(instance) + ";";
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].starts_with(start)) return static_cast<int>(i);
  }
  return -1;
}

std::string Message::covered(int i) const {
  std::string out;
  for (int instance = 1; instance <= i; ++instance) {
    for (const auto* name : {"ARC-Authentication-Results", "ARC-Message-Signature", "ARC-Seal"}) {
      const int at = find(name, instance);
      if (at >= 0)
        out += naive::field(Canonicalization::Relaxed, fields[static_cast<std::size_t>(at)]) + "\r\n";
    }
  }
  return out;
}

void Message::seal(const Seal& set, const SigningKey& key) {
  const std::string& messageSelector = set.messageSelector.empty() ? set.s : set.messageSelector;
  if (set.publish) publish(key, set.d, set.s);
  const std::string i = "i=" + (set.iText.empty() ? std::to_string(set.i) : set.iText) + "; ";
  const auto head = [&](const std::string& s) {
    return i + "a=" + std::string(key.algorithm()) + "; d=" + set.d + "; s=" + s + "; ";
  };
  const std::string results = "ARC-Authentication-Results: " + i + set.results;

  const auto slash = set.c.find('/');
  const auto bodyForm = form(set.c.substr(slash + 1));
  const std::string own = "ARC-Message-Signature: " + head(messageSelector) + "c=" + set.c + "; h=" + set.h +
                          "; " + set.messageExtra + "bh=" + base64(sha256(naive::body(bodyForm, body))) +
                          "; b=";
  const std::string message =
      own + base64(key.sign(signedOctets(fields, set.h, form(set.c.substr(0, slash)), own)));

  const std::string cv = !set.cv.empty() ? set.cv : set.i == 1 ? "none" : "pass";
  const std::string ownSeal = "ARC-Seal: " + head(set.s) + "cv=" + cv + "; " + set.sealExtra + "b=";
  const auto line = [](const std::string& field) { return naive::field(Canonicalization::Relaxed, field); };
  const std::string octets =
      covered(set.i - 1) + line(results) + "\r\n" + line(message) + "\r\n" + line(ownSeal);
  fields.insert(fields.begin(), {ownSeal + base64(key.sign(octets)), message, results});
}

}  // namespace alignd::test
