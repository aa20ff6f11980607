#pragma once
// The log: JSON lines on standard error (readable lines on a terminal). Every line from info up
// carries a Code. Any thread may log; nothing on the packets' path does.

#include <atomic>
#include <cstdint>
#include <optional>
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

// For what the wire can cause any number of times: a line at most once a minute, and how many were
// left out before it. One per kind of line, for the whole process; any thread.
class LogGate {
 public:
  // Whether this line may be written; then the lines left out since the one before.
  [[nodiscard]] std::optional<std::uint64_t> pass() noexcept;

 private:
  std::atomic<std::int64_t> next_{0};  // steady nanoseconds
  std::atomic<std::uint64_t> left_out_{0};
};

}  // namespace spider::base
