#include "milter/runtime.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include <unistd.h>

#include "conf/bind.h"
#include "conf/writer.h"

namespace alignd::milter {

namespace {

constexpr std::size_t kLeastKey = 16;
constexpr std::size_t kMostKey = 1024;

std::string dnsText(const conf::Settings& settings) {
  std::string out;
  conf::Writer writer(out);
  conf::Settings copy = settings;
  conf::bindDns(writer, copy);
  return out;
}

// Of this process: whoever has the lines alone cannot guess what was hashed.
const std::string& processKey() {
  static const std::string key = [] {
    std::string octets(32, '\0');
    if (::getentropy(octets.data(), octets.size()) != 0) {
      throw std::system_error(errno, std::generic_category(), "no random octets");
    }
    return octets;
  }();
  return key;
}

std::string localPartsKey(const conf::Log& log) {
  if (log.localParts != report::LocalParts::Hash) return {};
  if (log.localPartsKeyFile.empty()) return processKey();
  std::ifstream file(log.localPartsKeyFile, std::ios::binary);
  std::string key(kMostKey + 1, '\0');
  file.read(key.data(), static_cast<std::streamsize>(key.size()));
  key.resize(static_cast<std::size_t>(file.gcount()));
  // What an editor or a shell puts behind it is no part of it.
  while (key.ends_with('\n') || key.ends_with('\r')) key.pop_back();
  if (key.size() < kLeastKey || key.size() > kMostKey) {
    throw std::runtime_error("[log] local_parts_key_file = \"" + log.localPartsKeyFile + "\": " +
                             (key.empty() ? "cannot be read, or is empty" : "must have 16 to 1024 octets"));
  }
  return key;
}

Methods methodsOf(const std::vector<std::string>& words) {
  const auto has = [&](std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  return {has("iprev"), has("spf"), has("dkim"), has("arc"), has("dmarc")};
}

}  // namespace

std::string hostName() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return name.data();
}

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
  runtime->localPartsKey = localPartsKey(own.log);
  const bool same = previous != nullptr && dnsText(previous->settings) == dnsText(own);
  runtime->dns = same ? previous->dns : std::make_shared<dns::Service>(own.dns);
  runtime->resolver = runtime->dns->resolver();
  return runtime;
}

}  // namespace alignd::milter
