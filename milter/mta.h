// What the end of a message may ask of the MTA. glue.cpp speaks libmilter behind it; tests play it.
#pragma once

#include <string>
#include <string_view>

namespace alignd::milter {

class Mta {
 public:
  Mta() = default;
  Mta(const Mta&) = delete;
  Mta& operator=(const Mta&) = delete;
  virtual ~Mta() = default;

  /// The value of a macro, `i` or `{auth_type}`; empty when the MTA has not sent it.
  virtual std::string macro(const char* name) = 0;

  // At end of message only. Each says whether the MTA was told.
  /// Removes the `ordinal`th field (from 1) among those named `name`, in any case.
  virtual bool removeField(const char* name, int ordinal) = 0;
  /// Puts a field above all others. Folds in `value` are CRLF + WSP; no leading blank.
  virtual bool prependField(const std::string& name, const std::string& value) = 0;
  virtual bool appendField(const std::string& name, const std::string& value) = 0;
  virtual bool quarantine(const std::string& reason) = 0;
  /// What a refusal is to say: "550", "5.7.1", text of one line.
  virtual bool setReply(const std::string& code, const std::string& enhanced, const std::string& text) = 0;
};

}  // namespace alignd::milter
