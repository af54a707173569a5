#include "conf/writer.h"

#include <utility>

namespace alignd::conf {

namespace {

// A basic string of TOML 1.0.
std::string inQuotes(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (ascii::isControl(c)) {
      const auto octet = static_cast<unsigned char>(c);
      out += "\\u00";
      out += kHex[octet >> 4U];
      out += kHex[octet & 15U];
    } else {
      out += c;
    }
  }
  return out + '"';
}

class LineSection final : public Section {
 public:
  LineSection(std::string& out, std::string path, const Places* places)
      : out_(out), path_(std::move(path)), places_(places) {}

  void flag(std::string_view key, bool& value) override { line(key, value ? "true" : "false"); }
  void integer(std::string_view key, std::int64_t& value, std::int64_t, std::int64_t) override {
    line(key, std::to_string(value));
  }
  void real(std::string_view key, double& value, double, double) override { line(key, realText(value)); }
  void string(std::string_view key, std::string& value, const Check&, Accept) override {
    line(key, inQuotes(value));
  }
  void strings(std::string_view key, std::vector<std::string>& values, const Check&) override {
    std::string all;
    for (const auto& value : values) all += ascii::cat({all.empty() ? "" : ", ", inQuotes(value)});
    line(key, ascii::cat({"[", all, "]"}));
  }

 private:
  void line(std::string_view key, std::string_view value) {
    out_ += ascii::cat({key, " = ", value});
    if (places_ != nullptr) {
      const auto place = places_->find(ascii::cat({path_, ".", key}));
      out_ += ascii::cat({"  # ", place == places_->end() ? "default" : std::string_view(place->second)});
    }
    out_ += '\n';
  }

  std::string& out_;
  std::string path_;
  const Places* places_;
};

}  // namespace

void Writer::section(std::string_view name, const std::function<void(Section&)>& bind) {
  out_ += ascii::cat({out_.empty() ? "" : "\n", "[", name, "]\n"});
  LineSection section(out_, std::string(name), places_);
  bind(section);
}

void Writer::sections(std::string_view name, std::size_t count, const std::function<void(std::size_t)>&,
                      const std::function<void(Section&, std::size_t)>& bind) {
  for (std::size_t i = 0; i < count; ++i) {
    out_ += ascii::cat({"\n[[", name, "]]\n"});
    LineSection section(out_, ascii::cat({name, "[", std::to_string(i), "]"}), places_);
    bind(section, i);
  }
}

}  // namespace alignd::conf
