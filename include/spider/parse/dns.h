#pragma once
// read_dns_answer(): which addresses a DNS answer gives to the name that was asked for (RFC 1035,
// RFC 3596).
//
// A function of its bytes: no state, any thread. Only the answer section is read, and of it only
// what leads from the name asked for, over CNAMEs, to addresses: whatever else a server adds was
// not asked. The name is the one asked for, as hosts' names are written: lower case, dots between
// labels, none at its end.
//
// Bounds: names of 255 bytes (RFC 1035 2.3.4), pointers only backwards and kDnsPointersMax of them
// in a name, kDnsRecordsMax records, kDnsAddressesMax addresses; further ones are left out. Any
// bytes are allowed; what is wrong with them is the outcome, never an exception.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "spider/base/byte_reader.h"
#include "spider/model/address.h"

namespace spider::parse {

inline constexpr std::size_t kDnsNameMax = 255;      // of a name on the wire
inline constexpr std::size_t kDnsPointersMax = 16;   // followed in one name
inline constexpr std::size_t kDnsRecordsMax = 256;   // looked at in one answer
inline constexpr std::size_t kDnsAddressesMax = 64;  // kept of one answer

enum class DnsOutcome : std::uint8_t {
  named,       // addresses of a name
  unnamed,     // sound, but no address in it: another type, an error, a question
  cut,         // ends inside a header, a name or a record
  bad_name,    // a pointer forwards or too many, a label or name too long, bytes no host's name has
  bad_record,  // an address of the wrong length, a CNAME that does not fill its record
};

struct DnsAnswer {
  std::array<char, kDnsNameMax> text;
  std::size_t text_bytes = 0;
  std::array<model::IpAddress, kDnsAddressesMax> addresses;
  std::size_t count = 0;

  [[nodiscard]] std::string_view name() const noexcept { return {text.data(), text_bytes}; }
};

// `message` is a UDP payload. `out` is good when the outcome is `named`.
[[nodiscard]] DnsOutcome read_dns_answer(base::Bytes message, DnsAnswer& out) noexcept;

}  // namespace spider::parse
