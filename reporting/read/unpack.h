// The reports within a file: XML, gzip, zip, or a mail that holds them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace alignd::reporting {

/// One candidate: its XML, or why there is none.
struct Unpacked {
  std::string name;  // of the part or member; may be empty
  std::string xml;
  std::string problem;
};

/// Everything is bounded: octets that come out of compressed files, members, parts, depth of parts.
std::vector<Unpacked> unpack(std::string_view file);

/// What one file may still unpack to, all that is in it together: octets, what was refused after all included.
using Room = std::size_t;

/// A gzip file, or why it is none.
Unpacked unpackGzip(std::string_view file, Room& room);
/// The members of a zip archive that end in .xml.
std::vector<Unpacked> unpackZip(std::string_view file, Room& room);
/// The parts of a message that are XML, gzip or zip by what they hold.
std::vector<Unpacked> unpackMail(std::string_view message, Room& room);

}  // namespace alignd::reporting
