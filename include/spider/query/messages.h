#pragma once
// What the head of a stored message says about its body. Any thread; no state.

#include <string>
#include <string_view>

#include "spider/store/schema.h"

namespace spider::query {

// Value of a header as on the wire, several joined as RFC 9110 section 5.3 says; empty for none.
[[nodiscard]] std::string header(const store::MessageDetail& message, std::string_view name);
// "text/html" of "Text/HTML; charset=x"; lower case.
[[nodiscard]] std::string media_type(std::string_view content_type);
// The body has content codings that can be taken off.
[[nodiscard]] bool decodable(const store::MessageDetail& message);
// none, whole, capped or not_saved.
[[nodiscard]] std::string_view body_state(const store::MessageDetail& message);

}  // namespace spider::query
