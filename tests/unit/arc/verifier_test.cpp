// Chains made for the purpose: RFC 8617 section 5.2 steps 4 to 7, and trusted sealers.
#include "verifier/arc/verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/held_resolver.h"
#include "tests/unit/arc/play.h"

namespace alignd::arc {
namespace {

using test::Message;
using test::play;
using test::Seal;
using test::SigningKey;
using testing::HasSubstr;
using testing::StartsWith;

Seal set(int i, std::string d = "lists.example") {
  Seal out;
  out.i = i;
  out.d = std::move(d);
  return out;
}

Message sealed(int sets) {
  Message out;
  for (int i = 1; i <= sets; ++i) out.seal(set(i));
  return out;
}

Options trusting(std::vector<std::string> domains) {
  Options out;
  out.trustedSealers = std::move(domains);
  return out;
}

TEST(Arc, NoChain) {
  const auto result = play(Message()).result;
  EXPECT_EQ(result.status, Status::None);
  EXPECT_TRUE(result.sets.empty());
}

TEST(Arc, Pass) {
  const auto result = play(sealed(3)).result;
  EXPECT_EQ(result.status, Status::Pass) << result.text;
  EXPECT_EQ(result.oldestPass, 0);
  ASSERT_EQ(result.sets.size(), 3U);
  EXPECT_EQ(result.sets[2].seal, "pass");
  EXPECT_EQ(result.sets[0].message, "pass");
  EXPECT_EQ(result.sets[1].sealDomain, "lists.example");
  EXPECT_EQ(result.sets[1].cv, "pass");
  EXPECT_TRUE(result.sets[1].fromSigned);
}

// RFC 8767, [dns] serve_stale: keys beyond their TTL may only help.
TEST(Arc, StaleKeys) {
  Message message = sealed(2);
  message.stale = true;
  const auto pass = play(message).result;
  EXPECT_EQ(pass.status, Status::Pass) << pass.text;
  EXPECT_EQ(pass.sets[0].keyStale,
            "key served stale: SERVFAIL from 192.0.2.53:53 for s1._domainkey.lists.example");
  message.fields.back() = "Subject: changed";
  const auto changed = play(message).result;
  EXPECT_EQ(changed.status, Status::Fail);
  EXPECT_TRUE(changed.transient) << changed.text;
  EXPECT_THAT(changed.text, HasSubstr("signature did not verify; key served stale: SERVFAIL"));
  Message unknown = sealed(1);
  unknown.stale = true;
  unknown.zone = {};
  const auto lost = play(unknown).result;
  EXPECT_EQ(lost.status, Status::Fail);
  EXPECT_TRUE(lost.transient);
  EXPECT_THAT(lost.text, HasSubstr("server failure (SERVFAIL from 192.0.2.53:53 for"));
}

TEST(Arc, FiftySets) {
  const auto result = play(sealed(50)).result;
  EXPECT_EQ(result.status, Status::Pass) << result.text;
  EXPECT_EQ(result.oldestPass, -1) << "not looked for all the way down";
}

TEST(Arc, FiftyOneSets) {
  const auto played = play(sealed(51));
  EXPECT_EQ(played.result.status, Status::Fail);
  EXPECT_EQ(played.result.text, "more than 50 ARC sets");
  EXPECT_TRUE(played.questions.empty()) << "nothing is needed any more";
}

TEST(Arc, MixedAlgorithms) {
  Message message;
  message.seal(set(1), SigningKey::rsa(1024));
  message.seal(set(2, "ed.example"), SigningKey::ed25519());
  message.seal(set(3, "big.example"), SigningKey::rsa(2048));
  const auto result = play(message).result;
  EXPECT_EQ(result.status, Status::Pass) << result.text;
  EXPECT_EQ(result.oldestPass, 0);
}

TEST(Arc, EveryCanonicalization) {
  for (const std::string c : {"relaxed/relaxed", "relaxed/simple", "simple/relaxed", "simple/simple"}) {
    Message message;
    Seal one = set(1);
    one.c = c;
    message.seal(one);
    EXPECT_EQ(play(message).result.status, Status::Pass) << c;
  }
}

TEST(Arc, WrittenInstance) {  // 1*2DIGIT: 01 is 1
  Message message;
  Seal one = set(1);
  one.iText = "01";
  message.seal(one);
  EXPECT_EQ(play(message).result.status, Status::Pass);
  one.iText = "0";
  Message zero;
  zero.seal(one);
  EXPECT_EQ(play(zero).result.status, Status::Fail);
}

TEST(Arc, InterleavedOrder) {  // T36
  Message message = sealed(2);
  std::reverse(message.fields.begin(), message.fields.begin() + 6);
  std::swap(message.fields[1], message.fields[4]);
  const auto result = play(message).result;
  EXPECT_EQ(result.status, Status::Pass) << result.text;
}

TEST(Arc, OldestPass) {
  Message message = sealed(1);
  message.body = "A list adds this.\r\n" + message.body;
  message.seal(set(2));
  message.seal(set(3));
  const auto result = play(message).result;
  EXPECT_EQ(result.status, Status::Pass) << "RFC 8617 section 5.2 step 5.A: validity is not affected";
  EXPECT_EQ(result.oldestPass, 2);
  EXPECT_EQ(result.sets[0].message, "fail");
}

TEST(Arc, ChangedMessage) {
  Message message = sealed(2);
  message.body += "more\r\n";
  const auto result = play(message).result;
  EXPECT_EQ(result.status, Status::Fail);
  EXPECT_EQ(result.text, "instance 2: ARC-Message-Signature: body hash did not verify");
  message = sealed(2);
  message.fields.back() = "Subject: other";
  EXPECT_EQ(play(message).result.text, "instance 2: ARC-Message-Signature: signature did not verify");
}

TEST(Arc, ChangedEvidence) {
  Message message = sealed(2);
  auto& results = message.fields[static_cast<std::size_t>(message.find("ARC-Authentication-Results", 1))];
  results += "; dmarc=pass header.from=author.example";
  const auto result = play(message).result;
  EXPECT_EQ(result.status, Status::Fail);
  EXPECT_EQ(result.text, "instance 2: ARC-Seal: signature did not verify");
  EXPECT_EQ(result.sets[1].message, "pass");
  EXPECT_EQ(result.sets[0].seal, "unchecked");
}

TEST(Arc, ForgedOlderSeal) {  // the newest seal covers it, and is fine; it is still to be verified itself
  Message message = sealed(1);
  auto& seal = message.fields[static_cast<std::size_t>(message.find("ARC-Seal", 1))];
  seal[seal.find("b=") + 4] ^= 1;
  message.seal(set(2));
  const auto result = play(message).result;
  EXPECT_EQ(result.status, Status::Fail);
  EXPECT_THAT(result.text, StartsWith("instance 1: ARC-Seal: "));
}

TEST(Arc, KeyRevokedInTheMiddle) {
  Message message = sealed(1);
  message.zone.add(*dns::Name::parse("s1._domainkey.gone.example"), dns::Type::TXT, {300, "v=DKIM1; p="});
  message.seal(set(2, "gone.example"));
  message.seal(set(3));
  const auto result = play(message).result;
  EXPECT_EQ(result.status, Status::Fail);
  EXPECT_THAT(result.text, StartsWith("instance 2: ARC-Seal: key record: "));
  EXPECT_FALSE(result.transient);
}

TEST(Arc, KeysThatCannotBeUsed) {
  const std::string rsa = SigningKey::rsa(1024).record();
  struct Row {
    std::vector<std::string> records;
    Options options;
    const char* text;
    bool stale = false;
  };
  Options strict;
  strict.strictSyntax = true;
  Options small;
  small.maximumRsaBits = 512;
  Options none;
  none.maximumKeyRecords = 0;
  const dns::Name name = *dns::Name::parse("s1._domainkey.lists.example");
  for (const Row& row : {
           Row{{SigningKey::ed25519().record()}, {}, "the key is of type ed25519"},
           Row{{rsa + "; x-y=1"}, strict, "key record: a hyphen in the tag name x-y"},
           Row{{rsa}, strict, ""},
           Row{{rsa + "; h=sha1"}, {}, "h= of the key allows sha1, not sha256"},
           Row{{"v=DKIM1; p=", rsa + "; h=sha1"}, {}, "key record: p= is empty"},
           Row{{rsa}, small, "RSA key of 1024 bits"},
           Row{{rsa}, none, "no key record"},
           Row{{"v=DKIM1; p="}, {}, "key lookup failed: s1._domainkey.lists.example: server failure", true},
       }) {
    Message message;
    Seal one = set(1);
    one.publish = false;
    message.seal(one);
    message.stale = row.stale;
    for (const auto& record : row.records) message.zone.add(name, dns::Type::TXT, {300, dns::Txt(record)});
    const auto result = play(message, row.options).result;
    EXPECT_EQ(result.status, *row.text == '\0' ? Status::Pass : Status::Fail) << result.text;
    EXPECT_THAT(result.text, HasSubstr(row.text));
    EXPECT_EQ(result.transient, row.stale) << row.text;
  }
}

TEST(Arc, SealsByTheLetter) {
  Message message;
  Seal one = set(1);
  one.sealExtra = "x-y=1; ";
  message.seal(one);
  Options strict;
  strict.strictSyntax = true;
  EXPECT_EQ(play(message).result.status, Status::Pass);
  EXPECT_EQ(play(message, strict).result.text, "instance 1: ARC-Seal: a hyphen in the tag name x-y");
}

TEST(Arc, AnOlderSignatureThatCannotBeReadEndsTheSearch) {
  Message message;
  Seal one = set(1);
  one.messageExtra = "l=x; ";
  message.seal(one);
  message.seal(set(2));
  const auto result = play(message).result;
  EXPECT_EQ(result.status, Status::Pass) << result.text;
  EXPECT_EQ(result.oldestPass, 2);
}

TEST(Arc, DnsTroubleIsAFailThatSaysSo) {  // RFC 8617 section 5.2.1
  Message message = sealed(1);
  message.zone.fail(*dns::Name::parse("s1._domainkey.dead.example"), nullptr, dns::Status::ServerFailure);
  Seal dead = set(2, "dead.example");
  dead.publish = false;
  message.seal(dead);
  const auto result = play(message).result;
  EXPECT_EQ(result.status, Status::Fail);
  EXPECT_TRUE(result.transient);
  EXPECT_THAT(result.text, HasSubstr("key lookup failed"));
  EXPECT_EQ(result.sets[1].message, "temperror");
}

TEST(Arc, SealInSignedFields) {  // RFC 8617 section 4.1.2, T46
  Message message;
  Seal one = set(1);
  one.h = "from:to:arc-seal";
  message.seal(one);
  EXPECT_EQ(play(message).result.text, "instance 1: ARC-Message-Signature: ARC-Seal stands in h=");
}

TEST(Arc, HInSeal) {  // RFC 8617 section 4.1.3
  Message message;
  Seal one = set(1);
  one.sealExtra = "h=from; ";
  message.seal(one);
  EXPECT_EQ(play(message).result.text, "instance 1: ARC-Seal: h= stands in an ARC-Seal");
}

TEST(Arc, VersionIsIgnored) {  // RFC 8617 section 4.1.2
  Message message;
  Seal one = set(1);
  one.messageExtra = "v=7; ";
  message.seal(one);
  EXPECT_EQ(play(message).result.status, Status::Pass);
}

TEST(Arc, Expired) {
  Message message;
  Seal one = set(1);
  one.messageExtra = "t=1; x=2; ";
  message.seal(one);
  EXPECT_EQ(play(message).result.text, "instance 1: ARC-Message-Signature: expired");
  Message late;
  one.messageExtra = "x=1760000100; ";
  late.seal(one);
  EXPECT_EQ(play(late).result.status, Status::Pass);
  Options patient;  // a drift longer than time
  patient.clockDrift = std::chrono::seconds(2'000'000'000);
  EXPECT_EQ(play(message, patient).result.status, Status::Pass);
  Message longer;
  one.messageExtra = "l=1000; ";
  longer.seal(one);
  EXPECT_THAT(play(longer).result.text, HasSubstr("body hash did not verify"));
}

TEST(Arc, QuestionsNewestFirstAndOnlyWhatIsNeeded) {
  Message message;
  message.seal(set(1, "a.example"));
  message.seal(set(2, "b.example"));
  message.seal(set(3, "c.example"));
  EXPECT_THAT(
      play(message).questions,
      testing::ElementsAre("s1._domainkey.c.example", "s1._domainkey.b.example", "s1._domainkey.a.example"));
  EXPECT_EQ(play(message).result.status, Status::Pass);
}

TEST(Arc, WorkIsBounded) {
  Options options;
  options.maximumHeaderBytes = 2000;
  const auto result = play(sealed(5), options).result;
  EXPECT_EQ(result.status, Status::Fail);
  EXPECT_THAT(result.text, HasSubstr("too many octets"));
  WorkBudget enough(1'000'000'000);
  EXPECT_THAT(play(sealed(5), options, "author.example", {}, &enough).result.text,
              HasSubstr("too many octets of sealed header"));
  options.maximumHeaderBytes = 20;
  EXPECT_THAT(play(sealed(1), options).result.text, HasSubstr("too many octets of signed header"));
}

// Other signatures of the message may have taken them all.
TEST(Arc, NoBodyDigestIsLeft) {
  const auto played = play(sealed(2), {}, "author.example", {}, nullptr, 0);
  EXPECT_EQ(played.result.status, Status::Fail);
  EXPECT_EQ(played.result.text,
            "instance 2: ARC-Message-Signature: too many distinct body hashes in this message");
  EXPECT_FALSE(played.result.transient);
  Message message;
  Seal simple = set(1);
  simple.c = "simple/simple";
  message.seal(simple);
  message.seal(set(2));
  const auto result = play(message, {}, "author.example", {}, nullptr, 1).result;
  EXPECT_EQ(result.status, Status::Pass) << "the newest one comes first";
  EXPECT_EQ(result.oldestPass, 2);
}

// Whatever of it was left undone, there is no pass, and it is said why.
TEST(Arc, AnyBudgetGivesAPassOrSaysSo) {
  const Message message = sealed(2);
  int without = 0;
  for (std::uint64_t units = 0;; units += 50) {
    WorkBudget work(units);
    const auto result = play(message, {}, "author.example", {}, &work).result;
    EXPECT_LE(work.spent().units(), units);
    if (!work.refused()) {
      EXPECT_EQ(result.status, Status::Pass) << result.text;
      break;
    }
    ++without;
    if (result.status == Status::Pass) {
      EXPECT_EQ(result.oldestPass, 2) << "what is left undone is only how far down";
    } else {
      EXPECT_THAT(result.text, HasSubstr("too much work in this message"));
    }
  }
  EXPECT_GT(without, 100);
}

// Keys that are not there yet, of whoever does not wait.
TEST(Arc, AKeyThatIsNotThereYet) {
  class Silence final : public dns::Resolver {
   public:
    dns::AnswerPtr findOrAsk(const dns::Question&, const std::shared_ptr<dns::Mailbox>&, dns::Need,
                             Time) override {
      return nullptr;
    }
  };
  const Message message = sealed(2);
  dns::Lookups lookups(std::make_shared<Silence>(), {});
  dkim::BodyHashes bodies;
  ChainVerifier verifier{Options()};
  const message::HeaderBlock header = test::feed(message, verifier, bodies, lookups);
  bodies.finish();
  EXPECT_FALSE(verifier.ready(lookups));
  const auto result = verifier.finish(header, bodies, lookups, {}, UnixTime{});
  EXPECT_TRUE(result.transient);
  EXPECT_THAT(result.text, HasSubstr("s1._domainkey.lists.example: no answer yet"));
}

// Each answer that is missing is asked for at once, and each of them alone is waited for.
TEST(Arc, ReadyWithEveryAnswer) {
  Message message;
  Seal one = set(1, "a.example");
  one.results = "a.example; dkim=pass header.d=mail.author.example; dmarc=pass header.from=x.example";
  message.seal(one);
  message.seal(set(2, "b.example"));
  const std::shared_ptr<const dns::Zone> zone(std::shared_ptr<const dns::Zone>(), &message.zone);
  const std::vector<std::string> needed{"s1._domainkey.a.example", "s1._domainkey.b.example",
                                        "org.mail.author.example", "org.author.example"};
  std::vector<std::string> questions;
  for (const std::string& name : needed) questions.push_back(name + " TXT");
  for (const std::string& last : needed) {
    SCOPED_TRACE(last);
    auto resolver = std::make_shared<test::HeldResolver>(zone);
    dns::Lookups lookups(resolver, {});
    dkim::BodyHashes bodies;
    ChainVerifier verifier(trusting({"a.example", "b.example"}));
    verifier.setOrganizationalDomain(
        [](std::string_view domain, dns::Lookups& of) -> std::optional<std::string> {
          const auto name = dns::Name::parse("org." + std::string(domain));
          if (of.find(*name, dns::Type::TXT) == nullptr) return std::nullopt;
          return std::string(domain);
        });
    test::feed(message, verifier, bodies, lookups);
    EXPECT_FALSE(verifier.ready(lookups));
    EXPECT_THAT(resolver->asked(), testing::UnorderedElementsAreArray(questions))
        << "dmarc=pass speaks for its own domain alone";
    for (const std::string& name : needed) {
      if (name != last) resolver->release(name);
    }
    lookups.collect();
    EXPECT_FALSE(verifier.ready(lookups));
    resolver->release(last);
    lookups.collect();
    EXPECT_TRUE(verifier.ready(lookups));
  }
}

// What is said of an answer of which there is no key.
TEST(Arc, AnswersWithoutAKey) {
  class Says final : public dns::Resolver {
   public:
    explicit Says(dns::AnswerPtr answer) : answer_(std::move(answer)) {}
    dns::AnswerPtr findOrAsk(const dns::Question&, const std::shared_ptr<dns::Mailbox>&, dns::Need,
                             Time) override {
      return answer_;
    }

   private:
    dns::AnswerPtr answer_;
  };
  const auto name = *dns::Name::parse("s1._domainkey.lists.example");
  const auto dangling = std::make_shared<dns::Answer>();
  dangling->question = {name, dns::Type::TXT};
  dangling->status = dns::Status::DanglingCname;
  dangling->chain = {{name, *dns::Name::parse("k.example"), 60}};
  dangling->detail = "k.example does not exist";
  dns::Lookups gone(std::make_shared<Says>(dangling), {});
  const Outcome permanent = findKeys(name, dkim::KeyType::Rsa, {}, gone).fault;
  EXPECT_FALSE(permanent.transient);
  EXPECT_EQ(permanent.text, "key not found: s1._domainkey.lists.example -> k.example: dangling CNAME");
  dns::Lookups none(std::make_shared<Says>(nullptr), {32, 0});
  const Outcome refused = findKeys(name, dkim::KeyType::Rsa, {}, none).fault;
  EXPECT_TRUE(refused.transient);
  EXPECT_EQ(refused.text,
            "key lookup failed: s1._domainkey.lists.example: not asked, too many questions (more DNS "
            "questions than one message may ask)");
}

TEST(Arc, Reusable) {  // T36
  const Message message = sealed(2);
  EXPECT_EQ(play(message).result.status, Status::Pass);
  ChainVerifier verifier{Options()};
  dns::Lookups lookups(std::make_shared<dns::ZoneResolver>(std::make_shared<dns::Zone>()), {});
  dkim::BodyHashes bodies;
  message::HeaderBlock header;
  header.add({"ARC-Seal", " i=1; word"});
  verifier.field(header, 0, lookups);
  verifier.endOfHeader(header, bodies, lookups);
  verifier.reset();
  bodies.reset();
  header.clear();
  verifier.endOfHeader(header, bodies, lookups);
  bodies.finish();
  EXPECT_TRUE(verifier.ready(lookups));
  EXPECT_EQ(verifier.finish(header, bodies, lookups, {}, {}).status, Status::None);
}

// Trusted sealers

TEST(TrustedSealer, NobodyByDefault) {
  const auto result = play(sealed(1)).result;
  EXPECT_FALSE(result.trustedPass);
  EXPECT_EQ(result.trustedInstance, 0);
}

TEST(TrustedSealer, Vouches) {
  const auto result = play(sealed(2), trusting({"lists.example"})).result;
  EXPECT_TRUE(result.trustedPass) << result.trustedText;
  EXPECT_EQ(result.trustedInstance, 1);
  EXPECT_EQ(result.trustedText, "sealer lists.example (instance 1) found author.example authenticated");
}

TEST(TrustedSealer, OfAnotherDomain) {
  EXPECT_FALSE(play(sealed(1), trusting({"lists.example"}), "bank.example").result.trustedPass);
  EXPECT_TRUE(play(sealed(1), trusting({"lists.example"}), "sub.author.example").result.trustedPass)
      << "relaxed";
  EXPECT_FALSE(play(sealed(1), trusting({"lists.example"}), "").result.trustedPass) << "no author";
  EXPECT_FALSE(play(sealed(1), trusting({"sub.lists.example"})).result.trustedPass);
}

TEST(TrustedSealer, RelaxedAlignment) {
  Message message;
  Seal one = set(1);
  one.results = "lists.example; dkim=pass header.d=mail.author.example";
  message.seal(one);
  EXPECT_FALSE(play(message, trusting({"lists.example"})).result.trustedPass);
  const auto organizational = [](std::string_view domain, dns::Lookups&) -> std::optional<std::string> {
    return domain.ends_with("author.example") ? "author.example" : std::string(domain);
  };
  EXPECT_TRUE(
      play(message, trusting({"lists.example"}), "author.example", organizational).result.trustedPass);
  EXPECT_TRUE(
      play(message, trusting({"lists.example"}), "x.author.example", organizational).result.trustedPass);
  EXPECT_FALSE(play(message, trusting({"lists.example"}), "bank.example", organizational).result.trustedPass);
  const auto unknown = [](std::string_view, dns::Lookups&) -> std::optional<std::string> {
    return std::nullopt;
  };
  EXPECT_FALSE(play(message, trusting({"lists.example"}), "author.example", unknown).result.trustedPass);
  // dmarc=pass is a word about the author domain that it names, not about its organization; no result is no word.
  for (const char* results :
       {"lists.example; dmarc=pass header.from=mail.author.example", "lists.example; none"}) {
    Message other;
    one.results = results;
    other.seal(one);
    EXPECT_FALSE(
        play(other, trusting({"lists.example"}), "author.example", organizational).result.trustedPass)
        << results;
  }
}

// Sets that were not looked at may be of another message: the oldest that was counts.
TEST(TrustedSealer, NothingBelowWhatWasLookedAt) {
  Options options = trusting({"lists.example"});
  options.maximumOlder = 1;
  const auto result = play(sealed(3), options).result;
  EXPECT_EQ(result.status, Status::Pass) << result.text;
  EXPECT_EQ(result.oldestPass, -1);
  EXPECT_EQ(result.trustedInstance, 2);
  EXPECT_TRUE(result.trustedPass);
}

// The attack that a passing chain does not show: the set of a trusted sealer is copied from an honest message, and an
// attacker puts a set of his own on top. All signatures of the chain are good.
TEST(TrustedSealer, CopiedOlderSet) {
  Message message = sealed(1);
  message.body = "Please send money.\r\n";
  Seal own = set(2, "crook.example");
  own.results = "crook.example; dkim=pass header.d=author.example; arc=pass";
  message.seal(own);
  auto result = play(message, trusting({"lists.example"})).result;
  EXPECT_EQ(result.status, Status::Pass) << result.text;
  EXPECT_FALSE(result.trustedPass);
  EXPECT_EQ(result.trustedInstance, 0);

  // ... and sends it through a listed forwarder, which finds nothing authenticated.
  Seal forwarder = set(3, "forward.example");
  forwarder.results = "forward.example; dkim=none; spf=pass smtp.mailfrom=crook.example; arc=pass";
  message.seal(forwarder);
  result = play(message, trusting({"lists.example", "forward.example"})).result;
  EXPECT_EQ(result.status, Status::Pass);
  EXPECT_FALSE(result.trustedPass);
  EXPECT_EQ(result.trustedInstance, 3) << "no other ARC-Authentication-Results is read";
}

TEST(TrustedSealer, AllFromKUp) {
  Message message;
  message.seal(set(1, "other.example"));
  message.seal(set(2));
  message.seal(set(3, "next.example"));
  EXPECT_EQ(play(message, trusting({"lists.example", "next.example"})).result.trustedInstance, 2);
  EXPECT_FALSE(play(message, trusting({"lists.example"})).result.trustedPass) << "N is not listed";
  EXPECT_EQ(play(message, trusting({"other.example", "next.example"})).result.trustedInstance, 3);
}

TEST(TrustedSealer, OnlySinceTheLastChange) {  // set 1 was sealed before a later hop changed the message
  Message message = sealed(1);
  message.body = "changed\r\n";
  Seal two = set(2);
  two.results = "lists.example; dkim=fail header.d=author.example";
  message.seal(two);
  const auto result = play(message, trusting({"lists.example"})).result;
  EXPECT_EQ(result.oldestPass, 2);
  EXPECT_EQ(result.trustedInstance, 2);
  EXPECT_FALSE(result.trustedPass);
}

TEST(TrustedSealer, FromMustBeSigned) {
  Message message;
  Seal one = set(1);
  one.h = "to:subject";
  message.seal(one);
  const auto result = play(message, trusting({"lists.example"})).result;
  EXPECT_EQ(result.status, Status::Pass);
  EXPECT_FALSE(result.trustedPass);
  EXPECT_THAT(result.trustedText, HasSubstr("From is not in h="));
}

TEST(TrustedSealer, NoUnsignedBytes) {
  Message message;
  Seal one = set(1);
  one.messageExtra = "l=" + std::to_string(message.body.size()) + "; ";
  message.seal(one);
  EXPECT_TRUE(play(message, trusting({"lists.example"})).result.trustedPass) << "all octets are covered";
  message.body += "And this.\r\n";
  const auto result = play(message, trusting({"lists.example"})).result;
  EXPECT_EQ(result.status, Status::Pass);
  EXPECT_FALSE(result.trustedPass);
  EXPECT_THAT(result.trustedText, HasSubstr("unsigned"));
}

TEST(TrustedSealer, HostilePayload) {
  Message message;
  Seal one = set(1);
  one.results =
      "lists.example; spf=pass smtp.mailfrom=\"x; dkim=pass header.d=author.example\"@crook.example "
      "(dmarc=pass "
      "header.from=author.example)";
  message.seal(one);
  const auto result = play(message, trusting({"lists.example"})).result;
  EXPECT_EQ(result.status, Status::Pass);
  EXPECT_FALSE(result.trustedPass);
}

TEST(TrustedSealer, AnswerThatDidNotCome) {
  Message message;
  message.zone.fail(*dns::Name::parse("s1._domainkey.lists.example"), nullptr, dns::Status::Timeout);
  Seal one = set(1);
  one.publish = false;
  message.seal(one);
  EXPECT_TRUE(play(message, trusting({"lists.example"})).result.trustedTransient);
  EXPECT_FALSE(play(message).result.trustedTransient) << "nothing hung on it";
  EXPECT_FALSE(play(message, trusting({"lists.example"}), "bank.example").result.trustedTransient);
  EXPECT_FALSE(play(message, trusting({"lists.example"}), "").result.trustedTransient) << "no author";
  Seal two = set(2, "next.example");  // one word of several is enough
  two.results = "next.example; none";
  message.seal(two);
  EXPECT_TRUE(play(message, trusting({"lists.example", "next.example"})).result.trustedTransient);
  EXPECT_FALSE(play(message, trusting({"next.example"})).result.trustedTransient) << "its word is none";
}

// The chain passes, and sealer 2 found nothing; what sealer 1 found would count, could its ARC-Message-Signature be
// checked.
TEST(TrustedSealer, OlderAnswerThatDidNotCome) {
  const struct {
    std::string found;
    std::vector<std::string> trusted;
    bool published;
    bool transient;
    const char* why;
  } rows[] = {
      {"author.example", {"a.example", "b.example"}, false, true, "an override hangs on it"},
      {"other.example", {"a.example", "b.example"}, false, false, "it speaks for another domain"},
      {"author.example", {"b.example"}, false, false, "nobody trusts it"},
      {"author.example", {"a.example", "b.example"}, true, false, "it is there"},
  };
  for (const auto& row : rows) {
    Message message;
    Seal one = set(1, "a.example");
    one.messageSelector = "late";
    one.results = "a.example; dkim=pass header.d=" + row.found;
    message.seal(one);
    Seal two = set(2, "b.example");
    two.results = "b.example; dkim=fail header.d=author.example";
    message.seal(two);
    if (row.published) message.publish(SigningKey::rsa(1024), "a.example", "late");
    message.zone.fail(*dns::Name::parse("late._domainkey.a.example"), nullptr, dns::Status::Timeout);
    const auto result = play(message, trusting(row.trusted)).result;
    EXPECT_EQ(result.status, Status::Pass) << result.text;
    EXPECT_EQ(result.oldestPass, row.published ? 0 : 2) << row.why;
    EXPECT_EQ(result.trustedPass, row.published) << row.why;
    EXPECT_EQ(result.trustedTransient, row.transient) << row.why;
  }
}

}  // namespace
}  // namespace alignd::arc
