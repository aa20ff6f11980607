#pragma once
// The log: JSON lines on standard error (readable lines on a terminal). Every line from info up
// carries a Code. Any thread may log; nothing on the packets' path does.

#include <string_view>

#include <fmt/format.h>

#include "spider/base/code.h"
#include "spider/base/result.h"

namespace spider::base {

enum class LogFormat : unsigned char { automatic, json, pretty };

// Once, before the first line; `level` is debug, info, warning or error.
void log_setup(LogFormat format, std::string_view level);

void log_line(Code code, std::string_view message);
void log_debug(std::string_view message);

template <class... Args>
void log(Code code, fmt::format_string<Args...> text, Args&&... args) {
  log_line(code, fmt::format(text, std::forward<Args>(args)...));
}
inline void log(const Error& error) { log_line(error.code, error.detail); }

}  // namespace spider::base
