// Messages for the load run, with their signatures; apart from the scripted MTA, whose names collide with the signer's.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace alignd {

struct Mail {
  std::string name;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
  int signatures = 0;
};

/// By somebody@example.org, signed for example.org.
std::vector<Mail> makeLetters();

/// The key record at each of the names that the letters' signatures ask for.
std::string letterKeyRecord();
std::vector<std::string> letterKeyNames();

/// What cannot be saved: SHA-256 of the body once and an RSA-2048 verification a signature, keys and contexts reused.
/// Milliseconds of CPU time.
double arithmeticOf(const Mail& mail);

}  // namespace alignd
