// A verdict of any octets, written and read back: by our own parser, and by a reader that knows neither quotes nor
// comments nor folding, as filters made of regular expressions are. Both must find what was meant, and nothing else.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/check.h"
#include "verifier/authres/encode.h"
#include "verifier/authres/parser.h"
#include "verifier/authres/write.h"

namespace {

using namespace alignd;
using test::check;

// Takes pieces off the input: a length octet, then as many octets.
class Pieces {
 public:
  explicit Pieces(std::string_view text) : text_(text) {}
  unsigned number(unsigned below) {
    if (text_.empty()) return 0;
    const auto octet = static_cast<unsigned char>(text_.front());
    text_.remove_prefix(1);
    return octet % below;
  }
  std::string text() {
    const std::size_t wanted = number(256);  // takes an octet itself
    const auto length = std::min(wanted, text_.size());
    const std::string out(text_.substr(0, length));
    text_.remove_prefix(length);
    return out;
  }

 private:
  std::string_view text_;
};

Verdict verdictOf(Pieces& in) {
  Verdict out;
  out.client.authenticatedUser = in.text();
  out.client.address = IpAddress::parse(in.number(2) == 0 ? "192.0.2.1" : "2001:db8::1");
  if (in.number(2) == 0) out.iprev = IprevResult{IprevResult::Status::Fail, in.text(), out.client.address};
  if (in.number(4) != 0) {
    out.spf.emplace();
    out.spf->status = static_cast<spf::Status>(in.number(7));
    out.spf->nullPath = in.number(2) == 0;
    out.spf->domain = in.text();
    out.spf->text = in.text();
  }
  for (unsigned count = in.number(4); count > 0; --count) {
    auto& one = out.dkim.signatures.emplace_back();
    one.status = static_cast<dkim::Status>(in.number(6));
    one.reason = in.number(2) == 0 ? dkim::Reason::WeakKey : dkim::Reason::TakenOver;
    one.text = in.text();
    one.domain = in.text();
    one.identity = in.text();
    one.algorithm = in.text();
    one.selector = in.text();
    one.headerB = in.text();
    one.keyTesting = in.number(2) == 0;
  }
  out.arc.status = static_cast<arc::Status>(in.number(3));
  out.arc.text = in.text();
  out.arc.oldestPass = static_cast<int>(in.number(4)) - 1;
  out.author.problem = in.number(3) == 0 ? message::AuthorProblem::BadDomain : message::AuthorProblem::None;
  out.author.domain = in.text();
  out.dmarc.status = static_cast<dmarc::Status>(in.number(5));
  out.dmarc.text = in.text();
  out.dmarc.policyDomain = in.text();
  out.dmarc.hasPolicy = !out.dmarc.policyDomain.empty();
  return out;
}

policy::Decision decisionOf(Pieces& in) {
  policy::Decision out;
  out.rule = in.text();
  out.overrideType = in.text();
  out.overrideComment = in.text();
  return out;
}

std::vector<std::string> expected(const Verdict& verdict) {
  std::vector<std::string> out;
  const auto add = [&](std::string_view method, std::string_view word) {
    out.push_back(std::string(method) + "=" + std::string(word));
  };
  if (!verdict.client.authenticatedUser.empty()) add("auth", "pass");
  if (verdict.iprev) add("iprev", "fail");
  if (verdict.spf) add("spf", spf::statusWord(verdict.spf->status));
  for (const auto& one : verdict.dkim.signatures) add("dkim", dkim::statusWord(one.status));
  if (verdict.dkim.signatures.empty()) add("dkim", "none");
  add("arc", arc::statusWord(verdict.arc.status));
  add("dmarc", verdict.author.ambiguous() ? "permerror" : dmarc::statusWord(verdict.dmarc.status));
  return out;
}

// Splits at every semicolon; of each piece, the first word.
std::vector<std::string> sloppy(std::string_view value) {
  std::vector<std::string> out;
  for (std::size_t at = value.find(';'); at != std::string_view::npos; at = value.find(';', at + 1)) {
    const auto begin = value.find_first_not_of(" \t\r\n", at + 1);
    out.emplace_back(value.substr(begin, value.find_first_of("; \t\r\n", begin) - begin));
  }
  return out;
}

void checkOctets(std::string_view value) {
  std::size_t line = std::string_view("Authentication-Results: ").size();
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (c == '\r') {
      check(i + 2 < value.size() && value[i + 1] == '\n' && (value[i + 2] == ' ' || value[i + 2] == '\t'),
            "a fold");
      line = 0;
      i += 1;
      continue;
    }
    check(c == '\t' || (c >= 0x20 && c < 0x7f), "printable");
    check(++line <= 998, "RFC 5322 section 2.1.1");
  }
}

// A word with "=" outside quotes is one of ours, whoever looks.
void checkAssignments(std::string_view value) {
  for (std::size_t at = value.find('='); at != std::string_view::npos; at = value.find('=', at + 1)) {
    const auto begin = value.find_last_of(" \t\r\n;", at) + 1;
    const std::string_view name = value.substr(begin, at - begin);
    static constexpr std::string_view kNames[] = {"auth",
                                                  "iprev",
                                                  "spf",
                                                  "dkim",
                                                  "arc",
                                                  "dmarc",
                                                  "reason",
                                                  "smtp.auth",
                                                  "policy.iprev",
                                                  "smtp.mailfrom",
                                                  "smtp.helo",
                                                  "header.d",
                                                  "header.i",
                                                  "header.a",
                                                  "header.s",
                                                  "header.b",
                                                  "policy.dkim-rules",
                                                  "header.oldest-pass",
                                                  "smtp.remote-ip",
                                                  "policy.dmarc",
                                                  "policy.rule",
                                                  "policy.override",
                                                  "policy.override-comment",
                                                  "header.from"};
    const bool padding = name.starts_with("header.b=") || value.substr(begin, 10) == "header.b=\"";
    check(padding || std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames),
          "our own name");
  }
}

void checkValues(const Verdict& verdict, const authres::Parsed& parsed) {
  std::size_t next = 0;
  for (const auto& result : parsed.results) {
    if (result.method == "spf" && verdict.spf) {
      const auto value = result.property("smtp", verdict.spf->nullPath ? "helo" : "mailfrom");
      if (value) check(authres::percentDecode(*value) == verdict.spf->domain, "spf domain");
    }
    if (result.method != "dkim" || verdict.dkim.signatures.empty()) continue;
    const auto& signature = verdict.dkim.signatures[next++];
    if (const auto d = result.property("header", "d"))
      check(authres::percentDecode(*d) == signature.domain, "d");
    if (const auto s = result.property("header", "s"))
      check(authres::percentDecode(*s) == signature.selector, "s");
    if (const auto b = result.property("header", "b"))
      check(authres::percentDecode(*b) == signature.headerB, "b");
    const auto i = result.property("header", "i");
    if (i && !i->starts_with('@')) check(authres::percentDecode(*i) == signature.identity, "i");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Pieces in({reinterpret_cast<const char*>(data), size});
  const Verdict verdict = verdictOf(in);
  authres::Options options;
  options.authservId = "mx.example.org";
  const std::string value = authres::write(verdict, decisionOf(in), options);

  checkOctets(value);
  checkAssignments(value);
  check(sloppy(value) == expected(verdict), "what a sloppy reader finds");
  const auto parsed = authres::parse(value);
  check(parsed.clean(), "our own output is in the grammar");
  std::vector<std::string> found;
  for (const auto& one : parsed.results) found.push_back(one.method + "=" + one.result);
  check(found == expected(verdict), "what a strict reader finds");
  checkValues(verdict, parsed);
  return 0;
}
