#include "dns/data/name.h"

#include <algorithm>
#include <span>
#include <utility>

#include "dns/data/ascii.h"

namespace alignd::dns {

namespace {

// Appends `labels`, which are not empty, in lower case. False: one is empty or too long.
bool appendLabels(std::string& out, std::string_view labels) {
  const std::size_t before = out.size();
  out += labels;
  std::size_t label = 0;
  for (char& c : std::span(out).subspan(before)) {
    if (c != '.') {
      if (++label > kMaxLabel) return false;
      c = ascii::lower(c);
    } else if (std::exchange(label, 0) == 0) {
      return false;
    }
  }
  return label > 0;
}

}  // namespace

std::optional<Name> Name::parse(std::string_view text) {
  if (text == ".") return Name();
  if (!text.empty() && text.back() == '.') text.remove_suffix(1);
  if (text.empty()) return Name();
  if (text.size() > kMaxNameText) return std::nullopt;
  Name out;
  out.text_.reserve(text.size());
  if (!appendLabels(out.text_, text)) return std::nullopt;
  return out;
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
  const std::size_t size = prefix.size() + 1 + text_.size();
  if (size > kMaxNameText) return std::nullopt;
  Name out;
  out.text_.reserve(size);
  if (!appendLabels(out.text_, prefix)) return std::nullopt;
  out.text_ += '.';
  out.text_ += text_;
  return out;
}

bool Name::isWithin(const Name& ancestor) const {
  if (ancestor.isRoot()) return true;
  if (text_.size() < ancestor.text_.size() || !text_.ends_with(ancestor.text_)) return false;
  return text_.size() == ancestor.text_.size() || text_[text_.size() - ancestor.text_.size() - 1] == '.';
}

}  // namespace alignd::dns
