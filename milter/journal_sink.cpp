#include "milter/journal_sink.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "dns/data/ascii.h"

namespace alignd::milter {

namespace {

constexpr std::string_view kBefore = "PRIORITY=6\nSYSLOG_IDENTIFIER=alignd\n";
constexpr std::string_view kMessage = "MESSAGE=";
constexpr std::size_t kMaxField = 512;

iovec part(std::string_view text) {
  return {const_cast<char*>(text.data()), text.size()};  // sendmsg and writev do not write there
}

// The parts of one entry, in order; none is a copy.
class Entry {
 public:
  Entry(std::string_view line, const LineFields& fields) {
    add(kBefore);
    field("ALIGND_QUEUE_ID=", fields.queueId);
    field("ALIGND_FROM=", fields.from);
    field("ALIGND_DMARC=", fields.dmarc);
    field("ALIGND_WHY=", fields.why);
    field("ALIGND_ACTION=", fields.action);
    add(kMessage);
    add(line);
  }
  iovec* data() { return parts_.data(); }
  std::size_t size() const { return size_; }

 private:
  void add(std::string_view text) { parts_[size_++] = part(text); }
  // A line end within a value would begin another field: what has a control is no value.
  void field(std::string_view name, std::string_view value) {
    if (value.empty() || value.size() > kMaxField ||
        std::any_of(value.begin(), value.end(), ascii::isControl))
      return;
    add(name);
    add(value);
    add("\n");
  }
  std::array<iovec, 3 + 5 * 3> parts_{};
  std::size_t size_ = 0;
};

bool writeAll(int file, Entry& entry) {
  iovec* part = entry.data();
  for (std::size_t left = entry.size(); left > 0;) {
    const auto written = ::writev(file, part, static_cast<int>(left));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    auto done = static_cast<std::size_t>(written);
    for (; left > 0 && done >= part->iov_len; ++part, --left) done -= part->iov_len;
    if (left == 0) return true;
    part->iov_base = static_cast<char*>(part->iov_base) + done;
    part->iov_len -= done;
  }
  return true;
}

// An empty datagram that brings a descriptor.
bool sendDescriptor(LogSocket& socket, int descriptor) {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
  return socket.send(message);
}

// The journal reads only files that nobody can change any more.
bool sendAsFile(LogSocket& socket, Entry& entry) {
  const int file = ::memfd_create("verdict", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0) return false;
  const bool sent =
      writeAll(file, entry) &&
      ::fcntl(file, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0 &&
      sendDescriptor(socket, file);
  const int reason = errno;
  ::close(file);
  errno = reason;
  return sent;
}

}  // namespace

bool JournalSink::write(std::string_view line, const LineFields& fields) noexcept {
  Entry entry(line, fields);
  msghdr message{};
  message.msg_iov = entry.data();
  message.msg_iovlen = entry.size();
  if (socket_.send(message)) return true;
  return (errno == EMSGSIZE || errno == ENOBUFS) && sendAsFile(socket_, entry);
}

}  // namespace alignd::milter
