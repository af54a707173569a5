// A verdict line's message, good in all respects, to change in one.
#pragma once

#include "reporting/log/message.h"

namespace alignd::reporting::test {

inline LoggedMessage sample() {
  LoggedMessage out;
  out.timeMs = 1'795'317'255'926;  // 2026-11-22
  out.queueId = "Q1";
  out.client = "192.0.2.7";
  out.mailFrom = "bounce@Mail.Example.org";
  out.recipientDomains = {"rcpt.example"};
  out.from = "example.org";
  out.hasSpf = true;
  out.spf = {"pass", "mail.example.org", "matched", false};
  out.dkim = {{"pass", "example.org", "s1", "verified", "verified"}};
  out.hasDmarc = true;
  out.dmarc.result = "pass";
  out.dmarc.policyDomain = "example.org";
  out.dmarc.p = "reject";
  out.dmarc.policy = "reject";
  out.dmarc.disposition = "reject";
  out.dmarc.adkim = "r";
  out.dmarc.aspf = "s";
  out.dmarc.fo = "1";
  out.dmarc.method = "treewalk";
  out.dmarc.rua = {"mailto:reports@example.org"};
  out.dmarc.alignedDkim = true;
  out.dmarc.identifiers = {{"dkim", "example.org", "s1", true, true}};
  out.dmarc.walk = {{"example.org", "ok", "v=DMARC1; p=reject; rua=mailto:reports@example.org!2m", ""}};
  out.action = "accept";
  out.would = "accept";
  return out;
}

}  // namespace alignd::reporting::test
