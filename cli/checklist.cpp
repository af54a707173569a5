#include "cli/checklist.h"

#include <algorithm>

#include "cli/arguments.h"
#include "verifier/report/story.h"

namespace alignd::cli {

namespace {

using report::printable;

std::string_view colourOf(Standing standing) {
  switch (standing) {
    case Standing::Pass: return "\033[32m";
    case Standing::Warn: return "\033[33m";
    case Standing::Fail: return "\033[1;31m";
    case Standing::Unknown: return "\033[35m";
    case Standing::Note: return "";
  }
  return "";
}

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  if (out.size() < width) out.append(width - out.size(), ' ');
  return out;
}

}  // namespace

std::string_view standingWord(Standing standing) {
  switch (standing) {
    case Standing::Pass: return "pass";
    case Standing::Note: return "note";
    case Standing::Warn: return "warn";
    case Standing::Fail: return "fail";
    case Standing::Unknown: return "unknown";
  }
  return "unknown";
}

void Checklist::add(std::string_view name, Standing standing, std::string text, std::string remedy) {
  checks_.push_back({std::string(name), standing, std::move(text), std::move(remedy)});
}

const Check* Checklist::find(std::string_view name) const {
  const auto found =
      std::find_if(checks_.begin(), checks_.end(), [&](const Check& check) { return check.name == name; });
  return found == checks_.end() ? nullptr : &*found;
}

bool Checklist::has(Standing standing) const {
  return std::any_of(checks_.begin(), checks_.end(),
                     [&](const Check& check) { return check.standing == standing; });
}

Standing Checklist::worst() const {
  for (const Standing standing : {Standing::Fail, Standing::Unknown, Standing::Warn}) {
    if (has(standing)) return standing;
  }
  return Standing::Pass;
}

std::vector<std::string> Checklist::remedies() const {
  std::vector<std::string> out;
  for (const Standing standing : {Standing::Fail, Standing::Warn}) {
    for (const Check& check : checks_) {
      const bool known = std::find(out.begin(), out.end(), check.remedy) != out.end();
      if (check.standing == standing && !check.remedy.empty() && !known) out.push_back(check.remedy);
    }
  }
  return out;
}

int Checklist::exitCode() const {
  if (has(Standing::Fail)) return kExitNotPass;
  return has(Standing::Unknown) ? kExitTemporary : kExitPass;
}

void Checklist::print(std::ostream& out, bool colours) const {
  constexpr std::size_t kWord = 9;
  std::size_t width = 0;
  for (const Check& check : checks_) width = std::max(width, check.name.size() + 2);
  for (const Check& check : checks_) {
    const std::string word = padded(standingWord(check.standing), kWord);
    const std::string_view colour = colours ? colourOf(check.standing) : "";
    out << colour << word << (colour.empty() ? "" : "\033[0m") << padded(check.name, width)
        << printable(check.text) << '\n';
    if (!check.remedy.empty())
      out << std::string(kWord + width, ' ') << "-> " << printable(check.remedy) << '\n';
  }
}

void Checklist::write(report::JsonWriter& w) const {
  w.beginArray("checks");
  for (const Check& check : checks_) {
    w.beginObject();
    w.text("check", check.name);
    w.text("status", standingWord(check.standing));
    w.text("text", check.text);
    w.textIf("remedy", check.remedy);
    w.endObject();
  }
  w.endArray();
  w.beginArray("next");
  for (const auto& remedy : remedies()) w.element(remedy);
  w.endArray();
}

}  // namespace alignd::cli
