// One mail to one mailbox, by SMTP or by the sendmail program.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "reporting/options.h"

namespace alignd::reporting {

enum class Handed {
  Accepted,
  Temporary,    // the MTA said so, or broke off: later
  Permanent,    // it refused this mail
  Unreachable,  // the MTA itself: no use to try the others now
  Held,         // `beforeEnd` said no: nothing was sent
  InDoubt,      // the mail was complete, and no answer came
};

struct Reply {
  Handed handed = Handed::Temporary;
  std::string text;  // the MTA's last words, or ours
};

class Transport {
 public:
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  /// `message` has CRLF line ends. `beforeEnd` is called once, when all of it is written but not its end: until it has
  /// given true, the mail is not the MTA's.
  virtual Reply hand(const std::string& from, const std::string& to, std::string_view message,
                     const std::function<bool()>& beforeEnd) = 0;
};

/// As the settings have it. Throws std::runtime_error when the password cannot be read.
std::unique_ptr<Transport> openTransport(const Options& options);
std::unique_ptr<Transport> openSmtp(const Options& options, std::string password);
std::unique_ptr<Transport> openSendmail(const Options& options);

}  // namespace alignd::reporting
