#include "conf/reader.h"

#include <algorithm>

#include "conf/list_file.h"
#include "conf/nearest.h"

namespace alignd::conf {

namespace {

std::string inQuotes(std::string_view text) {
  return ascii::cat({"\"", text, "\""});
}

bool isAmong(std::string_view word, const std::vector<std::string_view>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// `; did you mean "dns"?`, or nothing.
std::string suggestion(std::string_view word, const std::vector<std::string_view>& known) {
  const auto meant = nearest(word, known);
  return meant.empty() ? std::string() : ascii::cat({"; did you mean ", inQuotes(meant), "?"});
}

// One table, from all the files that have it, while it is bound.
class TableSection final : public Section {
 public:
  TableSection(std::vector<const Table*> tables, std::string path, const ReadFile& readFile,
               Findings& findings)
      : tables_(std::move(tables)), path_(std::move(path)), readFile_(readFile), findings_(findings) {}

  void flag(std::string_view key, bool& value) override {
    for (const Value* found : find(key)) {
      if (const bool* flag = std::get_if<bool>(&found->data)) {
        value = *flag;
      } else {
        wrongKind(key, *found, "true or false");
      }
    }
  }

  void integer(std::string_view key, std::int64_t& value, std::int64_t least, std::int64_t most) override {
    for (const Value* found : find(key)) {
      const auto* number = std::get_if<std::int64_t>(&found->data);
      if (number == nullptr) {
        wrongKind(key, *found, "a whole number");
      } else if (*number < least || *number > most) {
        error(found->at,
              ascii::cat({key, " must be from ", std::to_string(least), " to ", std::to_string(most)}));
      } else {
        value = *number;
      }
    }
  }

  void real(std::string_view key, double& value, double least, double most) override {
    for (const Value* found : find(key)) {
      const auto* whole = std::get_if<std::int64_t>(&found->data);
      const auto* number = std::get_if<double>(&found->data);
      if (whole == nullptr && number == nullptr) {
        wrongKind(key, *found, "a number");
        continue;
      }
      const double given = number != nullptr ? *number : static_cast<double>(*whole);
      if (given >= least && given <= most) {  // neither holds for what is no number
        value = given;
      } else {
        error(found->at, ascii::cat({key, " must be from ", realText(least), " to ", realText(most)}));
      }
    }
  }

  void string(std::string_view key, std::string& value, const Check& check, Accept accept) override {
    for (const Value* found : find(key)) {
      std::string word;
      if (const auto* text = std::get_if<std::string>(&found->data)) {
        word = *text;
      } else if (const auto* number = std::get_if<std::int64_t>(&found->data);
                 number != nullptr && accept == Accept::NumbersToo) {
        word = std::to_string(*number);
      } else {
        wrongKind(key, *found, "a string");
        continue;
      }
      if (good(key, word, found->at, check)) value = std::move(word);
    }
  }

  void strings(std::string_view key, std::vector<std::string>& values, const Check& check) override {
    const std::vector<const Value*> all = find(key);
    if (all.empty()) return;
    List list{key, check, {}, {}, true};
    for (const Value* found : all) takeList(*found, list);
    findings_.places[ascii::cat({path_, ".", key})] = std::move(list.places);
    if (list.words.size() > kMaxListEntries) {
      error(all.back()->at, ascii::cat({key, " has more than 50000 entries"}));
    } else if (list.good) {
      values = std::move(list.words);
    }
  }

  const std::vector<const Table*>& tables() const { return tables_; }
  const std::vector<std::string_view>& known() const { return known_; }

 private:
  // A list that is being read.
  struct List {
    std::string_view key;
    const Check& check;
    std::vector<std::string> words;
    std::vector<Position> places;
    bool good;

    void beginAnew() {
      words.clear();
      places.clear();
    }
  };

  // In each file that has it.
  std::vector<const Value*> find(std::string_view key) {
    known_.push_back(key);
    std::vector<const Value*> out;
    for (const Table* table : tables_) {
      if (const Entry* entry = table->find(key)) out.push_back(&entry->value);
    }
    if (!out.empty()) findings_.places[ascii::cat({path_, ".", key})] = {out.back()->at};
    return out;
  }

  // All that one file says of it.
  void takeList(const Value& found, List& list) {
    if (const auto* array = std::get_if<Array>(&found.data)) {
      auto element = array->begin();
      const auto* first = array->empty() ? nullptr : std::get_if<std::string>(&element->data);
      if (array->empty() || (first != nullptr && first->empty())) {
        list.beginAnew();
        if (!array->empty()) ++element;
      }
      list.places.push_back(found.at);
      for (; element != array->end(); ++element) takeElement(*element, list);
    } else {
      list.places.push_back(found.at);
      takeElement(found, list);
    }
  }

  void takeElement(const Value& element, List& list) {
    if (const auto* word = std::get_if<std::string>(&element.data)) {
      take(*word, element.at, list);
    } else if (const auto* table = std::get_if<Table>(&element.data)) {
      takeFile(*table, element.at, list);
    } else {
      wrongKind(list.key, element, R"(a list of strings, or { file = "..." })");
      list.good = false;
    }
  }

  void take(const std::string& word, Position at, List& list) {
    list.good = good(list.key, word, at, list.check) && list.good;
    list.words.push_back(word);
  }

  // { file = "PATH" }
  void takeFile(const Table& table, Position at, List& list) {
    const Entry* entry = table.find("file");
    const auto* name = entry == nullptr ? nullptr : std::get_if<std::string>(&entry->value.data);
    const bool path =
        name != nullptr && !name->empty() && std::none_of(name->begin(), name->end(), ascii::isControl);
    if (!path || table.entries.size() != 1) {
      error(at, ascii::cat({list.key, R"( must be a list of strings, or { file = "PATH" })"}));
      list.good = false;
      return;
    }
    const std::string whole = besides(findings_.files[at.file], *name);
    const FileContent content = readFile_(whole);
    if (!content.problem.empty()) {
      error(entry->value.at, ascii::cat({list.key, ": ", content.problem}));
      list.good = false;
      return;
    }
    const auto file = static_cast<unsigned>(findings_.files.size());
    findings_.files.push_back(whole);
    auto entries = parseList(content.text, file);
    if (auto* remark = std::get_if<Remark>(&entries)) {
      findings_.errors.push_back(std::move(*remark));
      list.good = false;
      return;
    }
    list.places.push_back({0, 0, file});
    for (const ListEntry& one : std::get<std::vector<ListEntry>>(entries)) take(one.text, one.at, list);
  }

  static std::string besides(const std::string& file, const std::string& path) {
    if (path.front() == '/') return path;
    const auto slash = file.rfind('/');
    return slash == std::string::npos ? path : file.substr(0, slash + 1) + path;
  }

  bool good(std::string_view key, const std::string& word, Position at, const Check& check) {
    const auto complaint = check ? check(word) : std::nullopt;
    if (!complaint) return true;
    Remark remark{at, ascii::cat({key, ": ", inQuotes(word), " ", complaint->text})};
    (complaint->warning ? findings_.warnings : findings_.errors).push_back(std::move(remark));
    return complaint->warning;
  }

  void wrongKind(std::string_view key, const Value& found, std::string_view wanted) {
    error(found.at, ascii::cat({key, " must be ", wanted, ", not ", found.kind()}));
  }
  void error(Position at, std::string text) { findings_.errors.push_back({at, std::move(text)}); }

  std::vector<const Table*> tables_;
  std::string path_;
  const ReadFile& readFile_;
  Findings& findings_;
  std::vector<std::string_view> known_;
};

}  // namespace

Position Findings::place(std::string_view path) const {
  const auto found = places.find(path);
  return found == places.end() || found->second.empty() ? Position{} : found->second.back();
}

void Reader::section(std::string_view name, const std::function<void(Section&)>& bind) {
  known_.push_back(name);
  std::vector<const Table*> tables;
  for (const Table& file : tables_) {
    const Entry* entry = file.find(name);
    if (entry == nullptr) continue;
    findings_.places[std::string(name)] = {entry->at};
    if (const Table* table = std::get_if<Table>(&entry->value.data)) {
      tables.push_back(table);
    } else {
      findings_.errors.push_back(
          {entry->value.at, ascii::cat({name, " must be a table, [", name, "], not ", entry->value.kind()})});
    }
  }
  TableSection section(std::move(tables), std::string(name), readFile_, findings_);
  bind(section);
  keys_.push_back({name, section.known(), section.tables()});
}

void Reader::sections(std::string_view name, std::size_t /*count*/,
                      const std::function<void(std::size_t)>& resize,
                      const std::function<void(Section&, std::size_t)>& bind) {
  known_.push_back(name);
  const std::string wanted = ascii::cat({name, " must be written as [[", name, "]]"});
  std::vector<const Value*> elements;
  for (const Table& file : tables_) {
    const Entry* entry = file.find(name);
    if (entry == nullptr) continue;
    if (const auto* array = std::get_if<Array>(&entry->value.data)) {
      for (const Value& element : *array) elements.push_back(&element);
    } else {
      findings_.errors.push_back({entry->value.at, wanted});
    }
  }
  if (!elements.empty()) resize(elements.size());
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const Value& element = *elements[i];
    const std::string path = ascii::cat({name, "[", std::to_string(i), "]"});
    findings_.places[path] = {element.at};
    std::vector<const Table*> tables;
    if (const auto* table = std::get_if<Table>(&element.data)) {
      tables.push_back(table);
    } else {
      findings_.errors.push_back({element.at, wanted});
    }
    TableSection section(std::move(tables), path, readFile_, findings_);
    bind(section, i);
    keys_.push_back({name, section.known(), section.tables()});
  }
}

std::string_view Reader::sectionOf(std::string_view key) const {
  for (const Keys& keys : keys_) {
    if (isAmong(key, keys.known)) return keys.section;
  }
  return {};
}

void Reader::refuseUnknownKeys() {
  for (const Keys& keys : keys_) {
    for (const Table* table : keys.tables) {
      for (const Entry& entry : table->entries) {
        if (isAmong(entry.key, keys.known)) continue;
        std::string text = ascii::cat({"unknown key ", inQuotes(entry.key)});
        const std::string meant = suggestion(entry.key, keys.known);
        const std::string_view other = sectionOf(entry.key);
        text += !meant.empty() || other.empty() ? meant : ascii::cat({"; it belongs to [", other, "]"});
        findings_.errors.push_back({entry.at, std::move(text)});
      }
    }
  }
}

void Reader::refuseUnknown() {
  refuseUnknownKeys();
  for (const Table& file : tables_) {
    for (const Entry& entry : file.entries) {
      if (isAmong(entry.key, known_)) continue;
      std::string text;
      if (std::holds_alternative<Table>(entry.value.data)) {
        text = ascii::cat({"unknown section ", inQuotes(entry.key), suggestion(entry.key, known_)});
      } else if (const std::string_view section = sectionOf(entry.key); !section.empty()) {
        text = ascii::cat({inQuotes(entry.key), " stands in no section; it belongs to [", section, "]"});
      } else {
        text = ascii::cat({"unknown key ", inQuotes(entry.key), ", and in no section"});
      }
      findings_.errors.push_back({entry.at, std::move(text)});
    }
  }
}

}  // namespace alignd::conf
