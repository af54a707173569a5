#include "verifier/message/header_block.h"

#include "dns/data/ascii.h"
#include "dns/data/reuse.h"

namespace alignd::message {

void HeaderBlock::clear() noexcept {
  emptyForReuse(buffer_);
  emptyForReuse(fields_);
}

void HeaderBlock::add(const RawField& field) {
  std::string_view name = field.name;
  while (!name.empty() && ascii::isWsp(name.back())) name.remove_suffix(1);
  fields_.push_back({buffer_.size(), static_cast<std::uint32_t>(name.size()),
                     static_cast<std::uint32_t>(field.name.size()),
                     field.name.size() + 1 + field.value.size()});
  buffer_ += field.name;
  buffer_ += ':';
  buffer_ += field.value;
}

Field HeaderBlock::operator[](std::size_t index) const {
  const Entry& entry = fields_[index];
  const auto whole = std::string_view(buffer_).substr(entry.start, entry.length);
  return {whole, whole.substr(0, entry.nameLength), whole.substr(entry.colon + 1)};
}

bool HeaderBlock::is(std::size_t index, std::string_view name) const {
  const Entry& entry = fields_[index];
  return entry.nameLength == name.size() &&
         ascii::equalIgnoreCase(std::string_view(buffer_).substr(entry.start, entry.nameLength), name);
}

std::vector<std::size_t> HeaderBlock::find(std::string_view name) const {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (is(i, name)) out.push_back(i);
  }
  return out;
}

}  // namespace alignd::message
