// What an MTA says, in any order, to a session whose MTA is played here. Whatever it is: nothing throws; fields are edited
// at an end of message alone, and stamped once; an edit that is refused defers; no forged field is left. What becomes of
// a message is what becomes of it alone, on a connection of its own, however its body is cut.
//
// The input: four octets (settings, flags, order of answers, size of body chunks), zone lines, a line "%%", and events, a
// line each:
//   C NAME ADDRESS   connection (no address: "-", on the machine itself: "local")
//   H NAME           HELO
//   D NAME VALUE     macro
//   M PATH WORD...   MAIL FROM with its parameters
//   R PATH           recipient
//   L NAME:VALUE     header field; lines behind it that begin with a blank are its folds
//   N                end of header
//   B TEXT           a part of the body: a line, without its end if its last octet is "\"
//   E, A, Q          end of message, abort, end of the connection
//   F NUMBER         the MTA refuses this edit of the next end of message, from 1
//   S NUMBER         other settings are in force
//   X                a callback met an error
#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <spdlog/spdlog.h>

#include "conf/load.h"
#include "dns/data/ascii.h"
#include "milter/session.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/milter/syntax.h"
#include "tests/fuzz/zone_lines.h"
#include "tests/support/held_resolver.h"

namespace {

using namespace alignd;
using milter::Answer;
using test::check;

constexpr std::string_view kId = "mx.example";
constexpr std::size_t kMostEvents = 400;

// The last has border hosts, whose field stays; the one before writes a field a method.
constexpr std::array<const char*, 4> kSettings{
    "",
    "[policy]\nmode = \"enforce\"\nquarantine = \"hold\"\nreject = \"reject\"\n[spf]\nreceived_spf = true\n"
    "[authentication_results]\nkeep_removed_as = \"X-Removed\"\n[iprev]\ncheck = true\n",
    "[authentication_results]\nsplit_methods = true\n[policy]\nmode = \"enforce\"\ntemperror = \"tempfail\"\n"
    "[trust]\nrelays = [\"198.51.100.0/24\"]\nnetworks = [\"10.0.0.0/8\"]\n"
    "exempt_recipients = [\"joe@example.net\"]\nupstream_networks = [\"198.51.100.0/25\"]\n"
    "upstream_ids = [\"border.example\"]\nupstream_methods = [\"spf\", \"dkim\", \"arc\", \"dmarc\", "
    "\"iprev\"]\n",
    "[trust]\nrelays = [\"198.51.100.128/25\"]\nupstream_networks = [\"198.51.100.0/25\"]\n"
    "upstream_ids = [\"border.example\"]\n[reports]\nfailure = true\nfailure_body = \"100\"\n",
};
constexpr std::size_t kSplit = 2;
constexpr std::size_t kKeeping = 3;

struct Event {
  char kind = 0;
  std::string name;  // of L and D, else all of it
  std::string value;
};

std::string_view takeLine(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::vector<Event> eventsOf(std::string_view text) {
  std::vector<Event> events;
  while (!text.empty() && events.size() < kMostEvents) {
    const auto line = takeLine(text);
    if (line.empty()) continue;
    if (ascii::isWsp(line[0])) {
      if (!events.empty() && events.back().kind == 'L') events.back().value += ascii::cat({"\n", line});
      continue;
    }
    const std::string_view rest = line.substr(std::min<std::size_t>(2, line.size()));
    const auto cut = std::min(rest.find(line[0] == 'L' ? ':' : ' '), rest.size());
    Event event{line[0], std::string(rest.substr(0, cut)),
                std::string(rest.substr(std::min(cut + 1, rest.size())))};
    if (event.kind == 'B') {
      event.value = rest;
      event.value.ends_with('\\') ? event.value.pop_back() : void(event.value += "\r\n");
    }
    events.push_back(std::move(event));
  }
  // libmilter hands over C strings, but for the body.
  for (Event& event : events) {
    event.name.resize(std::min(event.name.find('\0'), event.name.size()));
    if (event.kind != 'B') event.value.resize(std::min(event.value.find('\0'), event.value.size()));
  }
  return events;
}

unsigned numberOf(const Event& event) {
  return event.name.empty() ? 0U : static_cast<unsigned char>(event.name[0]) - unsigned{'0'};
}

class ScriptedMta final : public milter::Mta {
 public:
  std::map<std::string, std::string> macros;
  unsigned refused = 0;  // this edit; 0: none

  void begin() {
    atEnd_ = true;
    told.clear();
    stamps = edits_ = 0;
    refusedOne = replied = false;
  }
  void end() { atEnd_ = false; }

  std::string macro(const char* name) override {
    const auto found = macros.find(name);
    return found == macros.end() ? std::string() : found->second;
  }
  bool removeField(const char* name, int ordinal) override {
    removed.emplace_back(ascii::toLower(name), ordinal);
    return edit(ascii::cat({"-", name, " ", std::to_string(ordinal)}));
  }
  bool prependField(const std::string& name, const std::string& value) override {
    if (name == milter::kResultsField) ++stamps;
    return edit(ascii::cat({"+", name, ":", value}));
  }
  bool appendField(const std::string& name, const std::string& value) override {
    return edit(ascii::cat({">", name, ":", value}));
  }
  bool quarantine(const std::string& reason) override {
    edit("hold " + reason);
    return false;  // then there is a mark
  }
  bool setReply(const std::string& code, const std::string& enhanced, const std::string& text) override {
    check(!replied, "one reply");
    check(text.find_first_of("\r\n") == std::string::npos, "of one line");
    replied = true;
    return edit(ascii::cat({code, " ", enhanced, " ", text}));
  }

  // Of the last end of message.
  std::vector<std::string> told;
  std::vector<std::pair<std::string, int>> removed;
  std::size_t stamps = 0;
  bool refusedOne = false;
  bool replied = false;

 private:
  bool edit(std::string what) {
    check(atEnd_, "edits at the end of a message alone");
    told.push_back(std::move(what));
    const bool taken = ++edits_ != refused || replied;
    refusedOne = refusedOne || (!taken && !told.back().starts_with("hold "));
    return taken;
  }
  bool atEnd_ = false;
  unsigned edits_ = 0;
};

// Keeps the last line, without what a clock says, and how much of the body was wanted.
class LastLine final : public milter::LineSink {
 public:
  bool write(std::string_view line, const milter::LineFields& fields) noexcept override {
    last = line;
    for (const std::string_view key :
         {"\"time\":", "\"dns_ms\":", "\"total_ms\":", "\"age_s\":", "\"body_bytes\":"}) {
      for (auto from = last.find(key); from != std::string::npos; from = last.find(key, from)) {
        last.erase(from, last.find_first_of(",}", from) - from);
      }
    }
    last += ascii::cat(
        {fields.queueId, " ", fields.from, " ", fields.dmarc, " ", fields.why, " ", fields.action});
    return true;
  }
  std::string last;
};

std::shared_ptr<const milter::Runtime> runtimeOf(std::size_t which, std::shared_ptr<dns::Resolver> resolver) {
  static const auto kAll = [] {
    spdlog::set_level(spdlog::level::off);
    std::vector<std::shared_ptr<const milter::Runtime>> all;
    for (const char* text : kSettings) {
      auto loaded =
          conf::parse(ascii::cat({"[dns]\nservers = [\"127.0.0.1\"]\n", text}), "fuzz");  // asked by nobody
      for (const auto& error : loaded.errors) std::fprintf(stderr, "%s\n", error.c_str());
      check(loaded.ok(), "settings of the test are good");
      loaded.settings.authenticationResults.field.authservId = kId;
      // No clock decides here.
      loaded.settings.verification.dnsTime = std::chrono::minutes(30);
      loaded.settings.verification.spf.timeLimit = std::chrono::minutes(30);
      all.push_back(
          milter::makeRuntime(std::move(loaded.settings), all.empty() ? nullptr : all.back().get()));
    }
    return all;
  }();
  auto runtime = std::make_shared<milter::Runtime>(*kAll[which % kAll.size()]);
  runtime->resolver = std::move(resolver);
  return runtime;
}

using Runtimes = std::array<std::shared_ptr<const milter::Runtime>, kSettings.size()>;

Runtimes runtimesOver(const std::shared_ptr<dns::Resolver>& resolver) {
  Runtimes out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = runtimeOf(i, resolver);
  return out;
}

// What the sessions of a process share.
struct House {
  milter::RuntimeHolder runtime;
  milter::Registry registry;
  milter::Metrics metrics;
  milter::VerdictLog verdicts{metrics};
  milter::TrustWatch trustWatch;
  policy::FailureMemory failures;
  milter::FailureSpool spool{metrics};
  std::shared_ptr<LastLine> line = std::make_shared<LastLine>();
  milter::Services services;

  House()
      : services{"host.example", runtime,    progress(), registry, verdicts,
                 metrics,        trustWatch, failures,   spool,    [] {}} {
    verdicts.use(line);
  }
  ~House() { check(registry.inFlight() == 0 && registry.connections() == 0, "nothing is left over"); }

  static dns::ProgressThreads& progress() {
    static dns::ProgressThreads threads;
    return threads;
  }
};

// A message, as it is played anew: the connection it came by, its macros and settings, and its own events.
struct Record {
  std::optional<Event> connect;
  std::optional<Event> helo;
  std::map<std::string, std::string> macros;
  std::size_t settings = 0;
  unsigned refused = 0;
  std::vector<Event> events;
  bool clientLost = false;  // spoiled before any message: so are all that come by this connection
};

struct Outcome {
  Answer answer = Answer::TempFail;
  std::vector<std::string> told;
  std::string line;
};

class Connection {
 public:
  Connection(House& house, const Runtimes& runtimes, bool leadingSpace)
      : house_(house), runtimes_(runtimes), leadingSpace_(leadingSpace) {
    open();
  }

  void settings(std::size_t which) {
    settings_ = which % kSettings.size();
    house_.runtime.set(runtimes_[settings_]);
  }
  ScriptedMta& mta() { return mta_; }
  milter::Session& session() { return *session_; }
  void close() { open(); }

  void connect(const Event& event) {
    session_->connect(event.name, IpAddress::parse(event.value), event.value == "local");
  }
  void mail(const Event& event) {
    std::vector<std::string_view> words;
    for (std::string_view rest = event.value; !rest.empty() && words.size() < 10;) {
      const auto end = std::min(rest.find(' '), rest.size());
      words.push_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    session_->mailFrom(event.name, words, mta_);
  }
  void body(std::string_view text) { session_->body(std::as_bytes(std::span(text.data(), text.size()))); }
  /// `inMessage`: something is to come of it.
  Outcome end(bool inMessage, bool spoiled) {
    house_.line->last.clear();
    mta_.begin();
    mta_.removed.clear();
    Outcome out;
    out.answer = session_->endOfMessage(mta_);
    mta_.end();
    mta_.refused = 0;
    out.told = mta_.told;
    out.line = house_.line->last;
    judge(out, inMessage && !spoiled);
    return out;
  }
  std::size_t settingsNow() const { return settings_; }

 private:
  void open() {
    session_.reset();
    session_ = std::make_unique<milter::Session>(house_.services, milter::Dialect{leadingSpace_});
  }
  void judge(const Outcome& out, bool any) const {
    check(any == !out.line.empty(), "a line a message");
    if (!any) check(out.answer == Answer::TempFail && out.told.empty(), "nothing comes of no message");
    if (mta_.refusedOne) check(out.answer == Answer::TempFail, "a refused edit defers");
    if (mta_.replied) check(out.answer != Answer::Accept && out.told.size() == 1, "a refusal edits nothing");
    if (any && !mta_.refusedOne) check(mta_.replied == (out.answer != Answer::Accept), "a refusal has words");
  }

  House& house_;
  const Runtimes& runtimes_;
  bool leadingSpace_;
  std::size_t settings_ = 0;
  ScriptedMta mta_;
  std::unique_ptr<milter::Session> session_;
};

// By itself, on a connection of its own; parts of the body that follow each other are cut anew.
Outcome playAlone(const Record& record, const Runtimes& runtimes, bool leadingSpace, std::size_t chunk) {
  House house;
  Connection connection(house, runtimes, leadingSpace);
  connection.settings(record.settings);
  connection.mta().macros = record.macros;
  connection.mta().refused = record.refused;
  if (record.connect) connection.connect(*record.connect);
  if (record.helo) connection.session().helo(record.helo->name);
  if (record.clientLost) connection.session().spoil();
  const auto& events = record.events;
  bool spoiled = record.clientLost;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    if (event.kind == 'M') connection.mail(event);
    if (event.kind == 'R') connection.session().recipient(event.name);
    if (event.kind == 'L') connection.session().field(event.name, event.value);
    if (event.kind == 'N') connection.session().endOfHeader();
    if (event.kind == 'D') connection.mta().macros[event.name] = event.value;
    if (event.kind == 'X') {
      connection.session().spoil();
      spoiled = true;
    }
    if (event.kind != 'B') continue;
    std::string text = event.value;
    while (i + 1 < events.size() && events[i + 1].kind == 'B') text += events[++i].value;
    connection.session().endOfHeader();
    std::string_view rest = text;
    while (connection.session().wantsBody() && !rest.empty()) {  // as an MTA that skips the rest
      connection.body(rest.substr(0, chunk));
      rest.remove_prefix(std::min(chunk, rest.size()));
    }
  }
  return connection.end(true, spoiled);
}

// None that says it is ours may stay; nor may a number name a field that there is not.
void checkRemovals(const Record& record, const ScriptedMta& mta, bool accepted) {
  std::map<std::string, int> counts;
  std::vector<std::pair<std::string, int>> forged;
  for (const Event& event : record.events) {
    if (event.kind == 'N' || event.kind == 'B' || event.kind == 'X') break;
    if (event.kind != 'L') continue;
    const std::string name = ascii::toLower(ascii::trimWsp(event.name));
    const int ordinal = ++counts[name];
    if (name != "authentication-results") continue;
    const std::string_view value =
        std::string_view(event.value)
            .substr(std::min(event.value.find_first_not_of(" \t\n"), event.value.size()));
    if (!ascii::equalIgnoreCase(value.substr(0, kId.size()), kId)) continue;
    const std::string_view behind = value.substr(kId.size());
    if (behind.empty() || behind[0] == ';') forged.emplace_back(name, ordinal);
  }
  std::map<std::string, int> last;
  for (const auto& [name, ordinal] : mta.removed) {
    const bool there = ordinal >= 1 && ordinal <= counts[name];
    if (!there) std::fprintf(stderr, "removed: %s, no. %d of %d\n", name.c_str(), ordinal, counts[name]);
    check(there, "a field that there is");
    check(!last.contains(name) || last[name] > ordinal, "from the highest down");
    last[name] = ordinal;
  }
  if (!accepted) return;
  for (const auto& field : forged) {
    check(std::find(mta.removed.begin(), mta.removed.end(), field) != mta.removed.end(),
          "no forged field stays");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  std::string_view input(reinterpret_cast<const char*>(data) + 4, size - 4);
  constexpr std::string_view kCut = "\n%%\n";
  const auto cut = std::min(input.find(kCut), input.size());
  const auto zone = test::zoneOf(input.substr(0, cut));
  const auto events = eventsOf(input.substr(std::min(cut + kCut.size(), input.size())));
  const bool leadingSpace = (data[1] & 1U) != 0;
  const bool shuffled = (data[1] & 2U) != 0;
  const std::size_t chunk = std::size_t{1} + data[3];

  const auto atOnce = std::make_shared<dns::ZoneResolver>(zone);
  const test::HeldLast resolver(shuffled ? std::make_shared<test::ShuffledResolver>(zone, data[2]) : nullptr);
  const Runtimes plain = runtimesOver(atOnce);
  const Runtimes runtimes = shuffled ? runtimesOver(resolver.get()) : plain;

  House house;
  Connection connection(house, runtimes, leadingSpace);
  connection.settings(data[0]);
  std::optional<Event> connect;
  std::optional<Event> helo;
  std::optional<Record> record;
  bool clientLost = false;
  bool spoiled = false;
  for (const Event& event : events) {
    milter::Session& session = connection.session();
    if (record && std::string_view("RLNBDX").find(event.kind) != std::string_view::npos) {
      record->events.push_back(event);
    }
    switch (event.kind) {
      case 'C':
        connection.connect(event);
        connect = event;
        helo.reset();
        break;
      case 'H':
        session.helo(event.name);
        helo = event;
        break;
      case 'D': connection.mta().macros[event.name] = event.value; break;
      case 'M':
        record =
            Record{connect, helo, connection.mta().macros, connection.settingsNow(), 0, {event}, clientLost};
        spoiled = clientLost;
        connection.mail(event);
        break;
      case 'R': session.recipient(event.name); break;
      case 'L': session.field(event.name, event.value); break;
      case 'N': session.endOfHeader(); break;
      case 'B': connection.body(event.value); break;
      case 'F': connection.mta().refused = numberOf(event); break;
      case 'S': connection.settings(numberOf(event)); break;
      case 'X':
        session.spoil();
        spoiled = true;
        clientLost = clientLost || !record;
        break;
      case 'A':
        session.abort();
        record.reset();
        break;
      case 'Q':
        connection.close();
        record.reset();
        connect.reset();
        helo.reset();
        clientLost = false;
        break;
      case 'E': {
        if (record) record->refused = connection.mta().refused;
        const Outcome outcome = connection.end(record.has_value(), spoiled);
        if (!record) break;
        const ScriptedMta& mta = connection.mta();
        const bool accepted = outcome.answer == Answer::Accept;
        if (accepted && record->settings != kSplit) {
          check(mta.stamps == 1 || (mta.stamps == 0 && record->settings == kKeeping), "stamped once");
        }
        checkRemovals(*record, mta, accepted);
        const Outcome alone = playAlone(*record, plain, leadingSpace, chunk);
        check(alone.answer == outcome.answer, "answered as it is alone");
        if (alone.told != outcome.told) {
          for (const auto& one : outcome.told) std::fprintf(stderr, "here:  %s\n", one.c_str());
          for (const auto& one : alone.told) std::fprintf(stderr, "alone: %s\n", one.c_str());
        }
        check(alone.told == outcome.told, "edited as it is alone");
        // What was asked ahead, and not needed, differs with the order of answers.
        if (!shuffled && alone.line != outcome.line) {
          std::fprintf(stderr, "here:  %s\nalone: %s\n", outcome.line.c_str(), alone.line.c_str());
        }
        check(shuffled || alone.line == outcome.line, "told as it is alone");
        record.reset();
        break;
      }
      default: break;
    }
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t room,
                                               unsigned seed) {
  return alignd::test::mutate(alignd::test::kSession, data, size, room, seed);
}
