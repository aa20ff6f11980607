#pragma once
// Codes of the pipeline floor (6xxx): see codes.def.
#include "spider/base/code.h"

namespace spider::pipeline::codes {
inline constexpr base::CodeInfo kRows[] = {
#define SPIDER_CODE(number, name, log_id, severity, help) \
  {number, #name, log_id, ::spider::base::Severity::severity, help},
#include "spider/pipeline/codes.def"
#undef SPIDER_CODE
};
namespace detail {
enum Index : std::size_t {
#define SPIDER_CODE(number, name, log_id, severity, help) name,
#include "spider/pipeline/codes.def"
#undef SPIDER_CODE
};
}  // namespace detail
#define SPIDER_CODE(number, name, log_id, severity, help) \
  inline constexpr base::Code name{&kRows[detail::name]};
#include "spider/pipeline/codes.def"
#undef SPIDER_CODE
}  // namespace spider::pipeline::codes
