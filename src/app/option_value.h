#pragma once
// Between the typed fields of a configuration and values that came from elsewhere.

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include "spider/base/config_fields.h"
#include "spider/model/whisperer_settings.h"

namespace spider::app {

template <class T>
[[nodiscard]] model::OptionValue option_value(const T& value) {
  if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::string> ||
                std::is_same_v<T, std::vector<std::string>> || std::is_same_v<T, double>) {
    return value;
  } else if constexpr (std::is_unsigned_v<T>) {
    return static_cast<std::uint64_t>(value);
  } else {
    return static_cast<std::int64_t>(value);
  }
}

// Writes `value` to the field; what is wrong with it, if anything: then nothing is written.
template <class C, class T>
[[nodiscard]] std::optional<std::string> assign_option(C& section, const base::Field<C, T>& field,
                                                       const model::OptionValue& value) {
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    const auto* small = std::get_if<std::int64_t>(&value);
    const auto* large = std::get_if<std::uint64_t>(&value);
    if (small == nullptr && large == nullptr) return "It must be a whole number.";
    if (small != nullptr && *small < 0) return "It cannot be below zero.";
    const std::uint64_t number = large != nullptr ? *large : static_cast<std::uint64_t>(*small);
    const T typed = static_cast<T>(number);
    const bool fits = static_cast<std::uint64_t>(typed) == number &&
                      (!field.bounded || (typed >= field.min && typed <= field.max));
    if (!fits && field.bounded)
      return fmt::format("It goes from {} to {}, not {}.", field.min, field.max, number);
    if (!fits) return fmt::format("{} is too large.", number);
    section.*field.member = typed;
  } else {
    const T* typed = std::get_if<T>(&value);
    if (typed == nullptr)
      return std::is_same_v<T, bool> ? "It must be true or false." : "It must be a text.";
    section.*field.member = *typed;
  }
  return std::nullopt;
}

}  // namespace spider::app
