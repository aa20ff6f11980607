#pragma once
// The server's answer to "why is it missing?" in words.

#include <string>
#include <string_view>

namespace spider::app {

// `answer`: the JSON of /api/v1/explain. A few lines per whisperer; "sure" or "perhaps" before
// each.
[[nodiscard]] std::string explanation_text(std::string_view answer);

}  // namespace spider::app
