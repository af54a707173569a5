// A whole evaluation over records, exchanges and names that the input makes up: it ends, within the limits,
// and says the same whether answers come at once or one by one.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dns/table/lookups.h"
#include "dns/zone/zone.h"
#include "verifier/spf/evaluate.h"

namespace {

using namespace alignd;

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

// Lines "name TYPE value"; what is no such line is a TXT record at example.com.
std::shared_ptr<dns::Zone> zoneOf(std::string_view input) {
  auto zone = std::make_shared<dns::Zone>();
  const auto root = *dns::Name::parse("example.com");
  for (int lines = 0; !input.empty() && lines < 40; ++lines) {
    const auto end = std::min(input.find('\n'), input.size());
    const std::string_view line = input.substr(0, end);
    input.remove_prefix(std::min(end + 1, input.size()));
    const auto first = line.find(' ');
    const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
    const auto name =
        second == std::string_view::npos ? std::nullopt : dns::Name::parse(line.substr(0, first));
    const std::string_view type = name ? line.substr(first + 1, second - first - 1) : "";
    const std::string_view value = name ? line.substr(second + 1) : line;
    if (type == "TXT") {
      zone->add(*name, dns::Type::TXT, {300, std::string(value)});
    } else if (type == "A" || type == "AAAA") {
      if (const auto ip = IpAddress::parse(value))
        zone->add(*name, ip->isV4() ? dns::Type::A : dns::Type::AAAA, {300, *ip});
    } else if (type == "MX" || type == "PTR") {
      const auto host = dns::Name::parse(value);
      if (host && type == "MX") zone->add(*name, dns::Type::MX, {300, dns::Mx{10, *host}});
      if (host && type == "PTR") zone->add(*name, dns::Type::PTR, {300, *host});
    } else {
      zone->add(root, dns::Type::TXT, {300, std::string(line)});
    }
  }
  return zone;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto zone = zoneOf(input);
  spf::Request request;
  request.client = size % 2 == 0 ? IpAddress::v4({192, 0, 2, 1}) : IpAddress::v6({0x20, 1, 0xd, 0xb8});
  request.mailFrom = "user@example.com";
  request.helo = "mail.example.com";
  spf::Trace trace;
  dns::Lookups atOnce(std::make_shared<dns::ZoneResolver>(zone), {});
  const auto result = spf::evaluate(request, {}, atOnce, &trace);
  if (!result || result->terms > spf::kMaxTerms || result->voids > 2 || result->text.empty()) std::abort();
  if (atOnce.used().size() > 123) std::abort();  // see Options::askAhead
  for (char c : result->explanation) {
    if (c < 0x20 || c >= 0x7f) std::abort();
  }
  const auto slow = std::make_shared<OneByOne>(zone);
  dns::Lookups later(slow, {});
  std::optional<spf::Result> again;
  while (!(again = spf::evaluate(request, {}, later))) {
    if (!slow->release()) std::abort();
    later.collect();
  }
  if (again->status != result->status || again->text != result->text || again->terms != result->terms ||
      again->voids != result->voids || again->explanation != result->explanation) {
    std::abort();
  }
  return 0;
}
