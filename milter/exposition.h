// The text exposition format of Prometheus, version 0.0.4.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace alignd::milter {

/// One metric family: its head, then its lines. Labels' values are ours, or addresses: nothing needs an escape.
class Family {
 public:
  using Label = std::pair<std::string_view, std::string_view>;

  /// `type`: "counter", "gauge" or "histogram".
  Family(std::string& out, std::string_view name, std::string_view type, std::string_view help);
  void value(std::uint64_t value);
  void value(double value);
  void labelled(std::initializer_list<Label> labels, std::uint64_t value);
  void labelled(std::string_view label, std::string_view of, std::uint64_t value) {
    labelled({{label, of}}, value);
  }

 private:
  std::string& out_;
  std::string_view name_;
};

/// A family of one line.
void counter(std::string& out, std::string_view name, std::string_view help, std::uint64_t value);
void gauge(std::string& out, std::string_view name, std::string_view help, std::uint64_t value);

/// A number as the format has it.
std::string realText(double value);

}  // namespace alignd::milter
