#include "reporting/send/mail.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "dns/data/ascii.h"
#include "verifier/report/utf8.h"

namespace alignd::reporting {

namespace {

using ascii::cat;

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string base64(std::string_view octets) {
  std::string out;
  out.reserve((octets.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8U | (i + j < octets.size() ? static_cast<unsigned char>(octets[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out += i + j > octets.size() ? '=' : kAlphabet[group >> (18 - 6 * j) & 63U];
    }
  }
  return out;
}

// One line of a field may have 998 octets (RFC 5322 section 2.1.1); names of domains can bring it near.
std::string folded(std::string_view field) {
  std::string out;
  std::size_t line = 0;
  while (!field.empty()) {
    const auto blank = field.find(' ', 1);
    const auto word = field.substr(0, blank);
    if (line > 0 && line + word.size() > 78) {
      out += "\r\n";
      line = 0;
    }
    out += word;
    line += word.size();
    field.remove_prefix(word.size());
  }
  return out;
}

}  // namespace

std::string mailDate(std::int64_t seconds) {
  const std::time_t clock = seconds;
  std::tm parts{};
  gmtime_r(&clock, &parts);
  constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::array<char, 32> text{};
  const auto length = std::strftime(text.data(), text.size(), "%Y %H:%M:%S +0000", &parts);
  return cat({kDays[static_cast<std::size_t>(parts.tm_wday)],
              ", ",
              std::to_string(parts.tm_mday),
              " ",
              kMonths[static_cast<std::size_t>(parts.tm_mon)],
              " ",
              {text.data(), length}});
}

std::string base64Lines(std::string_view octets) {
  const std::string all = base64(octets);
  std::string out;
  out.reserve(all.size() + all.size() / 38 + 2);
  for (std::size_t i = 0; i < all.size(); i += 76) {
    out += std::string_view(all).substr(i, 76);
    out += "\r\n";
  }
  return out;
}

std::string phrase(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return ascii::isAlnum(c) || std::string_view(" !#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
  });
  if (plain) return std::string(text);
  std::string out;
  std::string chunk;
  const auto flush = [&] {
    if (chunk.empty()) return;
    out += cat({out.empty() ? "" : " ", "=?utf-8?B?", base64(chunk), "?="});
    chunk.clear();
  };
  // No encoded-word is longer than 75, and none ends within a character (RFC 2047 sections 2 and 5).
  while (!text.empty()) {
    const std::size_t length = std::max<std::size_t>(report::decodeUtf8(text).length, 1);
    if (chunk.size() + length > 45) flush();
    chunk += text.substr(0, length);
    text.remove_prefix(length);
  }
  flush();
  return out;
}

std::string compose(const ReportMail& mail) {
  const std::string boundary = cat({"report-", mail.reportId});
  std::string out;
  out.reserve(mail.attachment.size() * 3 / 2 + 2000);
  out += cat({"Date: ", mailDate(mail.date), "\r\n"});
  out += cat({folded(cat({"From: ", phrase(mail.fromName), " <", mail.from, ">"})), "\r\n"});
  out += cat({"To: ", mail.to, "\r\n"});
  out += cat({folded(cat({"Subject: ", mail.subject})), "\r\n"});
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
