#include "cli/key_record_checks.h"

#include <algorithm>

#include "dns/data/ascii.h"
#include "verifier/dkim/base64.h"
#include "verifier/dkim/public_key.h"
#include "verifier/dkim/tag_list.h"

namespace alignd::cli {

namespace {

using ascii::cat;
using dkim::Reason;

constexpr int kPracticeRsaBits = 2048;  // what is used today
constexpr int kLargestRsaBits = 4096;   // that verifiers must take (RFC 8301 section 3.2)
constexpr int kSmallestRsaBits = 1024;  // likewise the least

bool base64Alone(std::string_view text) {
  return text.size() > 16 && std::all_of(text.begin(), text.end(), [](char c) {
           return ascii::isAlnum(c) || c == '+' || c == '/' || c == '=';
         });
}

std::string plainBase64(std::string_view value) {
  std::string out = dkim::removeFws(value);
  out.erase(std::remove_if(out.begin(), out.end(), [](char c) { return c == '"' || c == '\\' || c == ' '; }),
            out.end());
  return out;
}

class RecordChecks {
 public:
  RecordChecks(const std::vector<std::string>& texts, std::string_view name, Checklist& list)
      : texts_(texts), name_(name), list_(list) {}

  void run() {
    choose();
    count();
    if (!strings()) return;
    tags_ = dkim::TagList::parse(*text_);
    if (!syntax()) return;
    if (key_.fault == Reason::KeyRevoked) {
      return list_.fail(
          "revoked", "p= is empty: the key is revoked",
          cat({"sign with a selector whose key is published, or publish the key at ", name_, " again"}));
    }
    list_.pass("revoked", "p= holds a key");
    if (!whole()) return;
    type();
    hash();
    service();
    testing();
  }

 private:
  // The one that verifiers come nearest to using.
  void choose() {
    for (const std::string& text : texts_) {
      dkim::KeyRecord record = dkim::parseKeyRecord(text);
      keys_ += record.isKey ? 1 : 0;
      const bool better =
          text_ == nullptr || (record.usable() && !key_.usable()) || (record.isKey && !key_.isKey);
      if (!better) continue;
      text_ = &text;
      key_ = std::move(record);
    }
  }

  void count() {
    if (texts_.size() == 1) return list_.pass("record", "exactly one record");
    const bool half = std::any_of(texts_.begin(), texts_.end(), [&](const std::string& text) {
      return &text != text_ && base64Alone(text);
    });
    if (half) {
      return list_.fail("record", "the key stands in two records, each is half of it",
                        cat({"make one TXT record of several strings at ", name_}));
    }
    const std::string several = cat({std::to_string(texts_.size()), " TXT records"});
    if (keys_ > 1) {
      return list_.warn("record",
                        cat({several, ", ", std::to_string(keys_),
                             " of them keys: what verifiers make of it is undefined (RFC 6376 section "
                             "3.6.2.2)"}),
                        cat({"leave one key at ", name_, ", give the other a selector of its own"}));
    }
    list_.warn("record", cat({several, ", one of them a key"}), cat({"leave the key alone at ", name_}));
  }

  bool strings() {
    const std::string& text = *text_;
    if (text.find('\\') != std::string::npos) {
      list_.fail("strings",
                 "a backslash stands in the record itself: an escape was published as it was typed",
                 "enter the value without backslashes");
      return false;
    }
    if (text.find('"') != std::string::npos) {
      list_.fail("strings", "quotation marks stand in the record itself",
                 "enter the value without quotation marks; where a line is too long, use several strings");
      return false;
    }
    list_.pass("strings", cat({std::to_string(text.size()), " octets, joined without blanks"}));
    return true;
  }

  // Empty when the record reads as a key, or was one before it was cut.
  std::string fault() const {
    if (!tags_.ok()) return tags_.problem();
    const auto p = tags_.value("p");
    if (!p) return "p= is missing";
    if (dkim::missingOctets(plainBase64(*p))) return {};
    if (!dkim::decodeBase64(dkim::removeFws(*p))) return "what stands in p= is no base64";
    if (key_.fault == Reason::KeyVersion)
      return cat({"v=", tags_.value("v").value_or(""), " instead of DKIM1"});
    return key_.fault == Reason::KeySyntax ? cat({"what stands in p= is no key: ", key_.text})
                                           : std::string();
  }

