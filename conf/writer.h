// Settings as a file: what is in force, in the spelling of the file.
#pragma once

#include <string>
#include <string_view>

#include "conf/section.h"

namespace alignd::conf {

/// Appends every section with every key to a text that the reader takes back.
class Writer final : public Schema {
 public:
  explicit Writer(std::string& out) : out_(out) {}
  void section(std::string_view name, const std::function<void(Section&)>& bind) override;

 protected:
  void sections(std::string_view name, std::size_t count, const std::function<void(std::size_t)>& resize,
                const std::function<void(Section&, std::size_t)>& bind) override;

 private:
  std::string& out_;
};

}  // namespace alignd::conf
