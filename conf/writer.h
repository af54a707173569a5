// Settings as a file: what is in force, in the spelling of the file.
#pragma once

#include <string>
#include <string_view>

#include "conf/load.h"
#include "conf/section.h"

namespace alignd::conf {

/// Appends every section with every key to a text that the reader takes back.
class Writer final : public Schema {
 public:
  /// With `places`, each line ends in a comment: where it comes from.
  explicit Writer(std::string& out, const Places* places = nullptr) : out_(out), places_(places) {}
  void section(std::string_view name, const std::function<void(Section&)>& bind) override;

 protected:
  void sections(std::string_view name, std::size_t count, const std::function<void(std::size_t)>& resize,
                const std::function<void(Section&, std::size_t)>& bind) override;

 private:
  std::string& out_;
  const Places* places_;
};

}  // namespace alignd::conf
