// A whole message, its envelope and the zones behind it from one string of octets. Whatever they are: it ends, within a
// budget of work, in a line of bounded length, and in the same verdict however the body is cut and in whatever order
// the answers come. A signature made here, over whatever the header became, passes.
//
// The input: four octets (order of answers, size of body chunks, flags, spare), then three parts, each ended by a line
// "%%": zone lines, one line with HELO and MAIL FROM, the message.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/check.h"
#include "tests/fuzz/verifier/syntax.h"
#include "tests/fuzz/zone_lines.h"
#include "tests/support/held_resolver.h"
#include "tests/support/keep_line.h"
#include "tests/unit/dkim/signer.h"
#include "verifier/message/split.h"
#include "verifier/report/bounds.h"
#include "verifier/report/line.h"
#include "verifier/verification.h"

namespace {

using namespace alignd;
using std::chrono::steady_clock;
using test::check;

constexpr std::string_view kSigner = "signer.example";  // its zone is not the input's

struct Scene {
  unsigned order = 0;
  std::size_t chunk = 1;
  bool sign = false;
  bool simple = false;
  bool smtputf8 = false;
  bool ipv6 = false;
  std::shared_ptr<dns::Zone> zone;
  std::string helo;
  std::string mailFrom;
  std::vector<std::string> fields;  // whole, top to bottom
  std::string body;
};

std::string_view part(std::string_view& input) {
  constexpr std::string_view kEnd = "\n%%\n";
  const auto end = std::min(input.find(kEnd), input.size());
  const auto out = input.substr(0, end);
  input.remove_prefix(std::min(end + kEnd.size(), input.size()));
  return out;
}

Scene sceneOf(std::string_view input) {
  Scene scene;
  scene.order = static_cast<unsigned char>(input[0]);
  scene.chunk = 1 + static_cast<unsigned char>(input[1]) % 97;
  const auto flags = static_cast<unsigned char>(input[2]);
  scene.sign = (flags & 1) != 0;
  scene.simple = (flags & 2) != 0;
  scene.smtputf8 = (flags & 4) != 0;
  scene.ipv6 = (flags & 8) != 0;
  input.remove_prefix(4);
  scene.zone = test::zoneOf(part(input), kSigner);
  const auto envelope = part(input);
  const auto blank = std::min(envelope.find(' '), envelope.size());
  scene.helo = envelope.substr(0, blank);
  scene.mailFrom = envelope.substr(std::min(blank + 1, envelope.size()));
  const std::string raw = message::toCrlf(input);
  const auto message = message::split(raw);
  for (const auto& field : message.fields) {
    scene.fields.push_back(std::string(field.name) + ":" + std::string(field.value));
  }
  scene.body = message.body;
  if (scene.sign) {
    const auto& key = test::SigningKey::ed25519();
    scene.zone->add(*dns::Name::parse("fz._domainkey." + std::string(kSigner)), dns::Type::TXT,
                    {300, key.record()});
    scene.fields.insert(
        scene.fields.begin(),
        test::sign(
            scene.fields, scene.body, key,
            {.c = scene.simple ? "simple/simple" : "relaxed/relaxed", .d = std::string(kSigner), .s = "fz"}));
  }
  return scene;
}

std::shared_ptr<const VerificationOptions> patient() {
  static const auto kOptions = [] {
    auto options = std::make_shared<VerificationOptions>();
    options->dnsTime = std::chrono::minutes(30);  // no clock decides here
    options->spf.timeLimit = std::chrono::minutes(30);
    options->iprev = true;
    return options;
  }();
  return kOptions;
}

Verdict play(const Scene& scene, std::shared_ptr<dns::Resolver> resolver, std::size_t chunk) {
  static dns::ProgressThreads progress;
  Verification verification(patient(), std::move(resolver), progress);
  const Time now = steady_clock::now();
  Client client;
  client.address = scene.ipv6 ? IpAddress::v6({0x20, 1, 0xd, 0xb8}) : IpAddress::v4({192, 0, 2, 1});
  client.helo = scene.helo;
  verification.begin(std::move(client), scene.mailFrom, scene.smtputf8, Exemption::None, now,
                     UnixTime(std::chrono::seconds(1'760'000'000)));
  verification.recipient("joe@example.net");
  for (const std::string& field : scene.fields) {
    const std::string_view whole = field;
    const auto colon = whole.find(':');
    verification.field({whole.substr(0, colon), whole.substr(colon + 1)}, now);
  }
  verification.endOfHeader(now);
  for (std::size_t at = 0; at < scene.body.size(); at += chunk) {
    const auto piece = std::string_view(scene.body).substr(at, chunk);
    verification.body(std::as_bytes(std::span(piece.data(), piece.size())));
  }
  while (!verification.ready(now)) verification.wait();
  return verification.finish(now);
}

std::string lineOf(const Verdict& verdict) {
  std::string out;
  report::appendLine(out, report::Format::Json, verdict, {}, {});
  check(out.size() <= report::kMaxLine, "a verdict line is bounded");
  check(out.find('\n') == std::string::npos, "and one line");
  test::keepLine(out);
  return out;
}

// Without what the log tells of answers that were not needed, but were there.
std::string comparable(Verdict verdict) {
  verdict.dnsQuestions = 0;
  verdict.dmarc.walk.clear();
  verdict.dmarc.organizationalDomain.clear();
  for (auto& identifier : verdict.dmarc.identifiers) {
    identifier.organizationalDomain.clear();
    identifier.text.clear();
  }
  return lineOf(verdict);
}

// Linear in what the sender sent: ten signatures and the seals of 50 sets each cover the header in two forms; a run of
// SPF costs what is new in it.
void checkWork(const Work& work, std::size_t size) {
  const std::uint64_t octets = size + 4096;
  check(work.canonicalizedOctets + work.hashedOctets <= 100 * octets, "header and body");
  check(work.macroOctets <= 300 * (spf::kMaxPieces + 254 + 3 * 1100), "SPF macros");
  check(work.reRuns <= 1000 + 2 * 160, "runs");
  check(work.spfSteps <= 22 * octets + work.reRuns * 520, "SPF terms");
  check(work.units() <= 2 * VerificationOptions().maxWork, "all of it");
}

bool hasOneAuthorField(const Scene& scene) {
  message::HeaderBlock header;
  std::size_t from = 0;
  std::size_t signatures = 0;
  for (const std::string& field : scene.fields) {
    const std::string_view whole = field;
    const auto colon = whole.find(':');
    header.add({whole.substr(0, colon), whole.substr(colon + 1)});
    from += header.is(header.size() - 1, "From") ? 1 : 0;
    signatures += header.is(header.size() - 1, "DKIM-Signature") ? 1 : 0;
  }
  return from == 1 && signatures < 10;  // of more, some are not evaluated
}

void checkSigned(const Scene& scene, const Verdict& verdict) {
  if (!scene.sign || !hasOneAuthorField(scene)) return;
  const auto& all = verdict.dkim.signatures;
  check(
      std::any_of(all.begin(), all.end(),
                  [](const auto& one) { return one.domain == kSigner && one.status == dkim::Status::Pass; }),
      "what was signed here passes");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const Scene scene = sceneOf({reinterpret_cast<const char*>(data), size});
  const Verdict atOnce = play(scene, std::make_shared<dns::ZoneResolver>(scene.zone), scene.body.size() + 1);
  const test::HeldLast shuffled(std::make_shared<test::ShuffledResolver>(scene.zone, scene.order));
  const Verdict later = play(scene, shuffled.get(), scene.chunk);
  lineOf(atOnce);
  const std::string line = comparable(atOnce);
  const std::string other = comparable(later);
  if (line != other) std::fprintf(stderr, "%s\n%s\n", line.c_str(), other.c_str());
  check(line == other, "neither chunks nor the order of answers change a verdict");
  checkWork(atOnce.work, size);
  checkWork(later.work, size);
  checkSigned(scene, atOnce);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t room,
                                               unsigned seed) {
  return alignd::test::mutate(alignd::test::kScene, data, size, room, seed);
}
