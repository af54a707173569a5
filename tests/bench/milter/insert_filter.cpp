// The least that a filter made with libmilter can cost: it takes every event, keeps nothing, inserts one field.
//   insert_filter SOCKET
#include <iostream>
#include <string>

#include <libmilter/mfapi.h>

namespace {

sfsistat negotiate(SMFICTX*, unsigned long, unsigned long steps, unsigned long, unsigned long,
                   unsigned long* actions, unsigned long* wanted, unsigned long* f2, unsigned long* f3) {
  *actions = SMFIF_ADDHDRS;
  // No answers but the last one, as alignd has it.
  *wanted = steps & (SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_DATA |
                     SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY | SMFIP_NOUNKNOWN);
  *f2 = *f3 = 0;
  return SMFIS_CONTINUE;
}

sfsistat field(SMFICTX*, char*, char*) {
  return SMFIS_NOREPLY;
}

sfsistat body(SMFICTX*, unsigned char*, std::size_t) {
  return SMFIS_NOREPLY;
}

sfsistat endOfMessage(SMFICTX* context) {
  static std::string name = "Authentication-Results";
  static std::string value = " mx.example.org; none";
  smfi_insheader(context, 0, name.data(), value.data());
  return SMFIS_CONTINUE;
}

}  // namespace

int main(int argc, char** argv) {
  static std::string name = "insert_filter";
  smfiDesc filter{};
  filter.xxfi_name = name.data();
  filter.xxfi_version = SMFI_VERSION;
  filter.xxfi_flags = SMFIF_ADDHDRS;
  filter.xxfi_negotiate = negotiate;
  filter.xxfi_header = field;
  filter.xxfi_body = body;
  filter.xxfi_eom = endOfMessage;
  if (argc != 2 || smfi_setconn(argv[1]) != MI_SUCCESS || smfi_register(filter) != MI_SUCCESS ||
      smfi_opensocket(false) != MI_SUCCESS) {
    std::cerr << "usage: insert_filter SOCKET\n";
    return 64;
  }
  std::cout << "listens on " << argv[1] << std::endl;
  return smfi_main() == MI_SUCCESS ? 0 : 1;
}
