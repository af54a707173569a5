#include "reporting/read/unpack.h"

#include <algorithm>
#include <cstdint>

#include <zlib.h>

#include "dns/data/ascii.h"
#include "reporting/read/from_xml.h"

namespace alignd::reporting {

namespace {

using ascii::cat;

constexpr std::size_t kMaxMembers = 100;
constexpr Room kMaxUnpacked = 3 * kMaxXml;  // a mail may hold several reports

bool isGzip(std::string_view file) {
  return file.starts_with("\x1f\x8b");
}
bool isZip(std::string_view file) {
  return file.starts_with("PK\x03\x04") || file.starts_with("PK\x05\x06");
}
bool isXml(std::string_view file) {
  if (file.starts_with("\xef\xbb\xbf")) file.remove_prefix(3);
  if (file.starts_with("\xff\xfe") || file.starts_with("\xfe\xff")) return true;  // UTF-16
  while (!file.empty() && (ascii::isWsp(file.front()) || file.front() == '\n' || file.front() == '\r')) {
    file.remove_prefix(1);
  }
  return file.starts_with('<');
}

// `windowBits` as zlib has it: 31 gzip, -15 raw.
Unpacked inflated(std::string_view octets, int windowBits, Room& room) {
  Unpacked out;
  const std::size_t most = std::min(kMaxXml, room);
  const std::string tooMuch =
      cat({"all of the file unpacks to more than ", std::to_string(kMaxUnpacked >> 20U), " MiB"});
  if (room == 0) {
    out.problem = tooMuch;
    return out;
  }
  z_stream stream{};
  if (inflateInit2(&stream, windowBits) != Z_OK) {
    out.problem = "zlib has no memory";
    return out;
  }
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(octets.data()));  // zlib does not write there
  stream.avail_in = static_cast<uInt>(std::min<std::size_t>(octets.size(), 1U << 30U));
  int code = Z_OK;
  while (code == Z_OK && out.xml.size() <= most) {
    constexpr std::size_t kPiece = std::size_t{256} << 10U;
    const std::size_t before = out.xml.size();
    out.xml.resize(before + kPiece);
    stream.next_out = reinterpret_cast<Bytef*>(out.xml.data() + before);
    stream.avail_out = kPiece;
    code = inflate(&stream, Z_NO_FLUSH);
    out.xml.resize(before + kPiece - stream.avail_out);
  }
  inflateEnd(&stream);
  room -= std::min(room, out.xml.size());
  if (out.xml.size() > kMaxXml) {
    out.problem = cat({"it unpacks to more than ", std::to_string(kMaxXml >> 20U), " MiB"});
  } else if (out.xml.size() > most) {
    out.problem = tooMuch;
  } else if (code != Z_STREAM_END) {
    out.problem = "the compressed file is damaged or cut off";
  }
  if (!out.problem.empty()) out.xml.clear();
  return out;
}

// Little endian; 0 beyond the end.
std::uint32_t number(std::string_view file, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  if (at > file.size() || file.size() - at < size) return 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8U | static_cast<unsigned char>(file[at + i]);
  return value;
}

// APPNOTE 4.3.7: the member that a central entry points to.
Unpacked zipMember(std::string_view file, std::size_t entry, Room& room) {
  const std::uint32_t method = number(file, entry + 10, 2);
  const std::uint32_t packed = number(file, entry + 20, 4);
  const std::uint32_t local = number(file, entry + 42, 4);
  Unpacked out;
  if ((number(file, entry + 8, 2) & 1U) != 0) {
    out.problem = "it is encrypted";
    return out;
  }
  if (local > file.size() || !file.substr(local).starts_with("PK\x03\x04")) {
    out.problem = "the archive is damaged";
    return out;
  }
  const std::size_t begin =
      std::size_t{local} + 30 + number(file, local + 26, 2) + number(file, local + 28, 2);
  if (begin > file.size() || packed > file.size() - begin) {
    out.problem = "the archive is cut off";
    return out;
  }
  const auto octets = file.substr(begin, packed);
  if (method == 8) return inflated(octets, -15, room);
  if (method != 0) {
    out.problem = "it is packed in a way that reports do not use";
  } else if (octets.size() > std::min(kMaxXml, room)) {
    out.problem = "it is too large";
  } else {
    room -= octets.size();
    out.xml = octets;
  }
  return out;
}

}  // namespace

Unpacked unpackGzip(std::string_view file, Room& room) {
  return inflated(file, 15 + 16, room);
}

std::vector<Unpacked> unpackZip(std::string_view file, Room& room) {
  constexpr std::size_t kEnd = 22;
  std::vector<Unpacked> out;
  const auto end = file.size() < kEnd ? std::string_view::npos : file.rfind("PK\x05\x06", file.size() - kEnd);
  if (end == std::string_view::npos) return {{"", "", "the archive is damaged or cut off"}};
  const std::size_t entries = std::min<std::size_t>(number(file, end + 10, 2), kMaxMembers);
  std::size_t at = number(file, end + 16, 4);
  for (std::size_t i = 0; i < entries; ++i) {
    if (at > file.size() || !file.substr(at).starts_with("PK\x01\x02")) {
      out.push_back({"", "", "the archive is damaged"});
      break;
    }
    const std::size_t nameLength = number(file, at + 28, 2);
    const std::string name(file.substr(std::min(at + 46, file.size()), nameLength));
    if (ascii::toLower(name).ends_with(".xml")) {
      Unpacked member = zipMember(file, at, room);
      member.name = name;
      out.push_back(std::move(member));
    }
    at += 46 + nameLength + number(file, at + 30, 2) + number(file, at + 32, 2);
  }
  if (out.empty()) out.push_back({"", "", "the archive holds no .xml"});
  return out;
}

std::vector<Unpacked> unpack(std::string_view file) {
  Room room = kMaxUnpacked;
  if (isGzip(file)) return {unpackGzip(file, room)};
  if (isZip(file)) return unpackZip(file, room);
  if (isXml(file)) {
    if (file.size() > kMaxXml) return {{"", "", "it is too large"}};
    return {{"", std::string(file), ""}};
  }
  return unpackMail(file, room);
}

}  // namespace alignd::reporting
