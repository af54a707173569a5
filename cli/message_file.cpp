#include "cli/message_file.h"

#include <algorithm>
#include <array>

#include "dns/data/ascii.h"
#include "verifier/authres/received.h"
#include "verifier/authres/removal.h"
#include "verifier/authres/scanner.h"
#include "verifier/message/split.h"

namespace alignd::cli {

namespace {

using ascii::cat;

bool isNamed(const message::RawField& field, std::string_view name) {
  return ascii::equalIgnoreCase(ascii::trimWsp(field.name), name);
}

// What stands behind `word` in a Received field, outside comments (RFC 5321 section 4.4).
std::string_view clause(std::string_view value, std::string_view word) {
  authres::Scanner scanner(value);
  while (!scanner.atEnd()) {
    scanner.skipCfws();
    const std::string_view found = scanner.run("");
    if (found.empty()) {
      if (scanner.atEnd() || scanner.peek() == ';') return {};
      scanner.advance();
    } else if (ascii::equalIgnoreCase(found, word)) {
      scanner.skipCfws();
      return scanner.run("");
    }
  }
  return {};
}

bool isLoopback(const IpAddress& address) {
  static const std::array<Network, 2> kLoopback{*Network::parse("127.0.0.0/8"), *Network::parse("::1")};
  return std::any_of(kLoopback.begin(), kLoopback.end(),
                     [&](const Network& network) { return network.contains(address.unmapped()); });
}

// A content filter hands a message back to the same MTA: its client is the one before.
std::optional<IpAddress> clientOf(const message::RawField& field, std::string_view mx) {
  if (!isNamed(field, "Received") || !authres::sameId(clause(field.value, "by"), mx)) return std::nullopt;
  const auto client = authres::clientOfReceived(field.value);
  if (!client || isLoopback(*client)) return std::nullopt;
  return client->unmapped();
}

void findClient(const std::vector<message::RawField>& fields, std::string_view mx, MessageFile& out) {
  for (const auto& field : fields) {
    out.client = clientOf(field, mx);
    if (!out.client) continue;
    out.helo = clause(field.value, "from");
    if (out.helo.starts_with('[')) out.helo.clear();
    out.notes.push_back(cat({"client ", out.client->text(), out.helo.empty() ? "" : ", HELO ", out.helo,
                             ": from the topmost Received of ", mx}));
    return;
  }
}

void findPath(const std::vector<message::RawField>& fields, MessageFile& out) {
  for (const auto& field : fields) {
    if (!isNamed(field, "Return-Path")) continue;
    const auto open = field.value.find('<');
    const auto close = field.value.rfind('>');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) return;
    out.mailFrom = field.value.substr(open + 1, close - open - 1);
    out.notes.push_back(cat({"MAIL FROM <", *out.mailFrom, ">: from Return-Path"}));
    return;
  }
}

// Our own field is the first thing that was added after the message had been judged.
void leaveOutWhatCameLater(std::vector<message::RawField>& fields, std::string_view mx, MessageFile& out) {
  const auto own = std::find_if(fields.begin(), fields.end(), [&](const message::RawField& field) {
    return authres::claimsId(field.name, field.value, mx);
  });
  if (own == fields.end()) return;
  const auto count = static_cast<std::size_t>(own - fields.begin()) + 1;
  const std::size_t end = static_cast<std::size_t>(own->value.data() + own->value.size() - out.text.data());
  out.text.erase(0, std::min(end + 2, out.text.size()));
  out.notes.push_back(
      cat({"left out, for it came after the message had been judged: the Authentication-Results field of ",
           mx, count == 1 ? "" : " and what stands above it, ", count == 1 ? "" : std::to_string(count - 1),
           count == 1 ? "" : " fields"}));
}

void noteForm(std::string_view raw, MessageFile& out) {
  if (raw.starts_with("From "))
    out.notes.emplace_back("the mbox line \"From ...\" on top is no field: dropped");
  if (raw.find("\r\n") == std::string_view::npos && raw.find('\n') != std::string_view::npos) {
    out.notes.emplace_back("its lines end in LF: read with CRLF, as an MTA sends it");
  }
}

}  // namespace

MessageFile readMessageFile(std::string_view raw, std::string_view mx) {
  MessageFile out;
  noteForm(raw, out);
  out.text = message::toCrlf(raw);
  auto fields = message::split(out.text).fields;
  findPath(fields, out);
  if (!mx.empty()) {
    findClient(fields, mx, out);
    leaveOutWhatCameLater(fields, mx, out);
  }
  const auto kept = message::split(out.text).fields;
  if (out.client) {
    std::size_t received = 0;
    for (const auto& field : kept) {
      received += isNamed(field, "Received") ? 1U : 0U;
      if (!clientOf(field, mx)) continue;
      out.ownReceived = received;
      break;
    }
  }
  const auto is8Bit = [](char c) { return ascii::is8Bit(c); };
  out.smtputf8 = std::any_of(kept.begin(), kept.end(), [&](const message::RawField& field) {
    return std::any_of(field.value.begin(), field.value.end(), is8Bit);
  });
  return out;
}

std::vector<std::string> tracesOf(std::string_view subject, std::string_view body) {
  struct Mark {
    std::string_view text;
    std::string_view meaning;
  };
  static constexpr std::array<Mark, 8> kSubjects{{{"***spam***", "a spam filter"},
                                                  {"[spam]", "a spam filter"},
                                                  {"*****spam*****", "a spam filter"},
                                                  {"[ext]", "a gateway"},
                                                  {"[external]", "a gateway"},
                                                  {"(external)", "a gateway"},
                                                  {"external:", "a gateway"},
                                                  {"[suspicious", "a gateway"}}};
  static constexpr std::array<Mark, 4> kBodies{
      {{"\r\n_______________________________________________\r\n", "a mailing list (Mailman) put its footer"},
       {"To unsubscribe from this group and stop receiving emails from it",
        "a mailing list (Google Groups) put its footer"},
       {"CAUTION: This email originated from outside", "a gateway put its warning"},
       {"This email has been scanned", "a gateway put its notice"}}};
  std::vector<std::string> out;
  const std::string folded = ascii::toLower(ascii::trimWsp(subject));
  for (const Mark& mark : kSubjects) {
    if (folded.find(mark.text) == std::string::npos) continue;
    out.push_back(cat({"the Subject carries ", mark.text, ": ", mark.meaning,
                       " wrote it there, and a signature of Subject breaks"}));
    break;
  }
  if (folded.starts_with('[') && out.empty() && folded.find("] ") != std::string::npos) {
    out.push_back(
        cat({"the Subject begins with ", folded.substr(0, std::min<std::size_t>(folded.find(']') + 1, 60)),
             ": lists and gateways write such tags, and a signature of Subject breaks"}));
  }
  for (const Mark& mark : kBodies) {
    if (body.find(mark.text) != std::string_view::npos) {
      out.push_back(
          cat({"by the look of the body ", mark.meaning, " into it: a signature of the body breaks"}));
    }
  }
  return out;
}

}  // namespace alignd::cli
