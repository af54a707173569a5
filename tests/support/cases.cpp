#include "tests/support/cases.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "verifier/message/split.h"

namespace alignd::test {

namespace {

using nlohmann::json;

std::filesystem::path root() {
  return std::filesystem::path(ALIGND_SHARED) / "conformance";
}

std::string readFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

dns::Status behavior(const std::string& word) {
  return word == "timeout" ? dns::Status::Timeout : dns::Status::ServerFailure;
}

std::optional<dns::Record> record(dns::Type type, const json& value) {
  constexpr std::uint32_t kTtl = 300;
  switch (type) {
    case dns::Type::TXT: {
      if (value.is_string()) return dns::Record{kTtl, octets(value)};
      std::string joined;
      for (const auto& part : value) joined += octets(part);
      return dns::Record{kTtl, joined};
    }
    case dns::Type::A:
    case dns::Type::AAAA: {
      const auto address = IpAddress::parse(value.get<std::string>());
      if (!address) return std::nullopt;
      return dns::Record{kTtl, *address};
    }
    case dns::Type::MX: {
      const auto exchange = dns::Name::parse(octets(value.at(1)));
      if (!exchange) return std::nullopt;
      return dns::Record{kTtl, dns::Mx{value.at(0).get<std::uint16_t>(), *exchange}};
    }
    default: {
      const auto target = dns::Name::parse(octets(value));
      if (!target) return std::nullopt;
      return dns::Record{kTtl, *target};
    }
  }
}

// Where a suite and the current RFCs disagree and the suite does not say so itself: what the RFC says.
struct Dispute {
  std::string_view suite;
  std::string_view id;
  std::string_view mechanism;
  std::string_view result;
};
constexpr Dispute kDisputes[] = {
    // The key of an rsa-sha1 signature is out of reach; the suite wants temperror. RFC 8301 section 3.1: such
    // signatures "have permanently failed evaluation", whatever the key; it is not even looked up.
    {"mail-dkim", "badkey_14", "dkim", "policy"},
    {"mail-dkim", "badkey_15", "dkim", "policy"},
    // The only record stands at the author's subdomain. RFC 9989 section 4.10.2: that name is the author's
    // organizational domain, and example.com, which has no record on its walk, is its own. By a public suffix
    // list,
    // which the suite goes by, they would be one.
    {"mailauth", "align-relaxed", "dmarc", "fail"},
};

json settled(const Case& one, json expect) {
  for (const Dispute& dispute : kDisputes) {
    if (one.suite != dispute.suite || one.id != dispute.id) continue;
    if (dispute.mechanism == "dkim") {
      for (auto& entry : expect["dkim"]) entry["result"] = {std::string(dispute.result)};
    } else {
      expect[std::string(dispute.mechanism)] = {std::string(dispute.result)};
    }
  }
  return expect;
}

json merged(json base, const json& over) {
  if (over.is_object()) base.update(over);
  return base;
}

}  // namespace

std::string octets(const std::string& utf8) {
  std::string out;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte < 0x80 || i + 1 >= utf8.size()) {
      out += utf8[i];
    } else {
      out += static_cast<char>(((byte & 0x03) << 6) | (static_cast<unsigned char>(utf8[++i]) & 0x3f));
    }
  }
  return out;
}

std::string Case::text(const char* key) const {
  const auto found = json.find(key);
  return found == json.end() || found->is_null() ? "" : octets(found->get<std::string>());
}

std::optional<std::int64_t> Case::time() const {
  const auto found = json.find("time");
  if (found == json.end() || found->is_null()) return std::nullopt;
  return found->get<std::int64_t>();
}

UnixTime Case::arrival() const {
  return UnixTime(std::chrono::seconds(time().value_or(1'760'000'000)));
}

json Case::expect() const {
  return settled(
      *this, merged(json.value("expect", nlohmann::json::object()), json.value("dispute", nlohmann::json())));
}

json Case::expectPostfix() const {
  return merged(expect(), json.value("expect_postfix", nlohmann::json()));
}

bool sharedPresent() {
  return std::filesystem::is_directory(root());
}

std::vector<Case> loadSuite(const std::string& suite) {
  const auto folder = root() / suite;
  std::ifstream in(folder / "cases.jsonl");
  if (!in) throw std::runtime_error("no suite " + folder.string());
  std::vector<Case> out;
  std::string line;
  while (std::getline(in, line)) {
    if (line.empty()) continue;
    Case one;
    one.json = json::parse(line);
    one.id = one.json.at("id");
    one.suite = suite;
    if (const auto& file = one.json.value("message", nlohmann::json()); file.is_string()) {
      one.message = readFile(folder / file.get<std::string>());
    }
    one.zone = zoneFromJson(one.json.value("zone", nlohmann::json::object()));
    out.push_back(std::move(one));
  }
  return out;
}

std::shared_ptr<dns::Zone> zoneFromJson(const json& zone) {
  static const std::vector<std::pair<std::string, dns::Type>> kTypes{
      {"TXT", dns::Type::TXT}, {"A", dns::Type::A},         {"AAAA", dns::Type::AAAA}, {"MX", dns::Type::MX},
      {"PTR", dns::Type::PTR}, {"CNAME", dns::Type::CNAME}, {"NS", dns::Type::NS}};
  auto out = std::make_shared<dns::Zone>();
  for (const auto& [text, entry] : zone.items()) {
    const auto name = dns::Name::parse(octets(text));
    if (!name) continue;  // cannot be asked either
    for (const auto& [word, type] : kTypes) {
      const auto values = entry.find(word);
      if (values == entry.end()) continue;
      for (const auto& value : *values) {
        if (auto made = record(type, value)) out->add(*name, type, std::move(*made));
      }
    }
    if (const auto failure = entry.find("behavior"); failure != entry.end()) {
      out->fail(*name, nullptr, behavior(*failure));
    }
  }
  return out;
}

SplitMessage splitMessage(const std::string& raw) {
  SplitMessage out;
  const message::SplitMessage parts = message::split(raw);
  for (const auto& field : parts.fields) out.header.add(field);
  out.body = parts.body;
  return out;
}

}  // namespace alignd::test
