#include "spider/base/time.h"

#include <charconv>
#include <chrono>

#include <fmt/format.h>

#include "spider/base/codes.h"

namespace spider::base {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

// Days since 1970-01-01 of a proleptic Gregorian date.
[[nodiscard]] std::int64_t days_of(int year, unsigned month, unsigned day) {
  using namespace std::chrono;
  return sys_days{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day)}
      .time_since_epoch()
      .count();
}

[[nodiscard]] bool is_day(int year, int month, int day) {
  return (std::chrono::year{year} / month / day).ok();
}

[[nodiscard]] bool all_digits(std::string_view s) {
  if (s.empty()) return false;
  for (const char c : s)
    if (c < '0' || c > '9') return false;
  return true;
}

// A cursor over the text; each step fails quietly and the caller asks once.
struct Scan {
  std::string_view rest;
  bool ok = true;

  int digits(std::size_t count) {
    if (!ok || rest.size() < count || !all_digits(rest.substr(0, count))) {
      ok = false;
      return 0;
    }
    int v = 0;
    std::from_chars(rest.data(), rest.data() + count, v);
    rest.remove_prefix(count);
    return v;
  }
  bool accept(char c) {
    if (!ok || rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  void expect(char c) { ok = accept(c) && ok; }
};

// Up to nine decimals after the seconds, as nanoseconds; more are an error rather than rounded.
[[nodiscard]] std::int64_t fraction_ns(Scan& s) {
  if (!s.accept('.') && !s.accept(',')) return 0;
  std::int64_t ns = 0;
  int digits = 0;
  while (!s.rest.empty() && s.rest.front() >= '0' && s.rest.front() <= '9') {
    if (++digits > 9) {
      s.ok = false;
      return 0;
    }
    ns = ns * 10 + (s.rest.front() - '0');
    s.rest.remove_prefix(1);
  }
  if (digits == 0) s.ok = false;
  for (; digits < 9; ++digits) ns *= 10;
  return ns;
}

[[nodiscard]] std::int64_t offset_seconds(Scan& s) {
  if (s.rest.empty() || s.accept('Z') || s.accept('z')) return 0;
  const bool minus = s.accept('-');
  if (!minus && !s.accept('+')) {
    s.ok = false;
    return 0;
  }
  const int hours = s.digits(2);
  (void)s.accept(':');
  const int minutes = s.rest.empty() ? 0 : s.digits(2);
  if (hours > 23 || minutes > 59) s.ok = false;
  const std::int64_t out = hours * 3600 + minutes * 60;
  return minus ? -out : out;
}

}  // namespace

Time Time::now() noexcept {
  using namespace std::chrono;
  return {duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count()};
}

std::string to_iso(Time t) {
  using namespace std::chrono;
  const std::int64_t us = t.us();
  std::int64_t seconds_since = us / 1'000'000;
  std::int64_t micros = us % 1'000'000;
  if (micros < 0) {
    micros += 1'000'000;
    --seconds_since;
  }
  const sys_seconds at{seconds{seconds_since}};
  const sys_days day = floor<days>(at);
  const year_month_day date{day};
  const hh_mm_ss clock{at - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     micros);
}

std::string to_iso_exact(Time t) {
  std::string out = to_iso(t);
  if (t.whole_us()) return out;
  out.pop_back();
  return fmt::format("{}{:03}Z", out, (t.ns % 1'000 + 1'000) % 1'000);
}

Result<Time> parse_time(std::string_view text) {
  const auto bad = [&] {
    return fail(
        codes::config_invalid,
        fmt::format("\"{}\" is not a time; write 2026-11-21T03:04:05.123456Z or microseconds "
                    "since 1970.",
                    text));
  };
  if (text.empty()) return bad();
  const std::string_view number = text.front() == '-' ? text.substr(1) : text;
  if (all_digits(number)) {
    std::int64_t us = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), us);
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 1'000;
    if (error != std::errc{} || end != text.data() + text.size() || us > kMost || us < -kMost)
      return bad();
    return Time::from_us(us);
  }
  Scan s{text};
  const int year = s.digits(4);
  s.expect('-');
  const int month = s.digits(2);
  s.expect('-');
  const int day = s.digits(2);
  std::int64_t of_day = 0;
  std::int64_t ns = 0;
  std::int64_t offset = 0;
  if (s.ok && !s.rest.empty()) {
    if (!s.accept('T') && !s.accept('t')) s.expect(' ');
    const int hour = s.digits(2);
    s.expect(':');
    const int minute = s.digits(2);
    int second = 0;
    if (s.accept(':')) {
      second = s.digits(2);
      ns = fraction_ns(s);
    }
    offset = offset_seconds(s);
    const bool midnight = hour == 24 && minute == 0 && second == 0 && ns == 0;  // of the next day
    if ((hour > 23 && !midnight) || minute > 59 || second > 60) s.ok = false;
    of_day = hour * 3600 + minute * 60 + second;
  }
  if (!s.ok || !s.rest.empty() || month < 1 || month > 12 || day < 1 || day > 31 || year < 1678 ||
      year > 2261 || !is_day(year, month, day))
    return bad();
  const std::int64_t seconds =
      days_of(year, static_cast<unsigned>(month), static_cast<unsigned>(day)) * 86'400 + of_day -
      offset;
  return Time{seconds * kNsPerSecond + ns};
}

}  // namespace spider::base
