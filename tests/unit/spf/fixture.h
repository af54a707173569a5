// Zones in a line and evaluations over them.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "dns/table/lookups.h"
#include "dns/zone/zone.h"
#include "verifier/spf/evaluate.h"

namespace alignd::spf {

inline dns::Name nameOf(std::string_view text) {
  auto name = dns::Name::parse(text);
  if (!name) throw std::invalid_argument("no name: " + std::string(text));
  return *name;
}

class ZoneBuilder {
 public:
  ZoneBuilder& txt(std::string_view name, std::string text) {
    return add(name, dns::Type::TXT, std::move(text));
  }
  ZoneBuilder& address(std::string_view name, std::string_view text) {
    const auto ip = IpAddress::parse(text).value();
    return add(name, ip.isV4() ? dns::Type::A : dns::Type::AAAA, ip);
  }
  ZoneBuilder& mx(std::string_view name, std::string_view host) {
    return add(name, dns::Type::MX, dns::Mx{10, nameOf(host)});
  }
  ZoneBuilder& ptr(std::string_view name, std::string_view host) {
    return add(name, dns::Type::PTR, nameOf(host));
  }
  ZoneBuilder& cname(std::string_view name, std::string_view to) {
    return add(name, dns::Type::CNAME, nameOf(to));
  }
  ZoneBuilder& fail(std::string_view name, dns::Status status = dns::Status::Timeout) {
    changes_.emplace_back(
        [name = nameOf(name), status](dns::Zone& zone) { zone.fail(name, nullptr, status); });
    return *this;
  }
  std::shared_ptr<dns::Zone> zone() const {
    auto out = std::make_shared<dns::Zone>();
    for (const auto& change : changes_) change(*out);
    return out;
  }

 private:
  template <class Data>
  ZoneBuilder& add(std::string_view name, dns::Type type, Data data) {
    changes_.emplace_back(
        [name = nameOf(name), type, data](dns::Zone& zone) { zone.add(name, type, dns::Record{300, data}); });
    return *this;
  }
  std::vector<std::function<void(dns::Zone&)>> changes_;
};

inline Request requestFrom(std::string_view client, std::string mailFrom = "user@example.com",
                           std::string helo = "mail.example.com") {
  Request request;
  request.client = IpAddress::parse(client).value();
  request.mailFrom = std::move(mailFrom);
  request.helo = std::move(helo);
  request.receiver = "mx.example.org";
  request.now = UnixTime(std::chrono::seconds(1'700'000'000));
  return request;
}

/// Evaluates over answers that are there at once.
inline Result evaluateOver(const ZoneBuilder& zone, const Request& request, const Options& options = {},
                           Trace* trace = nullptr) {
  dns::Lookups lookups(std::make_shared<dns::ZoneResolver>(zone.zone()), {});
  return evaluate(request, options, lookups, trace).value();
}

/// The result word for a client over one record at example.com (and whatever else the zone holds).
inline std::string resultOf(ZoneBuilder zone, std::string record, std::string_view client = "192.0.2.1",
                            const Options& options = {}) {
  zone.txt("example.com", std::move(record));
  return std::string(statusWord(evaluateOver(zone, requestFrom(client), options).status));
}

}  // namespace alignd::spf
