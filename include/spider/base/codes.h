#pragma once
// Codes of the base floor (1xxx): see codes.def.
#include "spider/base/code.h"

namespace spider::base::codes {
inline constexpr CodeInfo kRows[] = {
#define SPIDER_CODE(number, name, log_id, severity, help) \
  {number, #name, log_id, ::spider::base::Severity::severity, help},
#include "spider/base/codes.def"
#undef SPIDER_CODE
};
namespace detail {
enum Index : std::size_t {
#define SPIDER_CODE(number, name, log_id, severity, help) name,
#include "spider/base/codes.def"
#undef SPIDER_CODE
};
}  // namespace detail
#define SPIDER_CODE(number, name, log_id, severity, help) \
  inline constexpr Code name{&kRows[detail::name]};
#include "spider/base/codes.def"
#undef SPIDER_CODE
}  // namespace spider::base::codes
