#include "conf/reader.h"

#include <algorithm>

#include "conf/nearest.h"

namespace alignd::conf {

namespace {

std::string inQuotes(std::string_view text) {
  return ascii::cat({"\"", text, "\""});
}

void refuseUnknownKeys(const Table& table, const std::vector<std::string_view>& known, std::string_view what,
                       Findings& findings) {
  for (const Entry& entry : table.entries) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    std::string text = ascii::cat({"unknown ", what, " ", inQuotes(entry.key)});
    const auto meant = nearest(entry.key, known);
    if (!meant.empty()) text += ascii::cat({"; did you mean ", inQuotes(meant), "?"});
    findings.errors.push_back({entry.at, std::move(text)});
  }
}

// One table of the file, while it is bound.
class TableSection final : public Section {
 public:
  TableSection(const Table* table, std::string path, Findings& findings)
      : table_(table), path_(std::move(path)), findings_(findings) {}

  void flag(std::string_view key, bool& value) override {
    const Value* found = find(key);
    if (found == nullptr) return;
    if (const bool* flag = std::get_if<bool>(&found->data)) {
      value = *flag;
    } else {
      wrongKind(key, *found, "true or false");
    }
  }

  void integer(std::string_view key, std::int64_t& value, std::int64_t least, std::int64_t most) override {
    const Value* found = find(key);
    if (found == nullptr) return;
    const auto* number = std::get_if<std::int64_t>(&found->data);
    if (number == nullptr) return wrongKind(key, *found, "a whole number");
    if (*number < least || *number > most) {
      return error(found->at,
                   ascii::cat({key, " must be from ", std::to_string(least), " to ", std::to_string(most)}));
    }
    value = *number;
  }

  void string(std::string_view key, std::string& value, const Check& check, Accept accept) override {
    const Value* found = find(key);
    if (found == nullptr) return;
    std::string word;
    if (const auto* text = std::get_if<std::string>(&found->data)) {
      word = *text;
    } else if (const auto* number = std::get_if<std::int64_t>(&found->data);
               number != nullptr && accept == Accept::NumbersToo) {
      word = std::to_string(*number);
    } else {
      return wrongKind(key, *found, "a string");
    }
    if (good(key, word, found->at, check)) value = std::move(word);
  }

  void strings(std::string_view key, std::vector<std::string>& values, const Check& check) override {
    const Value* found = find(key);
    if (found == nullptr) return;
    std::vector<std::string> words;
    bool allGood = true;
    if (const auto* text = std::get_if<std::string>(&found->data)) {
      allGood = good(key, *text, found->at, check);
      words.push_back(*text);
    } else if (const auto* array = std::get_if<Array>(&found->data)) {
      for (const Value& element : *array) {
        const auto* word = std::get_if<std::string>(&element.data);
        if (word == nullptr) {
          wrongKind(key, element, "a list of strings");
          allGood = false;
          continue;
        }
        allGood = good(key, *word, element.at, check) && allGood;
        words.push_back(*word);
      }
    } else {
      return wrongKind(key, *found, "a list of strings");
    }
    if (allGood) values = std::move(words);
  }

  void refuseUnknown() {
    if (table_ != nullptr) refuseUnknownKeys(*table_, known_, "key", findings_);
  }

 private:
  const Value* find(std::string_view key) {
    known_.push_back(key);
    const Entry* entry = table_ == nullptr ? nullptr : table_->find(key);
    if (entry == nullptr) return nullptr;
    findings_.places[ascii::cat({path_, ".", key})] = entry->value.at;
    return &entry->value;
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

  const Table* table_;
  std::string path_;
  Findings& findings_;
  std::vector<std::string_view> known_;
};

}  // namespace

Position Findings::place(std::string_view path) const {
  const auto found = places.find(path);
  return found == places.end() ? Position{} : found->second;
}

void Reader::section(std::string_view name, const std::function<void(Section&)>& bind) {
  known_.push_back(name);
  const Entry* entry = file_.find(name);
  const Table* table = nullptr;
  if (entry != nullptr) {
    findings_.places[std::string(name)] = entry->at;
    table = std::get_if<Table>(&entry->value.data);
    if (table == nullptr) {
      findings_.errors.push_back(
          {entry->value.at, ascii::cat({name, " must be a table, [", name, "], not ", entry->value.kind()})});
    }
  }
  TableSection section(table, std::string(name), findings_);
  bind(section);
  section.refuseUnknown();
}

void Reader::sections(std::string_view name, std::size_t /*count*/,
                      const std::function<void(std::size_t)>& resize,
                      const std::function<void(Section&, std::size_t)>& bind) {
  known_.push_back(name);
  const Entry* entry = file_.find(name);
  if (entry == nullptr) return;
  const auto* array = std::get_if<Array>(&entry->value.data);
  if (array == nullptr) {
    findings_.errors.push_back({entry->value.at, ascii::cat({name, " must be written as [[", name, "]]"})});
    return;
  }
  resize(array->size());
  for (std::size_t i = 0; i < array->size(); ++i) {
    const Value& element = (*array)[i];
    const std::string path = ascii::cat({name, "[", std::to_string(i), "]"});
    findings_.places[path] = element.at;
    const auto* table = std::get_if<Table>(&element.data);
    if (table == nullptr) {
      findings_.errors.push_back({element.at, ascii::cat({name, " must be written as [[", name, "]]"})});
    }
    TableSection section(table, path, findings_);
    bind(section, i);
    section.refuseUnknown();
  }
}

void Reader::refuseUnknown() {
  refuseUnknownKeys(file_, known_, "section", findings_);
}

}  // namespace alignd::conf
