#include "reporting/aggregate/row.h"

#include <simdjson.h>

#include "verifier/report/json.h"

namespace alignd::reporting {

namespace {

namespace dom = simdjson::dom;
using report::JsonWriter;

std::string textOf(const dom::element& object, std::string_view key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

bool truthOf(const dom::element& object, std::string_view key) {
  bool value = false;
  return object[key].get(value) == simdjson::SUCCESS && value;
}

std::optional<std::string> optionalText(const dom::element& object, std::string_view key) {
  std::string_view text;
  if (object[key].get(text) != simdjson::SUCCESS) return std::nullopt;
  return std::string(text);
}

template <class Use>
void each(const dom::element& object, std::string_view key, Use&& use) {
  dom::array array;
  if (object[key].get(array) != simdjson::SUCCESS) return;
  for (const dom::element& item : array) use(item);
}

// Keeps the parser that `root` points into.
class Document {
 public:
  explicit Document(std::string_view text) {
    dom::object object;
    good_ = parser_.parse(text.data(), text.size()).get(root) == simdjson::SUCCESS;
  }
  explicit operator bool() const { return good_; }
  dom::element root;

 private:
  dom::parser parser_;
  bool good_ = false;
};

}  // namespace

std::string encode(const PublishedPolicy& policy) {
  std::string out;
  JsonWriter w(out);
  w.beginObject();
  w.text("domain", policy.domain);
  w.textIf("method", policy.method);
  w.text("p", policy.p);
  w.textIf("sp", policy.sp);
  w.textIf("np", policy.np);
  w.textIf("fo", policy.fo);
  w.textIf("adkim", policy.adkim);
  w.textIf("aspf", policy.aspf);
  w.flagIf("t", policy.testing);
  w.endObject();
  return out;
}

std::string encode(const Row& row) {
  std::string out;
  out.reserve(512);
  JsonWriter w(out);
  w.beginObject();
  w.text("ip", row.sourceIp);
  w.text("do", row.disposition);
  w.flagIf("ad", row.dkim);
  w.flagIf("as", row.spf);
  if (!row.reasons.empty()) {
    w.beginArray("why");
    for (const Reason& reason : row.reasons) {
      w.beginObject();
      w.text("t", reason.type);
      w.textIf("c", reason.comment);
      w.endObject();
    }
    w.endArray();
  }
  w.text("hf", row.headerFrom);
  if (row.envelopeFrom) w.text("ef", *row.envelopeFrom);
  if (row.envelopeTo) w.text("et", *row.envelopeTo);
  if (!row.dkimResults.empty()) {
    w.beginArray("dk");
    for (const DkimRow& dkim : row.dkimResults) {
      w.beginObject();
      w.text("d", dkim.domain);
      w.text("s", dkim.selector);
      w.text("r", dkim.result);
      w.textIf("h", dkim.human);
      w.endObject();
    }
    w.endArray();
  }
  if (row.spfResult) {
    w.beginObject("spf");
    w.text("d", row.spfResult->domain);
    w.text("r", row.spfResult->result);
    w.textIf("h", row.spfResult->human);
    w.endObject();
  }
  w.endObject();
  return out;
}

std::string encode(const std::vector<std::string>& words) {
  std::string out;
  JsonWriter w(out);
  w.beginObject();
  w.beginArray("w");
  for (const auto& word : words) w.element(word);
  w.endArray();
  w.endObject();
  return out;
}

std::optional<PublishedPolicy> decodePolicy(std::string_view text) {
  const Document document(text);
  if (!document) return std::nullopt;
  const auto& root = document.root;
  PublishedPolicy out{textOf(root, "domain"), textOf(root, "method"), textOf(root, "p"),
                      textOf(root, "sp"),     textOf(root, "np"),     textOf(root, "fo"),
                      textOf(root, "adkim"),  textOf(root, "aspf"),   truthOf(root, "t")};
  if (out.domain.empty() || out.p.empty()) return std::nullopt;
  return out;
}

std::optional<Row> decodeRow(std::string_view text) {
  const Document document(text);
  if (!document) return std::nullopt;
  const auto& root = document.root;
  Row out;
  out.sourceIp = textOf(root, "ip");
  out.disposition = textOf(root, "do");
  if (out.sourceIp.empty() || out.disposition.empty()) return std::nullopt;
  out.dkim = truthOf(root, "ad");
  out.spf = truthOf(root, "as");
  each(root, "why",
       [&](const dom::element& item) { out.reasons.push_back({textOf(item, "t"), textOf(item, "c")}); });
  out.headerFrom = textOf(root, "hf");
  out.envelopeFrom = optionalText(root, "ef");
  out.envelopeTo = optionalText(root, "et");
  each(root, "dk", [&](const dom::element& item) {
    out.dkimResults.push_back({textOf(item, "d"), textOf(item, "s"), textOf(item, "r"), textOf(item, "h")});
  });
  dom::element spf;
  if (root["spf"].get(spf) == simdjson::SUCCESS) {
    out.spfResult = SpfRow{textOf(spf, "d"), textOf(spf, "r"), textOf(spf, "h")};
  }
  return out;
}

std::optional<std::vector<std::string>> decodeWords(std::string_view text) {
  const Document document(text);
  if (!document) return std::nullopt;
  std::vector<std::string> out;
  each(document.root, "w", [&](const dom::element& item) {
    std::string_view word;
    if (item.get(word) == simdjson::SUCCESS) out.emplace_back(word);
  });
  return out;
}

}  // namespace alignd::reporting
