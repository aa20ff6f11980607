#include "spider/query/base64.h"

#include <algorithm>
#include <string_view>

namespace spider::query {

void append_base64(std::string& out, base::Bytes bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8U | (k < count ? bytes[i + k] : std::uint8_t{0});
    for (std::size_t k = 0; k < 4; ++k)
      out += k <= count ? kDigits[group >> (18U - 6U * k) & 0x3FU] : '=';
  }
}

}  // namespace spider::query
