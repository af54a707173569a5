#include <algorithm>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include <curl/curl.h>

#include "dns/data/ascii.h"
#include "reporting/send/transport.h"

namespace alignd::reporting {

namespace {

using ascii::cat;

// What the callbacks of one mail share. No exception crosses them.
struct Upload {
  std::string_view rest;
  const std::function<bool()>* beforeEnd = nullptr;
  bool ended = false;
  bool held = false;
  std::string failure;
  std::string last;  // line of the server
};

std::size_t giveMore(char* buffer, std::size_t size, std::size_t count, void* data) {
  auto& upload = *static_cast<Upload*>(data);
  const std::size_t room = size * count;
  if (!upload.rest.empty()) {
    const std::size_t step = std::min(room, upload.rest.size());
    std::memcpy(buffer, upload.rest.data(), step);
    upload.rest.remove_prefix(step);
    return step;
  }
  if (upload.ended) return 0;
  try {
    upload.ended = (*upload.beforeEnd)();
    upload.held = !upload.ended;
  } catch (const std::exception& error) {
    upload.failure = error.what();
  }
  return upload.ended ? 0 : CURL_READFUNC_ABORT;
}

std::size_t takeLine(char* text, std::size_t size, std::size_t count, void* data) {
  auto& upload = *static_cast<Upload*>(data);
  upload.last.assign(text, std::min<std::size_t>(size * count, 512));
  while (!upload.last.empty() && (upload.last.back() == '\n' || upload.last.back() == '\r'))
    upload.last.pop_back();
  return size * count;
}

class Smtp final : public Transport {
 public:
  Smtp(const Options& options, std::string password) : options_(options), password_(std::move(password)) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    curl_ = curl_easy_init();
    if (curl_ == nullptr) throw std::runtime_error("libcurl cannot be started");
  }
  ~Smtp() override {
    curl_easy_cleanup(curl_);
    curl_global_cleanup();
  }

  Reply hand(const std::string& from, const std::string& to, std::string_view message,
             const std::function<bool()>& beforeEnd) override {
    Upload upload{message, &beforeEnd, false, false, {}, {}};
    curl_slist* recipients = curl_slist_append(nullptr, cat({"<", to, ">"}).c_str());
    curl_easy_reset(curl_);
    set(from, recipients, upload);
    const CURLcode code = curl_easy_perform(curl_);
    curl_slist_free_all(recipients);
    if (!upload.failure.empty()) throw std::runtime_error(upload.failure);
    return judge(code, upload);
  }

 private:
  void set(const std::string& from, curl_slist* recipients, Upload& upload) {
    // The path of the URL is what EHLO says.
    curl_easy_setopt(curl_, CURLOPT_URL, cat({options_.smtp, "/", options_.domain}).c_str());
    curl_easy_setopt(curl_, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl_, CURLOPT_PROXY, "");
    curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl_, CURLOPT_TIMEOUT, static_cast<long>(options_.timeout.count()));
    const long use = options_.tls == Tls::Never    ? CURLUSESSL_NONE
                     : options_.tls == Tls::Always ? CURLUSESSL_ALL
                                                   : CURLUSESSL_TRY;
    curl_easy_setopt(curl_, CURLOPT_USE_SSL, use);
    // Where TLS is only offered, a name that does not fit is still better than none.
    const bool check = options_.tls == Tls::Always || options_.smtp.starts_with("smtps:");
    curl_easy_setopt(curl_, CURLOPT_SSL_VERIFYPEER, check ? 1L : 0L);
    curl_easy_setopt(curl_, CURLOPT_SSL_VERIFYHOST, check ? 2L : 0L);
    if (!options_.caFile.empty()) curl_easy_setopt(curl_, CURLOPT_CAINFO, options_.caFile.c_str());
    if (!options_.user.empty()) {
      curl_easy_setopt(curl_, CURLOPT_USERNAME, options_.user.c_str());
      curl_easy_setopt(curl_, CURLOPT_PASSWORD, password_.c_str());
    }
    curl_easy_setopt(curl_, CURLOPT_MAIL_FROM, cat({"<", from, ">"}).c_str());
    curl_easy_setopt(curl_, CURLOPT_MAIL_RCPT, recipients);
    curl_easy_setopt(curl_, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl_, CURLOPT_READFUNCTION, giveMore);
    curl_easy_setopt(curl_, CURLOPT_READDATA, &upload);
    curl_easy_setopt(curl_, CURLOPT_HEADERFUNCTION, takeLine);
    curl_easy_setopt(curl_, CURLOPT_HEADERDATA, &upload);
    curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, takeLine);
    curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &upload);
  }

  Reply judge(CURLcode code, const Upload& upload) const {
    const std::string said = cat({curl_easy_strerror(code), upload.last.empty() ? "" : ": ", upload.last});
    if (upload.held) return {Handed::Held, "somebody else is sending it"};
    if (code == CURLE_OK) return {Handed::Accepted, upload.last};
    long reply = 0;
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &reply);
    // After RCPT or at the end of the data, it is this mail that is refused.
    const bool ours =
        code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_WEIRD_SERVER_REPLY;
    if (ours && reply >= 500) return {Handed::Permanent, said};
    if (ours && reply >= 400) return {Handed::Temporary, said};
    if (upload.ended) return {Handed::InDoubt, said};
    if (ours || code == CURLE_OPERATION_TIMEDOUT || code == CURLE_GOT_NOTHING)
      return {Handed::Temporary, said};
    return {Handed::Unreachable, said};
  }

  const Options& options_;
  std::string password_;
  CURL* curl_ = nullptr;
};

std::string readPassword(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  if (!std::getline(in, line) || line.empty())
    throw std::runtime_error(cat({path, ": no password can be read"}));
  return line;
}

}  // namespace

std::unique_ptr<Transport> openSmtp(const Options& options, std::string password) {
  return std::make_unique<Smtp>(options, std::move(password));
}

std::unique_ptr<Transport> openTransport(const Options& options) {
  if (!options.sendmail.empty()) return openSendmail(options);
  return openSmtp(options, options.user.empty() ? std::string() : readPassword(options.passwordFile));
}

}  // namespace alignd::reporting
