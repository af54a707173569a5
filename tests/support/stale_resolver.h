// A resolver whose servers fail, and that remembers: what TableOptions::serveStale makes of a zone.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "dns/zone/zone.h"

namespace alignd::test {

/// SERVFAIL for `question`, with the records of `zone` as the last good answer (RFC 8767).
inline dns::AnswerPtr failureBeside(const dns::Zone& zone, const dns::Question& question) {
  auto out = std::make_shared<dns::Answer>();
  out->question = question;
  out->status = dns::Status::ServerFailure;
  out->rcode = 2;
  out->detail = "SERVFAIL from 192.0.2.53:53 for " + question.name.text();
  auto good = zone.answer(question, {});
  if (good->status == dns::Status::Ok) out->lastGood = std::move(good);
  return out;
}

class StaleResolver final : public dns::Resolver {
 public:
  explicit StaleResolver(std::shared_ptr<const dns::Zone> zone) : zone_(std::move(zone)) {}
  dns::AnswerPtr findOrAsk(const dns::Question& question, const std::shared_ptr<dns::Mailbox>&, dns::Need,
                           Time) override {
    return failureBeside(*zone_, question);
  }

 private:
  std::shared_ptr<const dns::Zone> zone_;
};

}  // namespace alignd::test
