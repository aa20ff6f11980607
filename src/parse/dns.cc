#include "spider/parse/dns.h"

#include <algorithm>
#include <cstring>

namespace spider::parse {
namespace {

using base::ByteReader;
using base::Bytes;

constexpr std::size_t kHeader = 12;  // RFC 1035 4.1.1
constexpr std::uint16_t kResponse = 0x8000;
constexpr std::uint16_t kOpcodeAndRcode = 0x780F;
constexpr std::uint16_t kTypeA = 1;
constexpr std::uint16_t kTypeCname = 5;
constexpr std::uint16_t kTypeAaaa = 28;
constexpr std::uint16_t kInternet = 1;

struct Name {
  std::array<char, kDnsNameMax> text;
  std::size_t bytes = 0;

  [[nodiscard]] std::string_view view() const noexcept { return {text.data(), bytes}; }
};

// What a host may be called, and what is found in practice: RFC 1123 2.1, underscores, and UTF-8
// not. A name of other bytes would have to be told in some escaped form, which nobody searches for.
[[nodiscard]] constexpr bool may_be_in_label(std::uint8_t byte) noexcept {
  return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' || byte == '_';
}

class Message {
 public:
  explicit Message(Bytes bytes) noexcept : bytes_(bytes), in_(bytes) {}

  [[nodiscard]] DnsOutcome read(DnsAnswer& out) noexcept;

 private:
  // Reads the name at the cursor and moves behind it (RFC 1035 4.1.4).
  [[nodiscard]] bool name(Name& out) noexcept;
  [[nodiscard]] bool append(Name& out, Bytes label) noexcept;
  // False: see trouble_.
  [[nodiscard]] bool record(Name& current, DnsAnswer& out) noexcept;
  [[nodiscard]] bool address(Bytes data, std::uint16_t type, DnsAnswer& out) noexcept;

  [[nodiscard]] bool fail(DnsOutcome why) noexcept {
    trouble_ = why;
    return false;
  }

  Bytes bytes_;
  ByteReader in_;
  DnsOutcome trouble_ = DnsOutcome::cut;
};

bool Message::append(Name& out, Bytes label) noexcept {
  // On the wire a name has a length before each label and a zero at its end.
  const std::size_t dots = out.bytes == 0 ? 0 : 1;
  if (out.bytes + dots + label.size() + 2 > kDnsNameMax) return fail(DnsOutcome::bad_name);
  if (dots != 0) out.text[out.bytes++] = '.';
  for (std::uint8_t byte : label) {
    if (byte >= 'A' && byte <= 'Z') byte = static_cast<std::uint8_t>(byte | 0x20U);
    if (!may_be_in_label(byte)) return fail(DnsOutcome::bad_name);
    out.text[out.bytes++] = static_cast<char>(byte);
  }
  return true;
}

bool Message::name(Name& out) noexcept {
  out.bytes = 0;
  std::size_t at = in_.position();
  std::size_t behind = 0;  // of the name where the cursor is; 0: no pointer was followed yet
  for (std::size_t pointers = 0;;) {
    if (at >= bytes_.size()) return fail(DnsOutcome::cut);
    const std::uint8_t length = bytes_[at];
    if (length == 0) {
      ++at;
      break;
    }
    if (length < 0x40) {
      if (bytes_.size() - at - 1 < length) return fail(DnsOutcome::cut);
      if (!append(out, bytes_.subspan(at + 1, length))) return false;
      at += 1U + length;
      continue;
    }
    if (length < 0xC0) return fail(DnsOutcome::bad_name);  // RFC 6891 5: no such labels
    if (bytes_.size() - at < 2) return fail(DnsOutcome::cut);
    const std::size_t to = (length & 0x3FU) << 8U | bytes_[at + 1];
    // "a prior occurance of the same name": forwards or to itself it may run in circles.
    if (to >= at || to < kHeader || ++pointers > kDnsPointersMax) return fail(DnsOutcome::bad_name);
    if (behind == 0) behind = at + 2;
    at = to;
  }
  in_.skip((behind == 0 ? at : behind) - in_.position());
  return true;
}

bool Message::address(Bytes data, std::uint16_t type, DnsAnswer& out) noexcept {
  if (data.size() != (type == kTypeA ? 4U : 16U)) return fail(DnsOutcome::bad_record);
  // Multicast is no host's (RFC 4291 2.7), and some of it is kept for another use
  // (model/address.h).
  if (type == kTypeAaaa && data.front() == 0xFF) return true;
  if (out.count == kDnsAddressesMax) return true;
  ByteReader in(data);
  const model::IpAddress ip =
      type == kTypeA ? model::IpAddress::v4(in.be32()) : model::IpAddress::v6(data);
  const auto end = out.addresses.begin() + static_cast<std::ptrdiff_t>(out.count);
  if (std::find(out.addresses.begin(), end, ip) == end) out.addresses[out.count++] = ip;
  return true;
}

// `current`: the name asked for, or what the last CNAME says it stands for.
bool Message::record(Name& current, DnsAnswer& out) noexcept {
  Name owner;
  if (!name(owner)) return false;
  const std::uint16_t type = in_.be16();
  const std::uint16_t of_class = in_.be16();
  in_.skip(4);
  const std::uint16_t length = in_.be16();
  const std::size_t data_at = in_.position();
  if (in_.failed() || in_.remaining() < length) return fail(DnsOutcome::cut);
  const bool ours = of_class == kInternet && owner.view() == current.view();
  if (ours && type == kTypeCname) {
    if (!name(current)) return false;
    return in_.position() == data_at + length || fail(DnsOutcome::bad_record);
  }
  const Bytes data = in_.bytes(length);
  return !ours || (type != kTypeA && type != kTypeAaaa) || address(data, type, out);
}

DnsOutcome Message::read(DnsAnswer& out) noexcept {
  in_.skip(2);
  const std::uint16_t flags = in_.be16();
  const std::uint16_t questions = in_.be16();
  const std::uint16_t answers = in_.be16();
  in_.skip(4);
  if (in_.failed()) return DnsOutcome::cut;
  if ((flags & kResponse) == 0 || (flags & kOpcodeAndRcode) != 0 || questions != 1 || answers == 0)
    return DnsOutcome::unnamed;
  Name asked;
  if (!name(asked)) return trouble_;
  const std::uint16_t type = in_.be16();
  in_.skip(2);
  if (in_.failed()) return DnsOutcome::cut;
  // What else is asked for (TXT, service names with odd labels) says nothing of addresses.
  if (type != kTypeA && type != kTypeAaaa) return DnsOutcome::unnamed;
  Name current = asked;
  for (std::size_t i = 0; i < std::min<std::size_t>(answers, kDnsRecordsMax); ++i)
    if (!record(current, out)) return trouble_;
  if (out.count == 0 || asked.bytes == 0) return DnsOutcome::unnamed;
  std::memcpy(out.text.data(), asked.text.data(), asked.bytes);
  out.text_bytes = asked.bytes;
  return DnsOutcome::named;
}

}  // namespace

DnsOutcome read_dns_answer(base::Bytes message, DnsAnswer& out) noexcept {
  out.count = 0;
  out.text_bytes = 0;
  return Message(message).read(out);
}

}  // namespace spider::parse
