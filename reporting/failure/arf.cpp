#include "reporting/failure/arf.h"

#include "dns/data/ascii.h"
#include "reporting/report/mail_text.h"

namespace alignd::reporting {

namespace {

using ascii::cat;

std::string forPeople(const FailureMail& mail, const FailureRecord& record) {
  std::string out =
      cat({"This is an authentication failure report (RFC 9991) for a message in the name of\r\n",
           record.from, "\r\nthat ", mail.domain, " received on ", mailDate(record.time), "\r\nfrom ",
           record.client.empty() ? "an unknown address" : record.client, ".\r\n"});
  if (mail.incidents > 1) {
    out += cat({std::to_string(mail.incidents), " messages failed alike; this is the first of them.\r\n"});
  }
  if (record.redacted) {
    out += "Local parts are pseudonyms, and fields that are not about transport are left out.\r\n";
  }
  return out;
}

}  // namespace

std::string composeFailure(const FailureMail& mail, const FailureRecord& record) {
  const std::string boundary = cat({"part-", mail.id});
  std::string out;
  out.reserve(record.feedback.size() + record.header.size() + record.body.size() + 3000);
  out += cat({"Date: ", mailDate(mail.date), "\r\n"});
  out += cat({foldedField(cat({"From: ", phrase(mail.fromName), " <", mail.from, ">"})), "\r\n"});
  out += cat({"To: ", mail.to, "\r\n"});
  out += cat({foldedField(cat({"Subject: DMARC failure report for ", record.from, " from ",
                               record.client.empty() ? "an unknown address" : record.client})),
              "\r\n"});
  out += cat({"Message-ID: <", mail.id, "@", mail.domain, ">\r\n"});
  out += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
  out += cat({"Content-Type: multipart/report; report-type=feedback-report;\r\n boundary=\"", boundary,
              "\"\r\n\r\n"});
  out += cat({"--", boundary, "\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"});
  out += forPeople(mail, record);
  out += cat({"\r\n--", boundary, "\r\nContent-Type: message/feedback-report\r\n\r\n"});
  out += "Feedback-Type: auth-failure\r\nUser-Agent: alignd-report/" ALIGND_VERSION "\r\nVersion: 1\r\n";
  out += record.feedback;
  out += cat({"Arrival-Date: ", mailDate(record.time), "\r\n"});
  if (mail.incidents > 1) out += cat({"Incidents: ", std::to_string(mail.incidents), "\r\n"});
  // RFC 9991 appendix A: what has no body is no message.
  out +=
      cat({"\r\n--", boundary,
           "\r\nContent-Type: ", record.body.empty() ? "text/rfc822-headers" : "message/rfc822", "\r\n\r\n"});
  out += record.header;
  if (!record.body.empty()) out += cat({"\r\n", record.body});
  out += cat({"\r\n--", boundary, "--\r\n"});
  return out;
}

}  // namespace alignd::reporting
