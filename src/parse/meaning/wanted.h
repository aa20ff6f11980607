#pragma once
// Wanted: which header names say something, found by two letters and the length before any
// comparison.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spider::parse::meaning {

enum class Field : std::uint8_t {
  authorization,
  forwarded,
  x_forwarded_for,
  via,
  traceparent,
  correlation,
  api_key,
  location,
  host,
};

class Wanted {
 public:
  // Of several rows with one name the first stands.
  void add(std::string_view name, Field field);
  void add_all(const Wanted& other) {
    for (const Row& row : other.rows_) add(row.name, row.field);
  }

  struct Row {
    std::string name;  // lower case
    Field field;
  };
  // False for nearly every line: its first two letters tell.
  [[nodiscard]] bool may_be(char first, char second) const noexcept {
    return (seconds_[low(first)] & 1U << low(second)) != 0;
  }
  [[nodiscard]] const Row* find(std::string_view name) const noexcept;

 private:
  // Five bits, which are those of a letter in either case.
  [[nodiscard]] static constexpr unsigned low(char c) noexcept {
    return static_cast<unsigned char>(c) & 31U;
  }

  // By the first character: the second ones, and the lengths modulo 64.
  std::array<std::uint32_t, 32> seconds_{};
  std::array<std::uint64_t, 32> lengths_{};
  std::vector<Row> rows_;
};

}  // namespace spider::parse::meaning
