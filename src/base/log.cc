#include "spider/base/log.h"

#include <chrono>
#include <memory>
#include <string>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "spider/base/time.h"

namespace spider::base {
namespace {

// The log is the one thing of the process that has no owner: every floor may speak, at any time.
std::shared_ptr<spdlog::logger>& logger() {
  static std::shared_ptr<spdlog::logger> instance = [] {
    auto made = spdlog::stderr_logger_mt("spider");
    made->set_pattern("%v");
    return made;
  }();
  return instance;
}
bool g_json = true;

[[nodiscard]] spdlog::level::level_enum level_of(Severity s) {
  switch (s) {
    case Severity::debug:
      return spdlog::level::debug;
    case Severity::info:
    case Severity::oddity:
      return spdlog::level::info;
    case Severity::warning:
    case Severity::data_loss:
      return spdlog::level::warn;
    case Severity::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

[[nodiscard]] std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 8);
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (u < 0x20) {
      out += fmt::format("\\u{:04x}", u);
    } else {
      out += c;
    }
  }
  return out;
}

// Terminal escapes that came with captured text must not reach a person's terminal.
[[nodiscard]] std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if ((u < 0x20 && c != '\n' && c != '\t') || u == 0x7F) {
      out += fmt::format("\\x{:02x}", u);
    } else {
      out += c;
    }
  }
  return out;
}

void write(spdlog::level::level_enum level, std::string_view level_name, std::string_view code,
           std::string_view message) {
  if (!logger()->should_log(level)) return;
  if (g_json) {
    logger()->log(level, R"({{"time":"{}","level":"{}","code":"{}","message":"{}"}})",
                  to_iso(Time::now()), level_name, code, escaped(message));
  } else {
    logger()->log(level, "{} {:<7} {}  {}", to_iso(Time::now()).substr(11, 12), level_name, code,
                  printable(message));
  }
}

}  // namespace

void log_setup(LogFormat format, std::string_view level) {
  g_json =
      format == LogFormat::json || (format == LogFormat::automatic && ::isatty(STDERR_FILENO) == 0);
  logger()->set_level(spdlog::level::from_str(level == "warning" ? "warn" : std::string(level)));
  logger()->flush_on(spdlog::level::info);
}

void log_line(Code code, std::string_view message) {
  const auto level = level_of(code.severity());
  const std::string_view level_name = level == spdlog::level::err    ? "error"
                                      : level == spdlog::level::warn ? "warning"
                                      : level == spdlog::level::info ? "info"
                                                                     : "debug";
  write(level, level_name, code.log_id(), message);
}

void log_debug(std::string_view message) { write(spdlog::level::debug, "debug", "", message); }

std::optional<std::uint64_t> LogGate::pass() noexcept {
  constexpr std::int64_t kMinute = 60'000'000'000;
  const std::int64_t now = std::chrono::steady_clock::now().time_since_epoch().count();
  std::int64_t next = next_.load(std::memory_order_relaxed);
  if (next <= now && next_.compare_exchange_strong(next, now + kMinute, std::memory_order_relaxed))
    return left_out_.exchange(0, std::memory_order_relaxed);
  left_out_.fetch_add(1, std::memory_order_relaxed);
  return std::nullopt;
}

}  // namespace spider::base