  bool syntax() {
    if (tags_.ok() && tags_.find("p") == nullptr && text_->find("p=") != std::string::npos) {
      list_.fail("syntax",
                 "p= stands within the value of another tag: a semicolon was lost where two strings join",
                 "end each tag with ; before the string ends");
      return false;
    }
    if (std::string text = fault(); !text.empty()) {
      list_.fail("syntax", std::move(text),
                 cat({"write the record at ", name_, " as v=DKIM1; k=rsa; p=KEY"}));
      return false;
    }
    list_.pass("syntax", "a list of tags with p=");
    return true;
  }

  bool whole() {
    const auto missing = dkim::missingOctets(plainBase64(tags_.value("p").value_or("")));
    if (missing) {
      list_.fail(
          "cut", cat({"the key is cut: ", std::to_string(*missing), " octets are missing at its end"}),
          "publish the whole key; a string has 255 octets, longer values need several strings in one record");
      return false;
    }
    list_.pass("cut", "the key is whole");
    return true;
  }

  void type() {
    if (key_.fault == Reason::KeyWrongType) return list_.fail("type", key_.text, "use k=rsa or k=ed25519");
    const bool rsa = key_.type == dkim::KeyType::Rsa;
    list_.pass("type",
               rsa ? "RSA" : "Ed25519 (RFC 8463); sign with RSA too, many receivers do not know it yet");
    if (!rsa || key_.bits == 0) return;  // of a key for something else the size is not read
    const std::string bits = cat({std::to_string(key_.bits), " bits"});
    if (key_.fault == Reason::KeyBadExponent || key_.fault == Reason::KeyTooLarge) {
      return list_.fail("size", cat({bits, ": ", key_.text}), "make a new key of 2048 bits");
    }
    if (key_.bits < kSmallestRsaBits) {
      return list_.fail("size", cat({bits, ": verifiers must not accept it (RFC 8301 section 3.2)"}),
                        "make a new key of 2048 bits");
    }
    if (key_.bits < kPracticeRsaBits) {
      return list_.warn("size", cat({bits, ": accepted, and weak by today's practice"}),
                        "make a new key of 2048 bits");
    }
    if (key_.bits > kLargestRsaBits) {
      return list_.warn("size",
                        cat({bits, ": verifiers need not take more than 4096 (RFC 8301 section 3.2)"}),
                        "use a key of 2048 bits");
    }
    list_.pass("size", bits);
  }

  void hash() {
    const auto h = tags_.value("h");
    if (key_.allowsSha256) return list_.pass("hash", h ? cat({"h=", *h, " allows sha256"}) : "any");
    list_.fail("hash", cat({dkim::hashText(key_), ", and nothing else is accepted"}),
               "leave h= out, or write h=sha256");
  }

  void service() {
    const auto s = tags_.value("s");
    if (key_.fault != Reason::KeyWrongService) {
      return list_.pass("service", s ? cat({"s=", *s, " allows email"}) : "any");
    }
    list_.fail("service", key_.text, "leave s= out, or write s=email");
  }

  void testing() {
    if (!key_.testing) return list_.pass("testing", "no testing flag");
    list_.warn("testing", "t=y: the domain only tests DKIM, receivers may take its signatures for none",
               "drop t=y when signing works");
  }

  const std::vector<std::string>& texts_;
  std::string_view name_;
  Checklist& list_;
  const std::string* text_ = nullptr;
  dkim::KeyRecord key_;
  int keys_ = 0;
  dkim::TagList tags_;
};

}  // namespace

void checkKeyRecords(const std::vector<std::string>& texts, std::string_view name, Checklist& list) {
  RecordChecks(texts, name, list).run();
}

}  // namespace alignd::cli
