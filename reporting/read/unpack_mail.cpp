#include <algorithm>
#include <optional>

#include "dns/data/ascii.h"
#include "reporting/read/unpack.h"
#include "verifier/dkim/base64.h"

namespace alignd::reporting {

namespace {

constexpr std::size_t kMaxParts = 200;
constexpr int kMaxDepth = 8;
constexpr std::size_t kMaxHeader = std::size_t{1} << 20U;

// The next line without its end; `rest` is moved behind it.
std::string_view takeLine(std::string_view& rest) {
  const auto end = rest.find('\n');
  auto line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

struct Entity {
  std::string type = "text/plain";  // lower case
  std::string boundary;
  std::string encoding;
  std::string name;
  std::string_view body;
};

// `name=value` or `name="value"` behind semicolons; not RFC 2231, which no reporter needs.
std::string parameter(std::string_view field, std::string_view name) {
  const std::string lower = ascii::toLower(field);
  for (auto at = lower.find(name); at != std::string::npos; at = lower.find(name, at + 1)) {
    const bool begins = at > 0 && (lower[at - 1] == ';' || ascii::isWsp(lower[at - 1]));
    auto value = field.substr(at + name.size());
    if (!begins || !value.starts_with('=')) continue;
    value.remove_prefix(1);
    if (value.starts_with('"')) return std::string(value.substr(1, value.find('"', 1) - 1));
    return std::string(value.substr(0, value.find_first_of("; \t")));
  }
  return {};
}

void readField(std::string_view field, Entity& out) {
  const auto colon = field.find(':');
  if (colon == std::string_view::npos) return;
  const auto name = ascii::trimWsp(field.substr(0, colon));
  const auto value = ascii::trimWsp(field.substr(colon + 1));
  if (ascii::equalIgnoreCase(name, "Content-Type")) {
    out.type = ascii::toLower(ascii::trimWsp(value.substr(0, value.find(';'))));
    out.boundary = parameter(value, "boundary");
    if (out.name.empty()) out.name = parameter(value, "name");
  } else if (ascii::equalIgnoreCase(name, "Content-Transfer-Encoding")) {
    out.encoding = ascii::toLower(value);
  } else if (ascii::equalIgnoreCase(name, "Content-Disposition")) {
    if (std::string file = parameter(value, "filename"); !file.empty()) out.name = std::move(file);
  }
}

// Nothing when no header stands there.
std::optional<Entity> readEntity(std::string_view text) {
  Entity out;
  std::string field;
  bool any = false;
  const std::size_t size = text.size();
  while (!text.empty() && size - text.size() < kMaxHeader) {
    const auto line = takeLine(text);
    if (line.empty()) break;
    if (ascii::isWsp(line.front())) {
      field += line;
      continue;
    }
    readField(field, out);
    field = line;
    any = any || line.find(':') != std::string_view::npos;
  }
  readField(field, out);
  out.body = text;
  if (!any) return std::nullopt;
  return out;
}

std::string quotedPrintable(std::string_view text) {
  const auto hex = [](char c) -> int {
    if (ascii::isDigit(c)) return c - '0';
    const char l = ascii::lower(c);
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
  };
  std::string out;
  while (!text.empty()) {
    auto line = takeLine(text);
    while (!line.empty() && ascii::isWsp(line.back())) line.remove_suffix(1);
    const bool soft = line.ends_with('=');
    if (soft) line.remove_suffix(1);
    for (std::size_t i = 0; i < line.size(); ++i) {
      const bool escape =
          line[i] == '=' && i + 2 < line.size() && hex(line[i + 1]) >= 0 && hex(line[i + 2]) >= 0;
      if (escape) {
        out += static_cast<char>(hex(line[i + 1]) * 16 + hex(line[i + 2]));
        i += 2;
      } else {
        out += line[i];
      }
    }
    if (!soft) out += '\n';
  }
  return out;
}

std::string decoded(const Entity& entity, std::string& problem) {
  if (entity.encoding == "quoted-printable") return quotedPrintable(entity.body);
  if (entity.encoding != "base64") return std::string(entity.body);
  std::string bare(entity.body);
  std::erase_if(bare, [](char c) { return c == '\r' || c == '\n' || ascii::isWsp(c); });
  auto octets = dkim::decodeBase64(bare);
  if (!octets) problem = "its base64 is damaged";
  return octets ? *std::move(octets) : std::string();
}

bool mayBeReport(const Entity& entity) {
  const std::string name = ascii::toLower(entity.name);
  for (const std::string_view end : {".xml", ".gz", ".gzip", ".zip"}) {
    if (name.ends_with(end)) return true;
  }
  for (const std::string_view type :
       {"application/gzip", "application/x-gzip", "application/zip", "application/x-zip-compressed",
        "application/xml", "text/xml", "application/dmarc+xml", "application/octet-stream"}) {
    if (entity.type == type) return true;
  }
  return false;
}

// The parts between the boundaries of a multipart body.
std::vector<std::string_view> partsOf(std::string_view body, const std::string& boundary) {
  std::vector<std::string_view> out;
  const std::string mark = "--" + boundary;
  std::string_view rest = body;
  const char* begin = nullptr;
  while (!rest.empty() && out.size() < kMaxParts) {
    const char* at = rest.data();
    const auto line = takeLine(rest);
    if (!line.starts_with(mark)) continue;
    if (begin != nullptr) out.emplace_back(begin, static_cast<std::size_t>(at - begin));
    begin = rest.empty() ? nullptr : rest.data();
    if (line.substr(mark.size()).starts_with("--")) return out;
  }
  if (begin != nullptr) out.emplace_back(begin, static_cast<std::size_t>(body.data() + body.size() - begin));
  return out;
}

}  // namespace

std::vector<Unpacked> unpackMail(std::string_view message, Room& room) {
  std::vector<Unpacked> out;
  std::vector<std::pair<std::string_view, int>> waiting{{message, 0}};
  std::size_t looked = 0;
  while (!waiting.empty() && ++looked <= kMaxParts) {
    const auto [text, depth] = waiting.back();
    waiting.pop_back();
    const auto entity = readEntity(text);
    if (!entity) continue;
    if (entity->type.starts_with("multipart/") && !entity->boundary.empty() && depth < kMaxDepth) {
      const auto parts = partsOf(entity->body, entity->boundary);
      for (auto part = parts.rbegin(); part != parts.rend(); ++part) waiting.emplace_back(*part, depth + 1);
    } else if (entity->type == "message/rfc822" && depth < kMaxDepth) {
      waiting.emplace_back(entity->body, depth + 1);
    } else if (mayBeReport(*entity)) {
      std::string problem;
      const std::string octets = decoded(*entity, problem);
      // What is no XML, gzip or zip is not looked into as a mail once more.
      const bool known = octets.starts_with("\x1f\x8b") || octets.starts_with("PK") ||
                         octets.find_first_of('<') != std::string::npos;
      if (problem.empty() && !known) problem = "it is neither XML, gzip nor zip";
      if (!problem.empty()) {
        out.push_back({entity->name, "", problem});
        continue;
      }
      std::vector<Unpacked> inner;
      if (octets.starts_with("PK")) {
        inner = unpackZip(octets, room);
      } else if (octets.starts_with("\x1f\x8b")) {
        inner.push_back(unpackGzip(octets, room));
      } else {
        inner.push_back({"", octets, ""});
      }
      for (Unpacked& one : inner) {
        if (one.name.empty()) one.name = entity->name;
        out.push_back(std::move(one));
      }
    }
  }
  if (out.empty()) out.push_back({"", "", "neither XML, gzip, zip, nor a mail that holds one"});
  return out;
}

}  // namespace alignd::reporting
