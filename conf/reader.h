// Settings from a parsed file.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "conf/document.h"
#include "conf/section.h"

namespace alignd::conf {

/// What reading found, and where things stood: `dns.timeout`, `rule[0].name`, `rule[0]`.
struct Findings {
  std::vector<Remark> errors;
  std::vector<Remark> warnings;
  std::map<std::string, Position, std::less<>> places;
  /// Where `path` stands in the file; the file as a whole when it does not.
  Position place(std::string_view path) const;
};

/// Binds values from `file`. After the last section call refuseUnknown().
class Reader final : public Schema {
 public:
  Reader(const Table& file, Findings& findings) : file_(file), findings_(findings) {}

  void section(std::string_view name, const std::function<void(Section&)>& bind) override;
  /// An error for each section that was not asked for, with the nearest one that was.
  void refuseUnknown();

 protected:
  void sections(std::string_view name, std::size_t count, const std::function<void(std::size_t)>& resize,
                const std::function<void(Section&, std::size_t)>& bind) override;

 private:
  const Table& file_;
  Findings& findings_;
  std::vector<std::string_view> known_;
};

}  // namespace alignd::conf
