#include "milter/journal_sink.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

namespace alignd::milter {

namespace {

constexpr std::string_view kBefore = "PRIORITY=6\nSYSLOG_IDENTIFIER=alignd\nMESSAGE=";

iovec part(std::string_view text) {
  return {const_cast<char*>(text.data()), text.size()};  // sendmsg and writev do not write there
}

bool writeAll(int file, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// An empty datagram that brings a descriptor.
bool sendDescriptor(int socket, int descriptor) {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
  return ::sendmsg(socket, &message, MSG_NOSIGNAL) >= 0;
}

// The journal reads only files that nobody can change any more.
bool sendAsFile(int socket, std::string_view line) {
  const int file = ::memfd_create("verdict", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0) return false;
  const bool sent =
      writeAll(file, kBefore) && writeAll(file, line) &&
      ::fcntl(file, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0 &&
      sendDescriptor(socket, file);
  const int reason = errno;
  ::close(file);
  errno = reason;
  return sent;
}

}  // namespace

JournalSink::JournalSink(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof(address.sun_path) - 1));
  if (socket_ >= 0 && ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0)
    return;
  const int reason = errno;
  if (socket_ >= 0) ::close(socket_);
  throw std::system_error(reason, std::generic_category(), "the journal's socket");
}

JournalSink::~JournalSink() {
  ::close(socket_);
}

bool JournalSink::write(std::string_view line) noexcept {
  std::array<iovec, 2> parts{part(kBefore), part(line)};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  if (::sendmsg(socket_, &message, MSG_NOSIGNAL) >= 0) return true;
  return (errno == EMSGSIZE || errno == ENOBUFS) && sendAsFile(socket_, line);
}

}  // namespace alignd::milter
