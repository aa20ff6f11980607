#pragma once
// gzip for answers. Small ones and pictures are sent as they are.

#include <string>
#include <string_view>

namespace spider::api {

[[nodiscard]] bool worth_compressing(std::string_view media_type, std::size_t bytes);
// True when an Accept-Encoding header's value takes gzip (RFC 9110 section 12.5.3).
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);
// Empty when zlib refuses.
[[nodiscard]] std::string gzipped(std::string_view bytes);

}  // namespace spider::api
