#include "dns/data/name.h"

#include <algorithm>

#include "dns/data/ascii.h"

namespace alignd::dns {

std::optional<Name> Name::parse(std::string_view text) {
  if (text == ".") return Name();
  if (!text.empty() && text.back() == '.') text.remove_suffix(1);
  if (text.empty()) return Name();
  if (text.size() > kMaxNameText) return std::nullopt;
  std::size_t label = 0;
  for (char c : text) {
    if (c == '.') {
      if (label == 0) return std::nullopt;
      label = 0;
    } else if (++label > kMaxLabel) {
      return std::nullopt;
    }
  }
  if (label == 0) return std::nullopt;
  return Name(ascii::toLower(text));
}

std::size_t Name::labelCount() const {
  if (text_.empty()) return 0;
  return 1 + static_cast<std::size_t>(std::count(text_.begin(), text_.end(), '.'));
}

Name Name::parent() const {
  const auto dot = text_.find('.');
  return dot == std::string::npos ? Name() : Name(text_.substr(dot + 1));
}

Name Name::suffix(std::size_t labels) const {
  if (labels == 0) return {};
  std::size_t seen = 0;
  for (std::size_t i = text_.size(); i-- > 0;) {
    if (text_[i] == '.' && ++seen == labels) return Name(text_.substr(i + 1));
  }
  return *this;
}

std::optional<Name> Name::under(std::string_view prefix) const {
  if (prefix.empty()) return *this;
  if (text_.empty()) return parse(prefix);
  if (prefix.back() == '.') return std::nullopt;
  const auto front = parse(prefix);
  if (!front || front->text_.size() + 1 + text_.size() > kMaxNameText) return std::nullopt;
  return Name(ascii::cat({front->text_, ".", text_}));
}

bool Name::isWithin(const Name& ancestor) const {
  if (ancestor.isRoot()) return true;
  if (text_.size() < ancestor.text_.size() || !text_.ends_with(ancestor.text_)) return false;
  return text_.size() == ancestor.text_.size() || text_[text_.size() - ancestor.text_.size() - 1] == '.';
}

}  // namespace alignd::dns
