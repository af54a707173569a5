#include "tests/integration/milter/signed_field.h"

#include "tests/unit/dkim/signer.h"

namespace alignd::test {

std::string signingKeyRecord() {
  return SigningKey::ed25519().record();
}

std::string signedField(const std::string& domain, const std::vector<std::string>& header,
                        const std::string& body) {
  SignOptions options;
  options.d = domain;
  options.h = "from:subject";
  std::string field = sign(header, body, SigningKey::ed25519(), options);
  std::erase(field, '\r');
  return field.substr(field.find(':') + 1);
}

}  // namespace alignd::test
