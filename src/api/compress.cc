#include "api/compress.h"

#include <algorithm>

#include <zlib.h>

#include "spider/model/http_head.h"

namespace spider::api {
namespace {

constexpr std::size_t kLeastBytes = 1'024;
constexpr std::size_t kMostBytes = 256U << 20U;

}  // namespace

bool worth_compressing(std::string_view media_type, std::size_t bytes) {
  if (bytes < kLeastBytes || bytes > kMostBytes) return false;
  return media_type.starts_with("text/") || media_type.starts_with("application/json") ||
         media_type.starts_with("application/problem+json") ||
         media_type.starts_with("application/yaml") || media_type.starts_with("image/svg");
}

bool accepts_gzip(std::string_view accept_encoding) {
  while (!accept_encoding.empty()) {
    const std::size_t comma = std::min(accept_encoding.find(','), accept_encoding.size());
    std::string_view part = accept_encoding.substr(0, comma);
    accept_encoding.remove_prefix(std::min(comma + 1, accept_encoding.size()));
    const std::size_t semicolon = std::min(part.find(';'), part.size());
    const std::string_view coding = model::trim_blanks(part.substr(0, semicolon));
    if (!model::same_header_name(coding, "gzip") && coding != "*") continue;
    const std::string_view weight =
        semicolon < part.size() ? model::trim_blanks(part.substr(semicolon + 1)) : "";
    // q=0, q=0.0, ...: not acceptable.
    return !(weight.starts_with("q=0") &&
             weight.find_first_not_of("0.", 2) == std::string_view::npos);
  }
  return false;
}

std::string gzipped(std::string_view bytes) {
  z_stream z{};
  // 15 window bits, + 16 for the gzip wrapper; level 4 gives most of the gain at half the cost.
  if (deflateInit2(&z, 4, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string out(deflateBound(&z, static_cast<uLong>(bytes.size())), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // read only
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  const bool done = deflate(&z, Z_FINISH) == Z_STREAM_END;
  out.resize(out.size() - z.avail_out);
  deflateEnd(&z);
  return done ? out : std::string{};
}

}  // namespace spider::api
