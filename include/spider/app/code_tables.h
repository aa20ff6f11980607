#pragma once
// The codes of every floor in one table, by number: for the API, exports and docs/codes.md.

#include <span>

#include "spider/base/code.h"

namespace spider::app {

[[nodiscard]] std::span<const base::CodeInfo> all_codes();

}  // namespace spider::app
