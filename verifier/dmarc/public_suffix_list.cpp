#include "verifier/dmarc/public_suffix_list.h"

#include <cstdio>
#include <string>

#include <libpsl.h>

namespace alignd::dmarc {

namespace {

struct Free {
  void operator()(psl_ctx_t* list) const { psl_free(list); }  // leaves the builtin list alone
};

class Libpsl final : public PublicSuffixList {
 public:
  explicit Libpsl(std::unique_ptr<psl_ctx_t, Free> list) : list_(std::move(list)) {}

  std::string organizationalDomain(const std::string& domain) const override {
    const char* registered = psl_registrable_domain(list_.get(), domain.c_str());
    return registered == nullptr ? domain : registered;
  }

 private:
  std::unique_ptr<psl_ctx_t, Free> list_;
};

}  // namespace

std::shared_ptr<const PublicSuffixList> parsePublicSuffixList(std::string_view content) {
  if (content.empty()) return nullptr;
  std::string copy(content);  // fmemopen wants it writable
  std::FILE* file = fmemopen(copy.data(), copy.size(), "r");
  if (file == nullptr) return nullptr;
  std::unique_ptr<psl_ctx_t, Free> list(psl_load_fp(file));
  std::fclose(file);
  if (!list || psl_suffix_count(list.get()) == 0) return nullptr;
  return std::make_shared<Libpsl>(std::move(list));
}

std::shared_ptr<const PublicSuffixList> builtinPublicSuffixList() {
  // The builtin context is shared and constant; psl_free knows it.
  const psl_ctx_t* list = psl_builtin();
  if (list == nullptr) return nullptr;
  return std::make_shared<Libpsl>(std::unique_ptr<psl_ctx_t, Free>(const_cast<psl_ctx_t*>(list)));
}

}  // namespace alignd::dmarc
