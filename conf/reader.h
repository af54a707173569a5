// Settings from a parsed file.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "conf/document.h"
#include "conf/section.h"

namespace alignd::conf {

/// What reading found, and where things stood: `dns.timeout`, `rule[0].name`, `rule[0]`.
struct Findings {
  std::vector<std::string> files;  // by Position::file; the first is the main one
  std::vector<Remark> errors;
  std::vector<Remark> warnings;
  /// A list may stand in several places: all of them, in order.
  std::map<std::string, std::vector<Position>, std::less<>> places;
  /// Where `path` stands, at last; the main file as a whole when it does not.
  Position place(std::string_view path) const;
};

/// The content of a file that the settings name, or what went wrong.
struct FileContent {
  std::string text;
  std::string problem{};  // empty when it was read
};
using ReadFile = std::function<FileContent(const std::string& path)>;

/// Binds values from several files, read one after the other: of a value the last one counts, a list grows by each. A list
/// that is empty, or begins with an empty string, begins anew. `{ file = "PATH" }` in a list, or for one, is a file of
/// entries (list_file.h), relative to the folder of the file that names it. After the last section call refuseUnknown().
class Reader final : public Schema {
 public:
  /// `tables` are of findings.files, in their order.
  Reader(const std::vector<Table>& tables, const ReadFile& readFile, Findings& findings)
      : tables_(tables), readFile_(readFile), findings_(findings) {}

  void section(std::string_view name, const std::function<void(Section&)>& bind) override;
  /// An error for each section and each key that was not asked for, with the nearest one that was, or the section that has
  /// such a key.
  void refuseUnknown();

 protected:
  void sections(std::string_view name, std::size_t count, const std::function<void(std::size_t)>& resize,
                const std::function<void(Section&, std::size_t)>& bind) override;

 private:
  const std::vector<Table>& tables_;
  const ReadFile& readFile_;
  Findings& findings_;
  std::vector<std::string_view> known_;
  // The keys of each section, and the tables that were read as one.
  struct Keys {
    std::string_view section;
    std::vector<std::string_view> known;
    std::vector<const Table*> tables;
  };
  std::vector<Keys> keys_;
  std::string_view sectionOf(std::string_view key) const;
  void refuseUnknownKeys();
};

}  // namespace alignd::conf
