#pragma once
// traceparent of W3C Trace Context, level 1.

#include <string_view>

namespace spider::parse::meaning {

// The trace id (32 lower-case hexadecimal digits) of a valid traceparent; empty otherwise. Versions
// above 00 may carry more behind a dash; ff is none; ids of zeros alone are none.
[[nodiscard]] std::string_view trace_id(std::string_view traceparent) noexcept;

}  // namespace spider::parse::meaning
