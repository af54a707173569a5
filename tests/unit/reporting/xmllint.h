// Reports against the schema of RFC 9990, by xmllint. The schema lies beside the project, not in it.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

namespace alignd::reporting::test {

inline const std::string kSchema = ALIGND_SHARED "/rfc/dmarc-xml-0.2.xsd";

inline bool canLint() {
  static const bool can =
      std::filesystem::exists(kSchema) && std::system("xmllint --version 2>/dev/null") == 0;
  return can;
}

/// Empty when `xml` is valid; what xmllint says otherwise.
inline std::string lint(const std::string& xml) {
  const std::string file = testing::TempDir() + "report" + std::to_string(::getpid()) + ".xml";
  std::ofstream(file, std::ios::binary) << xml;
  const std::string command = "xmllint --noout --nonet --schema '" + kSchema + "' '" + file + "' 2>&1";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::string said(4096, '\0');
  said.resize(std::fread(said.data(), 1, said.size(), pipe));
  const int status = ::pclose(pipe);
  std::filesystem::remove(file);
  return status == 0 ? "" : said;
}

}  // namespace alignd::reporting::test
