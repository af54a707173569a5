// Reports against what RFC 9990 says, by xmllint: our own grammar of section 3.1, and the schema of its appendix A where that
// lies beside the project.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

namespace alignd::reporting::test {

inline const std::string kGrammar = ALIGND_TEST_DATA "/reports/aggregate.rng";
inline const std::string kSchema = ALIGND_SHARED "/rfc/dmarc-xml-0.2.xsd";

inline bool canLint() {
  static const bool can = std::system("xmllint --version 2>/dev/null") == 0;
  return can;
}

/// Empty when `xml` is valid; what xmllint says otherwise.
inline std::string lint(const std::string& xml) {
  const std::string file = testing::TempDir() + "report" + std::to_string(::getpid()) + ".xml";
  std::ofstream(file, std::ios::binary) << xml;
  std::string command = "xmllint --noout --nonet --relaxng '" + kGrammar + "' '" + file + "' 2>&1";
  if (std::filesystem::exists(kSchema)) {
    command += " && xmllint --noout --nonet --schema '" + kSchema + "' '" + file + "' 2>&1";
  }
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::string said(4096, '\0');
  said.resize(std::fread(said.data(), 1, said.size(), pipe));
  const int status = ::pclose(pipe);
  std::filesystem::remove(file);
  return status == 0 ? "" : said;
}

}  // namespace alignd::reporting::test
