#include "verifier/spf/select.h"

#include <string>
#include <utility>
#include <variant>

#include "verifier/spf/near_miss.h"

namespace alignd::spf {

Selection selectRecord(const dns::Answer& answer) {
  Selection out;
  const std::string* chosen = nullptr;
  for (const dns::Record& record : answer.records) {
    const auto* text = std::get_if<dns::Txt>(&record.data);
    if (text == nullptr || !hasSpfVersion(*text)) continue;
    ++out.candidates;
    chosen = text;
  }
  if (chosen == nullptr) {
    out.nearMiss = nearMissIn(answer).value_or("");
    return out;
  }
  if (out.candidates > 1) {
    out.kind = Selection::Kind::Several;
    return out;
  }
  auto parsed = parseRecord(*chosen);
  if (auto* record = std::get_if<Record>(&parsed)) {
    out.kind = Selection::Kind::One;
    out.record = std::move(*record);
  } else {
    out.kind = Selection::Kind::Malformed;
    out.error = std::move(std::get<SyntaxError>(parsed));
    out.record.text = *chosen;  // for those who show it
  }
  return out;
}

std::size_t derivedCost(const Selection& selection) {
  return sizeof(Selection) + selection.record.cost() + selection.error.term.capacity() +
         selection.error.problem.capacity() + selection.nearMiss.capacity();
}

}  // namespace alignd::spf
