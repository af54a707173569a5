#include "conf/folder.h"

#include <cerrno>
#include <memory>
#include <string_view>

#include <dirent.h>

namespace alignd::conf {

std::vector<std::string> namesIn(const std::string& folder, std::error_code& error) {
  struct Close {
    void operator()(DIR* of) const { ::closedir(of); }
  };
  const std::unique_ptr<DIR, Close> entries(::opendir(folder.c_str()));
  if (!entries) {
    error = {errno, std::generic_category()};
    return {};
  }
  std::vector<std::string> names;
  // At the end and in trouble it gives the same, but for errno.
  const auto next = [&] {
    errno = 0;
    return ::readdir(entries.get());
  };
  while (const dirent* entry = next()) {
    const std::string_view name(entry->d_name);
    if (name != "." && name != "..") names.emplace_back(name);
  }
  error = {errno, std::generic_category()};
  if (error) names.clear();
  return names;
}

}  // namespace alignd::conf
