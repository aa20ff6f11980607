#include "query/language/values.h"

#include <array>
#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "spider/base/time.h"

#include "query/decimal.h"

namespace spider::query::language {
namespace {

constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min() + 1;  // above kNone
constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();

struct Unit {
  std::string_view name;  // in lower case
  std::int64_t size;
};
constexpr std::array kTimes{
    Unit{"ns", 1},
    Unit{"us", 1'000},
    Unit{"\xC2\xB5s", 1'000},  // the micro sign
    Unit{"ms", 1'000'000},
    Unit{"s", 1'000'000'000},
    Unit{"m", 60'000'000'000},
    Unit{"min", 60'000'000'000},
    Unit{"h", 3'600'000'000'000},
    Unit{"d", 86'400'000'000'000},
};
constexpr std::array kSizes{
    Unit{"", 1},
    Unit{"b", 1},
    Unit{"k", 1'000},
    Unit{"kb", 1'000},
    Unit{"kib", std::int64_t{1} << 10U},
    Unit{"m", 1'000'000},
    Unit{"mb", 1'000'000},
    Unit{"mib", std::int64_t{1} << 20U},
    Unit{"g", 1'000'000'000},
    Unit{"gb", 1'000'000'000},
    Unit{"gib", std::int64_t{1} << 30U},
    Unit{"tb", 1'000'000'000'000},
    Unit{"tib", std::int64_t{1} << 40U},
};

template <std::size_t N>
[[nodiscard]] std::optional<std::int64_t> with_unit(const std::array<Unit, N>& units,
                                                    std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  std::size_t digits = 0;
  while (digits < text.size() &&
         (text[digits] == '.' || (text[digits] >= '0' && text[digits] <= '9')))
    ++digits;
  const std::string name = lower_case(text.substr(digits));
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    const auto value = scaled(text.substr(0, digits), unit.size);
    return value && negative ? std::optional(-*value) : value;
  }
  return std::nullopt;
}

[[nodiscard]] std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "5xx"; 1xx to 5xx, as everywhere else.
[[nodiscard]] std::optional<NumberSpan> status_class(std::string_view text) {
  if (text.size() != 3 || text[0] < '1' || text[0] > '5') return std::nullopt;
  const auto any = [](char c) { return c == 'x' || c == 'X' || c == '*' || c == '?'; };
  if (!any(text[1]) || !any(text[2])) return std::nullopt;
  const std::int64_t first = (text[0] - '0') * 100;
  return NumberSpan{first, first + 99};
}

[[nodiscard]] std::int64_t lowest(FieldType type) noexcept {
  return type == FieldType::status ? 1 : kLowest;  // no response is no small status
}

[[nodiscard]] std::string no_value(FieldType type, std::string_view text) {
  if (type == FieldType::duration && whole(text) && *whole(text) != 0)
    return fmt::format("{} of what? Write {}ms or {}s.", text, text, text);
  return fmt::format("'{}' is no {}.", printable(text), name(type));
}

[[nodiscard]] std::optional<NumberSpan> compared(FieldType type, Comparison comparison,
                                                 std::int64_t bound) {
  switch (comparison) {
    case Comparison::less:
      return NumberSpan{lowest(type), bound - 1};
    case Comparison::at_most:
      return NumberSpan{lowest(type), bound};
    case Comparison::more:
      return NumberSpan{bound == kHighest ? bound : bound + 1, kHighest};
    case Comparison::at_least:
      return NumberSpan{bound, kHighest};
    case Comparison::fits:
    case Comparison::exactly:
      break;
  }
  return NumberSpan{bound, bound};
}

}  // namespace

std::optional<std::int64_t> number_of(FieldType type, std::string_view text) {
  switch (type) {
    case FieldType::duration:
      return text == "0" ? std::optional<std::int64_t>(0) : with_unit(kTimes, text);
    case FieldType::size:
      return with_unit(kSizes, text);
    case FieldType::instant: {
      const auto time = base::parse_time(text);
      return time ? std::optional(time->ns) : std::nullopt;
    }
    case FieldType::status: {
      const auto number = whole(text);
      return number && *number >= 0 && *number <= 999 ? number : std::nullopt;
    }
    default:
      return whole(text);
  }
}

std::optional<NumberSpan> span_of(FieldType type, const Value& value, std::string& problem) {
  const std::string text = value.plain();
  const bool comparing =
      value.comparison != Comparison::fits && value.comparison != Comparison::exactly;
  if (type == FieldType::status && !comparing) {
    if (text == "none") return NumberSpan{0, 0};
    if (const auto span = status_class(text)) return span;
  }
  if (const std::size_t dots = text.find(".."); dots != std::string::npos && !comparing) {
    const std::string_view low = std::string_view(text).substr(0, dots);
    const std::string_view high = std::string_view(text).substr(dots + 2);
    NumberSpan out{lowest(type), kHighest};
    for (const bool first : {true, false}) {
      const std::string_view end = first ? low : high;
      if (end.empty() && !(low.empty() && high.empty())) continue;
      const auto number = number_of(type, end);
      if (!number) {
        problem = no_value(type, end.empty() ? std::string_view(text) : end);
        return std::nullopt;
      }
      (first ? out.low : out.high) = *number;
    }
    if (out.low <= out.high) return out;
    problem = fmt::format("The span {} ends before it begins.", printable(text));
    return std::nullopt;
  }
  const auto number = number_of(type, text);
  if (!number) {
    problem = no_value(type, text);
    return std::nullopt;
  }
  if (type == FieldType::instant && !comparing) {
    problem = "An instant alone is hit by nothing; compare with it, or write a span of times.";
    return std::nullopt;
  }
  // 999 alone is a slip of the keyboard more often than a question (RFC 9110 section 15).
  if (type == FieldType::status && !comparing && (*number < 100 || *number > 599)) {
    problem = fmt::format(
        "{} is no status of HTTP, which go from 100 to 599; what else servers sent is found by "
        "<100 and >=600, no response by none.",
        *number);
    return std::nullopt;
  }
  return compared(type, value.comparison, *number);
}

std::optional<Network> network_of(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = model::parse_ip(text.substr(0, slash));
  if (!address) return std::nullopt;
  Network out;
  out.address = *address;
  if (slash == std::string_view::npos) return out;
  const auto bits = whole(text.substr(slash + 1));
  const std::int64_t most = out.address.is_v4() ? 32 : 128;
  if (!bits || *bits < 0 || *bits > most) return std::nullopt;
  out.bits = static_cast<unsigned>(128 - most + *bits);
  return out;
}

bool in_network(const Network& network, std::string_view sixteen_bytes) noexcept {
  if (sixteen_bytes.size() != network.address.bytes.size()) return false;
  for (unsigned i = 0; i * 8 < network.bits; ++i) {
    const auto differ = static_cast<unsigned>(network.address.bytes[i]) ^
                        static_cast<unsigned char>(sixteen_bytes[i]);
    const unsigned counted = network.bits - i * 8;
    if ((counted >= 8 ? differ : differ >> (8 - counted)) != 0) return false;
  }
  return true;
}

}  // namespace spider::query::language
