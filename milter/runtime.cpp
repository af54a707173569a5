#include "milter/runtime.h"

#include <algorithm>
#include <array>

#include <unistd.h>

#include "conf/bind.h"
#include "conf/writer.h"

namespace alignd::milter {

namespace {

std::string hostName() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return name.data();
}

std::string dnsText(const conf::Settings& settings) {
  std::string out;
  conf::Writer writer(out);
  conf::Settings copy = settings;
  conf::bindDns(writer, copy);
  return out;
}

Methods methodsOf(const std::vector<std::string>& words) {
  const auto has = [&](std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  return {has("iprev"), has("spf"), has("dkim"), has("arc"), has("dmarc")};
}

}  // namespace

std::shared_ptr<const Runtime> makeRuntime(conf::Settings settings, const Runtime* previous) {
  auto runtime = std::make_shared<Runtime>();
  runtime->settings = std::move(settings);
  conf::Settings& own = runtime->settings;
  auto& field = own.authenticationResults.field;
  if (field.authservId.empty()) field.authservId = hostName();
  own.verification.spf.receiver = field.authservId;
  runtime->verification = std::make_shared<const VerificationOptions>(own.verification);
  runtime->upstream = {own.trust.upstreamNetworks, own.trust.upstreamIds};
  runtime->upstreamMethods = methodsOf(own.trust.upstreamMethods);
  // Theirs are ours as well: from everybody else they are removed.
  field.additionalIds.insert(field.additionalIds.end(), own.trust.upstreamIds.begin(),
                             own.trust.upstreamIds.end());
  runtime->format =
      own.log.format == conf::VerdictFormat::Json ? report::Format::Json : report::Format::KeyValue;
  const bool same = previous != nullptr && dnsText(previous->settings) == dnsText(own);
  runtime->dns = same ? previous->dns : std::make_shared<dns::Service>(own.dns);
  return runtime;
}

}  // namespace alignd::milter
