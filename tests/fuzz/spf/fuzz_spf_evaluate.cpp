// A whole evaluation over records, exchanges and names that the input makes up: it ends, within the limits and within
// a budget of work, and says the same whether answers come at once or one by one.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dns/table/lookups.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/spf/syntax.h"
#include "tests/fuzz/zone_lines.h"
#include "verifier/spf/evaluate.h"

namespace {

using namespace alignd;
using test::check;

// Answers one question a round trip, the last one first.
class OneByOne final : public dns::Resolver {
 public:
  explicit OneByOne(std::shared_ptr<const dns::Zone> zone) : zone_(std::move(zone)) {}
  dns::AnswerPtr findOrAsk(const dns::Question& question, const std::shared_ptr<dns::Mailbox>& mailbox,
                           dns::Need, Time) override {
    for (const auto& one : waiting_) {
      if (one == question) return nullptr;
    }
    waiting_.push_back(question);
    mailbox_ = mailbox;
    return nullptr;
  }
  bool release() {
    if (waiting_.empty()) return false;
    mailbox_->deliver(zone_->answer(waiting_.back(), {}));
    waiting_.pop_back();
    return true;
  }

 private:
  std::shared_ptr<const dns::Zone> zone_;
  std::shared_ptr<dns::Mailbox> mailbox_;
  std::vector<dns::Question> waiting_;
};

// The first line, when it starts with ">", is the local part.
std::string localPart(std::string_view& input) {
  if (!input.starts_with('>')) return "user";
  const auto end = std::min(input.find('\n'), input.size());
  std::string out(input.substr(1, end - 1));
  input.remove_prefix(std::min(end + 1, input.size()));
  return out;
}

// Records are come to at most 11 times, and gone through once; a run goes on for a while behind what blocks it. An
// expansion writes 253 octets, one local part or so more, and one step for each piece.
void checkWork(const Work& work, std::size_t size, std::size_t runs) {
  check(work.spfSteps <= 11 * size + 200 + runs * 520, "steps are bounded");
  check(work.macroOctets <= 150 * (spf::kMaxPieces + 254 + 3 * 1100), "expansions are bounded");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  spf::Request request;
  request.client = size % 2 == 0 ? IpAddress::v4({192, 0, 2, 1}) : IpAddress::v6({0x20, 1, 0xd, 0xb8});
  request.mailFrom = localPart(input) + "@example.com";
  request.helo = "mail.example.com";
  const auto zone = test::zoneOf(input);
  spf::Trace trace;
  spf::Carry carry;
  dns::Lookups atOnce(std::make_shared<dns::ZoneResolver>(zone), {});
  const auto result = spf::evaluate(request, {}, atOnce, &trace, &carry);
  check(result && result->terms <= spf::kMaxTerms && result->voids <= 2, "the limits of section 4.6.4");
  check(!result->text.empty() && result->text.size() <= spf::kMaxReason, "a reason of some size");
  check(result->mechanism.size() <= spf::kMaxTerm && result->path.size() <= 11, "what is quoted is short");
  check(atOnce.used().size() <= 123, "see Options::askAhead");
  checkWork(carry.work(), size, 1);
  for (char c : result->explanation) check(c >= 0x20 && c < 0x7f, "explanations are printable");

  const auto slow = std::make_shared<OneByOne>(zone);
  dns::Lookups later(slow, {});
  spf::Carry carried;
  std::optional<spf::Result> again;
  std::size_t runs = 1;
  for (; !(again = spf::evaluate(request, {}, later, nullptr, &carried)); ++runs) {
    check(slow->release(), "blocked on something that was asked");
    later.collect();
  }
  checkWork(carried.work(), size, runs);
  check(again->status == result->status && again->text == result->text && again->terms == result->terms &&
            again->voids == result->voids && again->explanation == result->explanation &&
            again->path == result->path,
        "the order of answers changes nothing");
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t room,
                                               unsigned seed) {
  return alignd::test::mutate(alignd::test::kSpfZone, data, size, room, seed);
}
