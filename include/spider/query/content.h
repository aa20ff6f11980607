#pragma once
// Content decoding on reading: takes the Content-Encoding off a stored body. The store keeps the
// wire's bytes; nothing is decoded before somebody asks.
//
// Codings (RFC 9110 section 8.4.1): gzip and x-gzip, deflate (zlib, and the raw form that some
// servers send), br (RFC 7932), zstd (RFC 8878), identity; several in a list are taken off from the
// last to the first. The output is bounded: a few kilobytes of hostile body can stand for
// terabytes. Any thread; no state.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spider/base/byte_reader.h"

namespace spider::query {

enum class ContentOutcome : std::uint8_t {
  whole,        // decoded to its end
  cut,          // the body ends before the coding does (capped or missing bytes): what there is
  limited,      // the output reached its bound: the first `limit` bytes
  corrupt,      // bytes that the coding does not allow: what came before them
  unsupported,  // a coding that is not known: nothing was decoded
};
[[nodiscard]] std::string_view name(ContentOutcome outcome) noexcept;

struct DecodedContent {
  ContentOutcome outcome = ContentOutcome::whole;
  std::vector<std::uint8_t> bytes;
  std::string coding;  // the one at fault when the outcome is corrupt or unsupported
};

// `codings` is the Content-Encoding header's value; empty gives the body as it is.
[[nodiscard]] DecodedContent decode_content(base::Bytes body, std::string_view codings,
                                            std::size_t limit);

}  // namespace spider::query
