#include "verifier/spf/enforcement.h"

#include <string_view>
#include <utility>

#include "dns/data/ascii.h"

namespace alignd::spf {

namespace {

// Reply lines have 512 octets (RFC 5321 section 4.5.3.1.5), the codes and the end of line included.
constexpr std::size_t kMaxText = 480;

std::string safe(std::string text) {
  for (char& c : text) {
    if (c < 0x20 || c >= 0x7f) c = '?';
  }
  if (text.size() > kMaxText) text.resize(kMaxText);
  return text;
}

std::string_view identityName(const Result& result) {
  return result.identity == Identity::Helo ? "HELO" : "MAIL FROM";
}

// Of a result that was taken over, the client is not known: its text says who found it.
Refusal failed(const Result& result) {
  std::string text = ascii::cat({"SPF ", identityName(result), " check failed: "});
  text += result.client ? ascii::cat({result.client->text(), " may not send for ", result.domain})
                        : ascii::cat({"the client may not send for ", result.domain, ", ", result.text});
  if (!result.explanation.empty()) {
    // Section 6.2: it has to be clear that a third party says this.
    text += ascii::cat({"; the domain ", result.domain, " explains: ", result.explanation});
  }
  return {true, "550", "5.7.23", safe(std::move(text))};
}

}  // namespace

std::optional<Refusal> refusal(const Result& mailFrom, const Result* helo, const Options& options) {
  if (options.rejectFail) {
    if (options.helo == HeloCheck::Decide && helo != nullptr && helo->status == Status::Fail)
      return failed(*helo);
    if (mailFrom.status == Status::Fail) return failed(mailFrom);
  }
  if (options.deferTempError && mailFrom.status == Status::TempError) {
    return Refusal{false, "451", "4.7.24",
                   safe(ascii::cat({"SPF ", identityName(mailFrom), " check of ", mailFrom.domain,
                                    " met a temporary error; try again later"}))};
  }
  return std::nullopt;
}

}  // namespace alignd::spf
