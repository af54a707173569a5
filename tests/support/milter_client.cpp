#include "tests/support/milter_client.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "conf/socket_address.h"
#include "milter/kick.h"

namespace alignd::test {

namespace {

constexpr time_t kPatience = 30;  // seconds without an octet

void appendNumber(std::string& out, std::uint32_t value) {
  for (const unsigned shift : {24U, 16U, 8U, 0U}) out += static_cast<char>(value >> shift & 0xffU);
}

std::uint32_t numberAt(std::string_view bytes, std::size_t at) {
  if (bytes.size() < at + 4) throw MilterError("a packet is too short");
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

std::string withNul(std::string_view text) {
  std::string out(text);
  out += '\0';
  return out;
}

// "name\0value\0"
std::pair<std::string, std::string> twoStrings(std::string_view bytes) {
  const auto first = bytes.find('\0');
  const auto second = first == std::string_view::npos ? first : bytes.find('\0', first + 1);
  if (second == std::string_view::npos || second + 1 != bytes.size() || first == 0) {
    throw MilterError("a header edit is not two strings");
  }
  return {std::string(bytes.substr(0, first)), std::string(bytes.substr(first + 1, second - first - 1))};
}

HeaderEdit editOf(char command, std::string_view payload) {
  HeaderEdit edit;
  if (command != 'h') {
    edit.index = numberAt(payload, 0);
    payload.remove_prefix(4);
  }
  std::tie(edit.name, edit.value) = twoStrings(payload);
  using Kind = HeaderEdit::Kind;
  edit.kind = command == 'h'       ? Kind::Add
              : command == 'i'     ? Kind::Insert
              : edit.value.empty() ? Kind::Delete
                                   : Kind::Change;
  return edit;
}

}  // namespace

std::vector<std::string> EndReply::inserted(std::string_view name) const {
  std::vector<std::string> out;
  for (const auto& edit : edits) {
    if (edit.kind == HeaderEdit::Kind::Insert && edit.name == name) out.push_back(edit.value);
  }
  return out;
}

std::vector<std::uint32_t> EndReply::deleted(std::string_view name) const {
  std::vector<std::uint32_t> out;
  for (const auto& edit : edits) {
    if (edit.kind == HeaderEdit::Kind::Delete && edit.name == name) out.push_back(edit.index);
  }
  return out;
}

Offer offerOf(std::uint32_t version) {
  switch (version) {
    case 2: return {2, 0x3f, 0x7f};
    case 3: return {3, 0x3f, 0x17f};
    case 4: return {4, 0x3f, 0x37f};
    default: return {version, 0x1ff, 0x1fffff};
  }
}

MilterClient::MilterClient(const std::string& socket, Offer offer) {
  const auto parsed = conf::parseSocketAddress(socket);
  sockaddr_storage address{};
  const socklen_t length = milter::fillAddress(std::get<conf::SocketAddress>(parsed), address);
  socket_ = ::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{kPatience, 0};
  (void)::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  (void)::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  // Each event goes at once: these scripts do not gather events as Postfix does.
  const int yes = 1;
  if (address.ss_family != AF_UNIX) (void)::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), length) != 0) {
    const std::string reason = std::strerror(errno);
    ::close(socket_);
    throw MilterError("connect: " + reason);
  }
  std::string payload;
  appendNumber(payload, offer.version);
  appendNumber(payload, offer.actions);
  appendNumber(payload, offer.steps);
  try {
    send('O', payload);
    const auto [command, answer] = receive();
    if (command != 'O') throw MilterError("no answer to the negotiation");
    version_ = numberAt(answer, 0);
    actions_ = numberAt(answer, 4);
    steps_ = numberAt(answer, 8);
    if (version_ > offer.version) throw MilterError("a version above ours");
    if ((actions_ & ~offer.actions) != 0) throw MilterError("actions that were not offered");
    if ((steps_ & ~offer.steps) != 0) throw MilterError("protocol steps that were not offered");
  } catch (...) {
    ::close(socket_);
    throw;
  }
}

MilterClient::~MilterClient() {
  hangUp();
}

void MilterClient::hangUp() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

