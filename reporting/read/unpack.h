// The reports within a file: XML, gzip, zip, or a mail that holds them.
#pragma once

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

/// Everything is bounded: octets that come out of a compressed file, members, parts, depth of parts.
std::vector<Unpacked> unpack(std::string_view file);

/// A gzip file, or why it is none.
Unpacked unpackGzip(std::string_view file);
/// The members of a zip archive that end in .xml.
std::vector<Unpacked> unpackZip(std::string_view file);
/// The parts of a message that are XML, gzip or zip by what they hold.
std::vector<Unpacked> unpackMail(std::string_view message);

}  // namespace alignd::reporting
