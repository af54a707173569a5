// alignd.toml from the settings of the programs that alignd replaces.
#pragma once

#include <string>
#include <vector>

#include "conf/reader.h"

namespace alignd::conf::migration {

/// Files to read; those that are empty are not.
struct Inputs {
  std::string openDkim;
  std::string openDmarc;
  std::string policydSpf;
  std::string rspamd;  // a folder
  bool any() const;
};

struct Imported {
  std::string text;                 // ready to be an alignd.toml, or the signer's file
  std::vector<std::string> faults;  // "FILE:LINE: what": then there is no text
  std::size_t refused = 0;          // options that were not taken over; `text` has the reasons
};

/// All of them merged. What conf::parse would not take is not in it, but for files it is told to read.
Imported importSettings(const Inputs& inputs, const ReadFile& readFile);

/// What is left of an opendkim.conf for signing.
Imported importSigner(const std::string& openDkim, const ReadFile& readFile);

/// Reads regular files of up to 4 MiB.
FileContent readImported(const std::string& path);

}  // namespace alignd::conf::migration