void MilterClient::send(char command, std::string_view payload) {
  std::string packet;
  appendNumber(packet, static_cast<std::uint32_t>(payload.size() + 1));
  packet += command;
  packet += payload;
  std::string_view rest = packet;
  while (!rest.empty()) {
    const auto sent = ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent <= 0) throw MilterError(std::string("send: ") + std::strerror(errno));
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void MilterClient::receiveAll(char* to, std::size_t size) {
  while (size > 0) {
    const auto got = ::recv(socket_, to, size, 0);
    if (got == 0) throw MilterClosed("the milter closed the connection");
    if (got < 0) throw MilterError(std::string("receive: ") + std::strerror(errno));
    to += got;
    size -= static_cast<std::size_t>(got);
  }
}

std::pair<char, std::string> MilterClient::receive() {
  std::array<char, 4> length{};
  receiveAll(length.data(), length.size());
  const std::uint32_t size = numberAt({length.data(), length.size()}, 0);
  if (size == 0 || size > 64U << 20U) throw MilterError("a packet of an impossible size");
  std::string packet(size, '\0');
  receiveAll(packet.data(), packet.size());
  return {packet[0], packet.substr(1)};
}

Reply MilterClient::replyOf(char command) {
  switch (command) {
    case 'c': return Reply::Continue;
    case 'a': return Reply::Accept;
    case 'r': return Reply::Reject;
    case 't': return Reply::TempFail;
    case 'd': return Reply::Discard;
    case 's': return Reply::Skip;
    case 'y': return Reply::ReplyCode;
    case '4': return Reply::Shutdown;
    default: throw MilterError(std::string("an unexpected reply: ") + command);
  }
}

void MilterClient::macros(char command, const Macros& macros) {
  std::string payload(1, command);
  for (const auto& [name, value] : macros) payload += withNul(name) + withNul(value);
  send('D', payload);
}

Reply MilterClient::event(char command, std::string_view payload, std::uint32_t unwanted,
                          std::uint32_t noReply) {
  if ((steps_ & unwanted) != 0) return Reply::NotExpected;
  send(command, payload);
  if ((steps_ & noReply) != 0) return Reply::NotExpected;
  return replyOf(receive().first);
}

Reply MilterClient::connect(std::string_view name, std::string_view address, const Macros& given) {
  macros('C', given);
  std::string payload = withNul(name);
  payload += address.find(':') == std::string_view::npos ? '4' : '6';
  payload += std::string_view("\x30\x39", 2);  // port 12345
  return event('C', payload + withNul(address), 1U << 0U, 1U << 12U);
}

Reply MilterClient::connectUnknown(std::string_view name, const Macros& given) {
  macros('C', given);
  return event('C', withNul(name) + "U", 1U << 0U, 1U << 12U);
}

Reply MilterClient::helo(std::string_view name) {
  return event('H', withNul(name), 1U << 1U, 1U << 13U);
}

Reply MilterClient::mail(const std::vector<std::string>& arguments, const Macros& given) {
  macros('M', given);
  std::string payload;
  for (const auto& argument : arguments) payload += withNul(argument);
  return event('M', payload, 1U << 2U, 1U << 14U);
}

Reply MilterClient::rcpt(std::string_view path, const Macros& given) {
  macros('R', given);
  return event('R', withNul(path), 1U << 3U, 1U << 15U);
}

Reply MilterClient::data() {
  if (version_ < 4) return Reply::NotExpected;
  return event('T', "", 1U << 9U, 1U << 16U);
}

Reply MilterClient::header(std::string_view name, std::string_view value) {
  if ((steps_ & kStepLeadingSpace) == 0 && value.starts_with(' ')) value.remove_prefix(1);
  return event('L', withNul(name) + withNul(value), 1U << 5U, kStepNoReplyHeader);
}

Reply MilterClient::endOfHeader() {
  return event('N', "", 1U << 6U, 1U << 18U);
}

Reply MilterClient::body(std::string_view chunk) {
  return event('B', chunk, 1U << 4U, 1U << 19U);
}

EndReply MilterClient::endOfMessage(const Macros& given, std::string_view lastChunk) {
  sendEndOfMessage(given, lastChunk);
  return receiveReply();
}

void MilterClient::sendEndOfMessage(const Macros& given, std::string_view lastChunk) {
  macros('E', given);
  send('E', lastChunk);
}

EndReply MilterClient::receiveReply() {
  EndReply end;
  for (;;) {
    const auto [command, payload] = receive();
    if (command == 'h' || command == 'i' || command == 'm') {
      end.edits.push_back(editOf(command, payload));
    } else if (command == 'q') {
      end.quarantine = payload.substr(0, payload.find('\0'));
    } else if (command != 'p') {
      end.reply = replyOf(command);
      if (end.reply == Reply::ReplyCode) end.smtp = payload.substr(0, payload.find('\0'));
      return end;
    }
  }
}

void MilterClient::abort() {
  send('A', "");
}

void MilterClient::quit() {
  send('Q', "");
  hangUp();
}

std::vector<EndReply> MilterClient::quitAndListen() {
  send('Q', "");
  std::vector<EndReply> out;
  try {
    for (;;) out.push_back(receiveReply());
  } catch (const MilterClosed&) {
    hangUp();
  }
  return out;
}

void MilterClient::quitNewConnection() {
  send('K', "");
}

}  // namespace alignd::test
