#pragma once
// Result<T>: a value, or an Error that says which Code and the particulars (file, line, key, byte).
// Inner loops return small enums instead; see docs/decisions/0002.

#include <string>
#include <utility>

#include <tl/expected.hpp>

#include "spider/base/code.h"

namespace spider::base {

struct Error {
  Code code;
  std::string detail;  // a whole sentence for a person; the code's help says what to do
};

template <class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(Code code, std::string detail) {
  return tl::unexpected<Error>(Error{code, std::move(detail)});
}

}  // namespace spider::base

#define SPIDER_CONCAT_(a, b) a##b
#define SPIDER_CONCAT(a, b) SPIDER_CONCAT_(a, b)

// SPIDER_TRY(expression): returns the Error to the caller, otherwise goes on (value dropped).
#define SPIDER_TRY(...)                                                            \
  do {                                                                             \
    auto spider_result_ = (__VA_ARGS__);                                           \
    if (!spider_result_) return tl::unexpected(std::move(spider_result_).error()); \
  } while (false)

// SPIDER_TRY_LET(name, expression): the same, and declares `name` with the value.
#define SPIDER_TRY_LET(name, ...)                                                      \
  auto SPIDER_CONCAT(spider_result_, __LINE__) = (__VA_ARGS__);                        \
  if (!SPIDER_CONCAT(spider_result_, __LINE__))                                        \
    return tl::unexpected(std::move(SPIDER_CONCAT(spider_result_, __LINE__)).error()); \
  auto name = std::move(*SPIDER_CONCAT(spider_result_, __LINE__))
