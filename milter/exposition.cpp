#include "milter/exposition.h"

#include <array>
#include <cstdio>

#include "dns/data/ascii.h"

namespace alignd::milter {

std::string realText(double value) {
  std::array<char, 32> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.15g", value);
  return {text.data(), static_cast<std::size_t>(length)};
}

Family::Family(std::string& out, std::string_view name, std::string_view type, std::string_view help)
    : out_(out), name_(name) {
  out_ += ascii::cat({"# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n"});
}

void Family::value(std::uint64_t value) {
  out_ += ascii::cat({name_, " ", std::to_string(value), "\n"});
}

void Family::value(double value) {
  out_ += ascii::cat({name_, " ", realText(value), "\n"});
}

void Family::labelled(std::initializer_list<Label> labels, std::uint64_t value) {
  out_ += name_;
  char before = '{';
  for (const auto& [label, of] : labels) {
    out_ += before;
    out_ += ascii::cat({label, "=\"", of, "\""});
    before = ',';
  }
  out_ += ascii::cat({"} ", std::to_string(value), "\n"});
}

void counter(std::string& out, std::string_view name, std::string_view help, std::uint64_t value) {
  Family(out, name, "counter", help).value(value);
}

void gauge(std::string& out, std::string_view name, std::string_view help, std::uint64_t value) {
  Family(out, name, "gauge", help).value(value);
}

}  // namespace alignd::milter
