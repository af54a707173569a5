#include "reporting/send/mail.h"

#include "dns/data/ascii.h"
#include "verifier/dkim/base64.h"

namespace alignd::reporting {

namespace {

using ascii::cat;

}  // namespace

std::string base64Lines(std::string_view octets) {
  const std::string all = dkim::encodeBase64(octets);
  std::string out;
  out.reserve(all.size() + all.size() / 38 + 2);
  for (std::size_t i = 0; i < all.size(); i += 76) {
    out += std::string_view(all).substr(i, 76);
    out += "\r\n";
  }
  return out;
}

std::string compose(const ReportMail& mail) {
  const std::string boundary = cat({"report-", mail.reportId});
  std::string out;
  out.reserve(mail.attachment.size() * 3 / 2 + 2000);
  out += cat({"Date: ", mailDate(mail.date), "\r\n"});
  out += cat({foldedField(cat({"From: ", phrase(mail.fromName), " <", mail.from, ">"})), "\r\n"});
  out += cat({"To: ", mail.to, "\r\n"});
  out += cat({foldedField(cat({"Subject: ", mail.subject})), "\r\n"});
  out += cat({"Message-ID: <", mail.reportId, "@", mail.domain, ">\r\n"});
  out += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
  out += cat({"Content-Type: multipart/mixed;\r\n boundary=\"", boundary, "\"\r\n\r\n"});
  out += cat({"--", boundary, "\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"});
  out += cat({"This is a DMARC aggregate report (RFC 9990) about mail of\r\n", mail.about, "\r\nthat ",
              mail.domain, "\r\nreceived on ", mail.day,
              " (UTC). It is read by programs; alignd-report read FILE\r\n", "shows it as a table.\r\n\r\n"});
  out += cat({"--", boundary, "\r\nContent-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\n"});
  out += cat({"Content-Disposition: attachment;\r\n filename=\"", mail.fileName, "\"\r\n\r\n"});
  out += base64Lines(mail.attachment);
  out += cat({"\r\n--", boundary, "--\r\n"});
  return out;
}

}  // namespace alignd::reporting
