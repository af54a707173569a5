// What DNS said: immutable once published, shared by everyone who asked.
//
// The room dns/data: what is asked and what is answered, as values: names, addresses, questions, answers, and what all of
// the project says of octets and time (ascii.h, time.h). It includes nothing of ours, and knows no socket, file or clock.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "dns/data/address.h"
#include "dns/data/question.h"
#include "dns/data/time.h"

namespace alignd::dns {

enum class Status {
  Ok,             // at least one record of the type asked, at the name or at the end of its CNAME chain
  NoData,         // the name (or the end of its chain) exists, without records of the type
  NoSuchName,     // NXDOMAIN for the name asked
  DanglingCname,  // the name is an alias, the last target does not exist (NXDOMAIN)
  CnameLoop,      // the chain comes back to a name it had
  ChainTooLong,   // more than 10 hops
  Timeout,        // no answer within the deadline; with `overload` set: never sent, the engine was full
  ServerFailure,  // SERVFAIL or any rcode without a meaning of its own
  Refused,        // REFUSED
  Malformed,      // an answer that cannot be read
  Unreachable,    // nobody listens at the server, or not over TCP where it has to be TCP
  BadName,        // the question cannot be put on the wire
};

/// "ok", "no data", "no such name" ...: lower case, for logs.
std::string_view statusName(Status status);

/// One alias step. A DNAME counts through the CNAME that the server synthesised for it (RFC 6672 section 3.1).
struct Hop {
  Name owner;
  Name target;
  std::uint32_t ttl = 0;  // seconds
};

struct Mx {
  std::uint16_t preference = 0;
  Name exchange;
};

/// TXT: its character-strings joined without a blank (RFC 6376 section 3.6.2.2, RFC 7208 section 3.3).
using Txt = std::string;

struct Record {
  std::uint32_t ttl = 0;                        // seconds
  std::variant<Txt, IpAddress, Mx, Name> data;  // TXT; A and AAAA; MX; PTR, NS, CNAME, DNAME
};

/// What an object made by Answer::derived costs the cache, in octets. Overload it beside T for what T owns.
template <class T>
std::size_t derivedCost(const T&) {
  return sizeof(T);
}

struct Answer {
  Question question;
  Status status = Status::NoData;
  int rcode = 0;                // of the reply; -1 when there was none
  bool authenticated = false;   // AD bit of a server that is believed (DESIGN.md decision 17)
  bool overload = false;        // Timeout because the engine was full; never cached
  std::vector<Hop> chain;       // in order, from the name asked; of a loop, the closing hop is the last
  std::vector<Record> records;  // of the type asked, at the end of the chain; in the order of the reply
  Time expires{};               // effective TTL: the minimum over chain and records (RFC 2181 section 5.2)
  std::string detail;  // for logs, foreign octets as they came: which hop broke, who said so; or empty
  /// With TableOptions::serveStale, beside a failure: the records of before, beyond their TTL (RFC 8767). They are for
  /// keys alone; everybody else sees the failure.
  std::shared_ptr<const Answer> lastGood;

  Answer() = default;
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
  ~Answer();

  /// Ok, NoData and NoSuchName and the broken chains are DNS facts; the others may be different a minute later.
  bool temporary() const {
    return status == Status::Timeout || status == Status::ServerFailure || status == Status::Refused ||
           status == Status::Malformed || status == Status::Unreachable;
  }
  /// No answer was to be had: temporary(), or aliases that lead nowhere. A resolver's word for all of it is SERVFAIL,
  /// and SPF and DMARC ask no further (RFC 7208 sections 4.4 and 5, "some other error (RCODE other than 0 or 3)"; RFC
  /// 9989 section 5.3.6, "temporary or permanent DNS errors").
  bool failed() const { return temporary() || status == Status::CnameLoop || status == Status::ChainTooLong; }
  /// No records, definitely: NXDOMAIN or NOERROR without data (what RFC 7208 calls a void lookup).
  bool empty() const { return !failed() && records.empty(); }

  /// The T that `parse(*this)` makes of this answer: made once, by whichever thread asks first, then shared.
  /// Failures are T's own business (make T a variant or give it a status), so that they are kept too.
  /// One slot per T: one TXT answer may be read as a key and as an SPF record. Thread safe; hits take no lock.
  /// `parse` must not call derived on the same answer.
  template <class T, class Parse>
  std::shared_ptr<const T> derived(Parse&& parse) const;

  /// Octets that derived objects hold, for the cache's account.
  std::size_t derivedBytes() const { return derivedBytes_.load(std::memory_order_relaxed); }
  /// Where the cache wants derived octets to be added as they arise, and taken off again when this answer dies (set
  /// before publishing; may be null).
  std::shared_ptr<std::atomic<std::size_t>> account;

 private:
  struct Slot {
    const void* key;
    std::shared_ptr<const void> value;
    std::unique_ptr<Slot> next;
  };
  template <class T>
  static const void* slotKey() {
    static const char key{};
    return &key;
  }
  const Slot* findSlot(const void* key) const;
  void addSlot(const void* key, std::shared_ptr<const void> value, std::size_t bytes) const;

  mutable std::mutex parsing_;
  mutable std::unique_ptr<Slot> owned_;              // under parsing_
  mutable std::atomic<const Slot*> slots_{nullptr};  // head of the same list, for readers
  mutable std::atomic<std::size_t> derivedBytes_{0};
};

using AnswerPtr = std::shared_ptr<const Answer>;

template <class T, class Parse>
std::shared_ptr<const T> Answer::derived(Parse&& parse) const {
  const void* key = slotKey<T>();
  if (const Slot* slot = findSlot(key)) return std::static_pointer_cast<const T>(slot->value);
  const std::lock_guard lock(parsing_);
  if (const Slot* slot = findSlot(key)) return std::static_pointer_cast<const T>(slot->value);
  auto made = std::make_shared<const T>(std::forward<Parse>(parse)(*this));
  addSlot(key, made, derivedCost(*made));
  return made;
}

/// `a.example -> b.example -> c.example` for reasons; empty without a chain. Foreign octets are as they came:
/// escape before printing.
std::string chainText(const std::vector<Hop>& chain);
/// The same for the way to an answer, or the name asked when it was no alias. Likewise unescaped.
std::string trailText(const Answer& answer);

}  // namespace alignd::dns
