#include "parse/other_protocols.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "spider/parse/codes.h"

namespace spider::parse {
namespace {

using base::Bytes;

[[nodiscard]] bool begins_with(Bytes first, std::string_view word) noexcept {
  return base::as_text(first).starts_with(word);
}

// RFC 9113 section 3.4.
[[nodiscard]] bool is_http2(Bytes first) noexcept {
  return begins_with(first, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
}

// A record of a handshake, whole or in part, that begins with a hello: RFC 8446 sections 5.1 and 4.
[[nodiscard]] bool is_tls(Bytes first) noexcept {
  constexpr std::size_t kLooked = 11;
  constexpr unsigned kHandshake = 22;
  constexpr unsigned kClientHello = 1;
  constexpr unsigned kServerHello = 2;
  constexpr std::size_t kRecordMax = 16'384;
  if (first.size() < kLooked) return false;
  const std::size_t record = std::size_t{first[3]} << 8U | first[4];
  const std::size_t hello = std::size_t{first[6]} << 16U | std::size_t{first[7]} << 8U | first[8];
  // The version of the record, and that within the hello.
  return first[0] == kHandshake && first[1] == 3 && first[2] <= 4 && record >= 4 &&
         record <= kRecordMax && (first[5] == kClientHello || first[5] == kServerHello) &&
         hello >= 2 && first[9] == 3 && first[10] <= 4;
}

// RFC 4253 section 4.2.
[[nodiscard]] bool is_ssh(Bytes first) noexcept {
  return begins_with(first, "SSH-2.0-") || begins_with(first, "SSH-1.99-");
}

// A startup message of version 3, or the question for encryption before it: PostgreSQL
// documentation, "Message Formats".
[[nodiscard]] bool is_postgresql(Bytes first) noexcept {
  constexpr std::uint32_t kStartup = 196'608;
  constexpr std::uint32_t kSslRequest = 80'877'103;
  constexpr std::uint32_t kGssRequest = 80'877'104;
  constexpr std::uint32_t kStartupMax = 10'000;  // what a server takes
  if (first.size() < 8) return false;
  base::ByteReader in(first);
  const std::uint32_t length = in.be32();
  const std::uint32_t code = in.be32();
  if (code == kSslRequest || code == kGssRequest) return length == 8;
  // The client says no more until it is answered.
  return code == kStartup && length > 8 && length <= kStartupMax && first.size() <= length;
}

// An array of bulk strings, as every client sends its commands: RESP, "Sending commands".
[[nodiscard]] bool is_redis(Bytes first) noexcept {
  std::string_view text = base::as_text(first);
  const auto number = [&text](char mark) {
    if (text.empty() || text.front() != mark) return false;
    text.remove_prefix(1);
    const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
    if (end == 0 || end > 9 || !text.substr(end).starts_with("\r\n")) return false;
    text.remove_prefix(end + 2);
    return true;
  };
  return number('*') && number('$');
}

struct Known {
  bool (*is)(Bytes first) noexcept;
  base::Code code;
};
constexpr std::array kKnown{
    Known{is_tls, codes::begins_as_tls}, Known{is_http2, codes::begins_as_http2},
    Known{is_postgresql, codes::begins_as_postgresql}, Known{is_redis, codes::begins_as_redis},
    Known{is_ssh, codes::begins_as_ssh}};

}  // namespace

std::optional<base::Code> begins_as(Bytes first) noexcept {
  for (const Known& known : kKnown)
    if (known.is(first)) return known.code;
  return std::nullopt;
}

}  // namespace spider::parse
