#include "reporting/failure/intake.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>
#include <vector>

#include "dns/data/ascii.h"
#include "reporting/aggregate/rua.h"
#include "reporting/report/maker.h"

namespace alignd::reporting {

namespace {

namespace fs = std::filesystem;
using ascii::cat;

constexpr std::string_view kSuffix = ".failure";
constexpr std::string_view kUnderWay = "new.";
// Of one run; the daemon keeps no more in its folder.
constexpr std::size_t kMaxFiles = 100'000;
constexpr std::int64_t kHour = 3600;

// Names begin with their time.
std::vector<std::string> filesOf(const std::string& folder, std::error_code& error) {
  std::vector<std::string> out;
  for (fs::directory_iterator at(folder, error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    const std::string name = at->path().filename();
    if (name.ends_with(kSuffix) && out.size() < kMaxFiles) out.push_back(name);
  }
  std::sort(out.begin(), out.end());
  return out;
}

// What a daemon left half written when it was killed.
void removeLeftOver(const std::string& folder) {
  const auto before = fs::file_time_type::clock::now() - std::chrono::hours(1);
  std::error_code error;
  std::vector<fs::path> old;
  for (fs::directory_iterator at(folder, error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    std::error_code gone;
    const bool under = at->path().filename().string().starts_with(kUnderWay);
    if (under && fs::last_write_time(at->path(), gone) < before && !gone) old.push_back(at->path());
  }
  for (const fs::path& path : old) fs::remove(path, error);
}

// At most one octet more than a record may have.
std::string contentOf(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string out(kMaxFailure + 1, '\0');
  in.read(out.data(), static_cast<std::streamsize>(out.size()));
  out.resize(static_cast<std::size_t>(in.gcount()));
  return out;
}

}  // namespace

void Intake::run() {
  std::error_code error;
  for (const std::string& name : filesOf(options_.failureSpool, error)) {
    file(cat({options_.failureSpool, "/", name}), name);
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    say(cat({options_.failureSpool, " cannot be read: ", error.message()}));
  }
  removeLeftOver(options_.failureSpool);
  store_.transaction([&] { store_.forgetSentFailures(); });
}

void Intake::file(const std::string& path, const std::string& name) {
  const std::string content = contentOf(path);
  const auto read = readFailure(content);
  if (const auto* problem = std::get_if<std::string>(&read)) {
    say(cat({path, ": ", *problem}));
  } else {
    store_.transaction([&] {
      if (store_.takeFile(name, now_)) add(std::get<FailureRecord>(read), content, name);
      step("failure taken");
    });
    ++taken_;
  }
  step("failure stored");
  std::error_code error;
  fs::remove(path, error);
  if (error) say(cat({path, " cannot be removed: ", error.message()}));
}

// Within a transaction.
void Intake::add(const FailureRecord& record, std::string_view content, const std::string& name) {
  if (!excluded(record.policyDomain, options_).empty()) return;
  const std::string similar = similarity(record);
  if (store_.addIncident(similar)) return;
  StoredFailure failure;
  failure.id = cat({kFailurePrefix, digestText(name)});
  failure.day = record.time / kDaySeconds;
  failure.similar = similar;
  failure.record = content;
  std::set<std::string> known;
  bool any = false;
  for (const std::string& uri : record.ruf) {
    Delivery mail{failure.id, uri,         DeliveryState::Refused, 0, now_, now_,
                  {},         failure.day, record.policyDomain};
    const auto read = readRuaUri(uri);
    if (const auto* problem = std::get_if<std::string>(&read)) {
      mail.note = *problem;
    } else {
      const auto& box = std::get<Mailbox>(read);
      if (!known.insert(box.address).second) continue;
      mail.address = box.address;
      mail.note = notWanted(box, options_);
      if (mail.note.empty() && known.size() > options_.maxDestinations)
        mail.note = "over [reports] max_destinations";
      if (mail.note.empty() &&
          store_.failuresTo(box.host, now_ - kHour) >= static_cast<std::int64_t>(options_.failureRate)) {
        mail.note = "over [reports] failure_rate";
      }
      if (mail.note.empty()) mail.state = DeliveryState::Waiting;
    }
    any = any || mail.state == DeliveryState::Waiting;
    store_.addDelivery(mail);
  }
  if (any) store_.addFailure(failure);
}

}  // namespace alignd::reporting
