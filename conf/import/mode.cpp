// One mode for what three programs did: DMARC and SPF are acted on by [policy] together.
#include "conf/import/translate.h"

namespace alignd::conf::migration {

void decideMode(const Actions& actions, Draft& draft) {
  if (actions.dmarcHolds) draft.text("policy", "quarantine", "hold", *actions.dmarcHolds);
  if (actions.dmarcRejects) {
    draft.text("policy", "mode", "enforce", *actions.dmarcRejects);
    draft.text("policy", "reject", "reject", *actions.dmarcRejects);
    return;
  }
  if (!actions.spfRejects) return;  // mode = "stamp"
  const Word& from = *actions.spfRejects;
  draft.text("policy", "mode", "enforce", from);
  // SPF alone refused: what DMARC finds goes on being stamped only.
  const Word& why = actions.dmarcReads ? *actions.dmarcReads : from;
  for (const std::string_view key : {"quarantine", "reject", "ambiguous_author", "temperror"}) {
    if (!draft.has("policy", key)) draft.text("policy", key, "accept", why);
  }
  draft.remark(
      "Mail that fails DMARC was only stamped, and mail that SPF refuses was refused: so it stays. Without "
      "the lines\n"
      "# that say \"accept\" in [policy], mail that fails DMARC is marked.");
}

}  // namespace alignd::conf::migration
