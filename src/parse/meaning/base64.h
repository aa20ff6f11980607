#pragma once
// Base64 of RFC 4648: the common alphabet (Basic) and that of URLs without padding (JWT).

#include <string>
#include <string_view>

namespace spider::parse::meaning {

enum class Base64 : std::uint8_t { common, url };

// `out` becomes the decoded bytes. False, with `out` empty, for any character that does not belong
// and for a length that cannot be. Padding is taken where it belongs and not asked for.
[[nodiscard]] bool decode_base64(std::string_view text, Base64 alphabet, std::string& out);

}  // namespace spider::parse::meaning
