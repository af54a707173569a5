#include "tests/support/dns_message.h"

#include <algorithm>

#include "dns/data/ascii.h"

namespace alignd::test {

namespace {

constexpr std::size_t kHeader = 12;

unsigned read16(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned>(static_cast<unsigned char>(bytes[at]) << 8) |
         static_cast<unsigned char>(bytes[at + 1]);
}

// Reads an uncompressed name: questions hold no pointers. False when it is none.
bool readLabels(std::string_view bytes, std::size_t& at, std::vector<std::string>& labels) {
  while (at < bytes.size()) {
    const std::size_t length = static_cast<unsigned char>(bytes[at++]);
    if (length == 0) return true;
    if (length > 63 || at + length > bytes.size() || labels.size() > 127) return false;
    labels.emplace_back(bytes.substr(at, length));
    at += length;
  }
  return false;
}

}  // namespace

std::string Query::name() const {
  std::string out;
  for (const auto& label : labels) {
    if (!out.empty()) out += '.';
    out += label;
  }
  return out;
}

std::optional<Query> readQuery(std::string_view message) {
  if (message.size() < kHeader) return std::nullopt;
  Query query;
  query.id = static_cast<std::uint16_t>(read16(message, 0));
  query.flags = static_cast<std::uint16_t>(read16(message, 2));
  const bool plain = (query.flags & 0xf800) == 0 && read16(message, 4) == 1 && read16(message, 6) == 0 &&
                     read16(message, 8) == 0;
  if (!plain) return std::nullopt;
  std::size_t at = kHeader;
  if (!readLabels(message, at, query.labels) || at + 4 > message.size()) return std::nullopt;
  query.type = static_cast<std::uint16_t>(read16(message, at));
  query.klass = static_cast<std::uint16_t>(read16(message, at + 2));
  at += 4;
  query.questionWire = message.substr(kHeader, at - kHeader);
  for (unsigned left = read16(message, 10); left > 0; --left) {
    std::vector<std::string> owner;
    if (!readLabels(message, at, owner) || at + 10 > message.size()) return std::nullopt;
    if (read16(message, at) == kTypeOpt) {  // RFC 6891 section 6.1.2
      query.edns = true;
      query.udpPayload = static_cast<std::uint16_t>(std::max(512U, read16(message, at + 2)));
      query.dnssecOk = (read16(message, at + 6) & 0x8000) != 0;
    }
    at += 10 + read16(message, at + 8);
    if (at > message.size()) return std::nullopt;
  }
  return query;
}

MessageWriter::MessageWriter(std::uint16_t id, std::uint16_t flags) {
  u16(id);
  u16(flags);
  bytes_.append(8, '\0');
}

void MessageWriter::question(std::string_view wire) {
  poke16(4, 1);
  // Every suffix of the name can be pointed at.
  std::size_t at = 0;
  std::vector<std::string> labels;
  if (readLabels(wire, at, labels)) {
    std::size_t offset = bytes_.size();
    for (std::size_t first = 0; first < labels.size(); ++first) {
      std::string suffix;
      for (std::size_t i = first; i < labels.size(); ++i) suffix += ascii::toLower(labels[i]) + ".";
      names_.emplace(suffix, offset);
      offset += labels[first].size() + 1;
    }
  }
  bytes_ += wire;
}

void MessageWriter::beginRecord(Section section, std::string_view owner, std::uint16_t type,
                                std::uint32_t ttl, std::uint16_t klass) {
  name(owner);
  beginRecordWithOwnerWire(section, {}, type, ttl, klass);
}

void MessageWriter::beginRecordWithOwnerWire(Section section, std::string_view ownerWire, std::uint16_t type,
                                             std::uint32_t ttl, std::uint16_t klass) {
  ++counts_[static_cast<std::size_t>(section)];
  bytes_ += ownerWire;
  u16(type);
  u16(klass);
  u32(ttl);
  u16(0);
  rdataAt_ = bytes_.size();
}

void MessageWriter::u8(unsigned value) {
  bytes_ += static_cast<char>(value);
}

void MessageWriter::u16(unsigned value) {
  u8(value >> 8 & 0xff);
  u8(value & 0xff);
}

void MessageWriter::u32(std::uint32_t value) {
  u16(value >> 16);
  u16(value & 0xffff);
}

void MessageWriter::poke16(std::size_t at, unsigned value) {
  bytes_[at] = static_cast<char>(value >> 8 & 0xff);
  bytes_[at + 1] = static_cast<char>(value & 0xff);
}

void MessageWriter::name(std::string_view text) {
  while (!text.empty()) {
    const std::string suffix = ascii::toLower(text) + ".";
    if (const auto known = names_.find(suffix); known != names_.end()) {
      u16(0xc000U | static_cast<unsigned>(known->second));
      return;
    }
    if (bytes_.size() < 0x3fff) names_.emplace(suffix, bytes_.size());
    const auto dot = text.find('.');
    const auto label = text.substr(0, dot);
    u8(static_cast<unsigned>(label.size()));
    bytes_ += label;
    text = dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
  }
  u8(0);
}

void MessageWriter::strings(std::string_view text, std::size_t length) {
  do {
    const auto part = text.substr(0, length);
    u8(static_cast<unsigned>(part.size()));
    bytes_ += part;
    text.remove_prefix(part.size());
  } while (!text.empty());
}

void MessageWriter::endRecord(int lie) {
  poke16(rdataAt_ - 2, static_cast<unsigned>(static_cast<int>(bytes_.size() - rdataAt_) + lie));
}

void MessageWriter::opt(std::uint16_t udpPayload, bool dnssecOk) {
  beginRecordWithOwnerWire(Section::Additional, std::string_view("\0", 1), kTypeOpt, dnssecOk ? 0x8000 : 0,
                           udpPayload);
  endRecord();
}

std::string MessageWriter::finish(int lie) {
  poke16(6, static_cast<unsigned>(counts_[0] + lie));
  poke16(8, counts_[1]);
  poke16(10, counts_[2]);
  return bytes_;
}

}  // namespace alignd::test
