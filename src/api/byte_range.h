#pragma once
// The part of a body that a request asks for (RFC 9110 section 14): one range of bytes. Several
// ranges, other units and what cannot be read are as if not asked, which the RFC allows; so is a
// range under If-Range, since bodies have no validator that it could match.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spider::api {

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t size = 0;  // 0: none of the bytes is there, answer 416
};

// `range` is the header's value, `length` that of the whole body. nullopt: the whole is asked for.
[[nodiscard]] std::optional<ByteRange> read_range(std::string_view range, std::uint64_t length);

// "bytes 0-9/100", or of a range without bytes "bytes */100".
[[nodiscard]] std::string content_range(const ByteRange& range, std::uint64_t length);

}  // namespace spider::api
