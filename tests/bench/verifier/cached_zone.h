// A zone whose answers are shared from message to message, with what was derived from them, as the answer table does it.
#pragma once

#include <memory>
#include <unordered_map>
#include <utility>

#include "dns/zone/zone.h"

namespace alignd::bench {

class CachedZone final : public dns::Resolver {
 public:
  explicit CachedZone(std::shared_ptr<const dns::Zone> zone) : zone_(std::move(zone)) {}
  dns::AnswerPtr findOrAsk(const dns::Question& question, const std::shared_ptr<dns::Mailbox>&, dns::Need,
                           Time now) override {
    auto& answer = answers_[question];
    if (answer == nullptr) answer = zone_->answer(question, now);
    return answer;
  }

 private:
  std::shared_ptr<const dns::Zone> zone_;
  std::unordered_map<dns::Question, dns::AnswerPtr> answers_;
};

inline void addTxt(dns::Zone& zone, std::string_view name, const std::string& text) {
  zone.add(*dns::Name::parse(name), dns::Type::TXT, {300, dns::Txt(text)});
}

}  // namespace alignd::bench
