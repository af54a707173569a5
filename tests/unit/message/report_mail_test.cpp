#include "verifier/message/report_mail.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace alignd::message {
namespace {

TEST(ReportMail, IsKnownByItsTypeOrItsSubject) {
  struct Row {
    std::vector<RawField> fields;
    bool report;
  };
  const std::vector<Row> rows{
      {{}, false},
      {{{"Subject", " Report Domain: example.org Submitter: a.example Report-ID: <1>"},
        {"From", " x@a.example"}},
       true},
      {{{"subject", "\r\n Report Domain: example.org"}}, true},
      {{{"Subject", " Re: Report Domain: example.org"}}, false},
      {{{"Subject", " report domain: example.org"}}, false},  // RFC 9990: the words are case-sensitive
      {{{"Content-Type", " multipart/report; report-type=feedback-report; boundary=x"}}, true},
      {{{"CONTENT-TYPE", " Multipart/Report;\r\n boundary=\"x\";\r\n\tReport-Type = \"Feedback-Report\""}},
       true},
      {{{"Content-Type", " multipart/report; report-type=\"tlsrpt\""}}, true},
      // A delivery notice is mail like any other.
      {{{"Content-Type", " multipart/report; report-type=delivery-status"}}, false},
      {{{"Content-Type", " multipart/report; report-type=\"tlsrpt"}}, false},
      {{{"Content-Type", " multipart/report; report-type=\""}}, false},
      {{{"Content-Type", " multipart/report"}}, false},
      {{{"Content-Type", " multipart/mixed; report-type=feedback-report"}}, false},
      {{{"Content-Type", ""}}, false},
      // Of two, any reader may take the other.
      {{{"Content-Type", " text/plain"}, {"Content-Type", " multipart/report; report-type=feedback-report"}},
       true},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    HeaderBlock header;
    for (const RawField& field : rows[i].fields) header.add(field);
    EXPECT_EQ(isReportMail(header), rows[i].report) << i;
  }
}

}  // namespace
}  // namespace alignd::message
