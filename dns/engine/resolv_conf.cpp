#include "dns/engine/resolv_conf.h"

#include <fstream>
#include <utility>
#include <variant>

#include "dns/data/ascii.h"

namespace alignd::dns {

namespace {

constexpr std::size_t kMaxServers = 8;
constexpr std::streamsize kMaxFile = 65536;

// The next word of the line, blanks taken off.
std::string_view word(std::string_view& line) {
  line = ascii::trimWsp(line);
  const auto end = line.find_first_of(" \t");
  const auto out = line.substr(0, end);
  line.remove_prefix(out.size());
  return out;
}

}  // namespace

std::vector<ServerAddress> parseResolvConf(std::string_view text) {
  std::vector<ServerAddress> out;
  while (!text.empty() && out.size() < kMaxServers) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word(line) != "nameserver") continue;
    auto value = word(line);
    if (value.ends_with('\r')) value.remove_suffix(1);
    if (const auto address = IpAddress::parse(value)) out.push_back({*address, 53});
  }
  if (out.empty()) out.push_back({IpAddress::v4({127, 0, 0, 1}), 53});
  return out;
}

bool ResolvConf::Stamp::operator==(const Stamp& other) const {
  return device == other.device && inode == other.inode && size == other.size &&
         modified.tv_sec == other.modified.tv_sec && modified.tv_nsec == other.modified.tv_nsec;
}

ResolvConf::Stamp ResolvConf::look() const {
  struct stat info{};
  if (stat(path_.c_str(), &info) != 0) return {};
  return {info.st_dev, info.st_ino, info.st_size, info.st_mtim};
}

std::optional<std::vector<ServerAddress>> ResolvConf::changed() {
  const Stamp now = look();
  if (last_ && *last_ == now) return std::nullopt;
  last_ = now;
  std::string text(static_cast<std::size_t>(kMaxFile), '\0');
  std::ifstream file(path_, std::ios::binary);
  file.read(text.data(), kMaxFile);
  text.resize(static_cast<std::size_t>(file.gcount()));
  return parseResolvConf(text);
}

}  // namespace alignd::dns
