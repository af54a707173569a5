// The exact bytes of a header field, from what milters are given and back.
#pragma once

#include <string>
#include <string_view>

namespace alignd::milter {

/// MTAs hand folds over as LF + WSP (Postfix, Sendmail) and, unless SMFIP_HDR_LEADSPC was negotiated, without
/// the blank behind the colon. Into `out`: the value with CRLF folds, and with one blank in front when
/// `leadingSpace` is false. CRLF stays; an LF that no WSP follows is no fold and stays too.
void rebuildValue(std::string_view value, bool leadingSpace, std::string& out);

/// The other way: CRLF becomes LF, which is what smfi_insheader wants; with `leadingSpace` a blank is put in
/// front.
std::string forMta(std::string_view value, bool leadingSpace);

}  // namespace alignd::milter
