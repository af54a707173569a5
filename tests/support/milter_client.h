// The MTA's side of the milter protocol, as a script: each call sends one event and says what came back.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alignd::test {

/// The milter broke the protocol, closed the connection, or was silent for too long.
struct MilterError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Of these: the connection came to its end.
struct MilterClosed : MilterError {
  using MilterError::MilterError;
};

enum class Reply { NotExpected, Continue, Accept, Reject, TempFail, Discard, Skip, ReplyCode, Shutdown };

struct HeaderEdit {
  enum class Kind { Add, Insert, Change, Delete } kind = Kind::Add;
  std::uint32_t index = 0;
  std::string name;
  std::string value;
};

/// All that came back at end of message.
struct EndReply {
  Reply reply = Reply::NotExpected;
  std::string smtp;  // of ReplyCode
  std::vector<HeaderEdit> edits;
  std::optional<std::string> quarantine;
  /// The values that were inserted for this field name.
  std::vector<std::string> inserted(std::string_view name) const;
  /// The indices that were deleted for this field name, in order.
  std::vector<std::uint32_t> deleted(std::string_view name) const;
};

struct Offer {
  std::uint32_t version = 6;
  std::uint32_t actions = 0x1ff;
  std::uint32_t steps = 0x1fffff;
};
// Bits of both (libmilter/mfapi.h, libmilter/mfdef.h).
inline constexpr std::uint32_t kStepSkip = 1U << 10U;
inline constexpr std::uint32_t kStepNoReplyHeader = 1U << 7U;
inline constexpr std::uint32_t kStepNoData = 1U << 9U;
inline constexpr std::uint32_t kStepNoReplyRecipient = 1U << 15U;
inline constexpr std::uint32_t kStepNoReplyBody = 1U << 19U;
inline constexpr std::uint32_t kStepLeadingSpace = 1U << 20U;
inline constexpr std::uint32_t kActionQuarantine = 1U << 5U;

/// The offer that an MTA of this protocol version makes.
Offer offerOf(std::uint32_t version);

using Macros = std::map<std::string, std::string>;

/// One connection.
class MilterClient {
 public:
  /// `socket` as in settings: "unix:/path" or "inet:port@127.0.0.1". Connects and negotiates.
  explicit MilterClient(const std::string& socket, Offer offer = {});
  MilterClient(const MilterClient&) = delete;
  MilterClient& operator=(const MilterClient&) = delete;
  /// Closes without a word.
  ~MilterClient();

  std::uint32_t version() const { return version_; }
  std::uint32_t actions() const { return actions_; }
  std::uint32_t steps() const { return steps_; }

  // Events; `macros` go before each. NotExpected where the milter said that it would not answer, or does not want
  // the event.
  Reply connect(std::string_view name, std::string_view address, const Macros& macros = {});
  /// Without an address, as for mail that was submitted locally.
  Reply connectUnknown(std::string_view name, const Macros& macros = {});
  Reply helo(std::string_view name);
  Reply mail(const std::vector<std::string>& arguments, const Macros& macros = {});
  Reply rcpt(std::string_view path, const Macros& macros = {});
  Reply data();
  /// `value` with its leading blank, as it stands in the message; folds as LF. The blank is taken away when the milter
  /// did not ask for it.
  Reply header(std::string_view name, std::string_view value);
  Reply endOfHeader();
  /// At most 65,535 octets a call.
  Reply body(std::string_view chunk);
  EndReply endOfMessage(const Macros& macros = {}, std::string_view lastChunk = {});
  /// The same in two steps, for several connections whose messages end at once.
  void sendEndOfMessage(const Macros& macros = {}, std::string_view lastChunk = {});
  EndReply receiveReply();
  void abort();
  void quit();
  /// QUIT_NC: the connection stays, for another client of the MTA.
  void quitNewConnection();
  /// Ends the connection in the middle of whatever it is.
  void hangUp();
  /// Says that this is all, and reads to the end of the connection: every reply that came and was not read, those to
  /// the body too.
  std::vector<EndReply> quitAndListen();
  /// Any packet at all. Does not wait for a reply.
  void send(char command, std::string_view payload);

 private:
  Reply event(char command, std::string_view payload, std::uint32_t unwanted, std::uint32_t noReply);
  void macros(char command, const Macros& macros);
  std::pair<char, std::string> receive();
  void receiveAll(char* to, std::size_t size);
  static Reply replyOf(char command);

  int socket_ = -1;
  std::uint32_t version_ = 0;
  std::uint32_t actions_ = 0;
  std::uint32_t steps_ = 0;
};

}  // namespace alignd::test
