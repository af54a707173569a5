// /etc/resolv.conf: the servers in it, and whether it has changed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>

#include "dns/data/server_address.h"

namespace alignd::dns {

/// The nameserver lines (resolv.conf(5)), port 53, at most 8. Addresses with a zone (fe80::1%eth0) and
/// everything else are skipped. None: 127.0.0.1, as the manual says.
std::vector<ServerAddress> parseResolvConf(std::string_view text);

/// Watches by looking: a file that is replaced, or a link that is turned elsewhere, has another inode or
/// another time.
class ResolvConf {
 public:
  explicit ResolvConf(std::string path) : path_(std::move(path)) {}

  /// The servers, when the file is not what it was at the last call (always at the first). A file that cannot
  /// be read counts as empty.
  std::optional<std::vector<ServerAddress>> changed();

 private:
  struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = -1;
    timespec modified{};
    bool operator==(const Stamp& other) const;
  };
  Stamp look() const;

  std::string path_;
  std::optional<Stamp> last_;
};

}  // namespace alignd::dns
