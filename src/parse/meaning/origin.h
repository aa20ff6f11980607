#pragma once
// The original client as a chain of proxies names it.

#include <string>
#include <string_view>

namespace spider::parse::meaning {

// Both put the first node of the list into `out` (which they clear): an IP address in its usual
// form without port, "unknown", or an obfuscated name such as "_hidden". False, with `out` empty,
// when the list does not begin with a node that can be understood.

// RFC 7239: the `for` of the first element. An element that tells no `for` tells no origin: those
// behind it are proxies.
[[nodiscard]] bool forwarded_origin(std::string_view value, std::string& out);
// The first entry; an IPv6 address may stand without brackets.
[[nodiscard]] bool x_forwarded_for_origin(std::string_view value, std::string& out);

}  // namespace spider::parse::meaning
