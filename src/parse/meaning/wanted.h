#pragma once
// Wanted: which header names say something, found by first letter and length before any comparison.

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

  struct Row {
    std::string name;  // lower case
    Field field;
  };
  // False for nearly every line: the first letter tells.
  [[nodiscard]] bool may_be(char first) const noexcept {
    return lengths_[static_cast<unsigned char>(first) & 31U] != 0;
  }
  [[nodiscard]] const Row* find(std::string_view name) const noexcept;

 private:
  // By the low five bits of the first character (a letter in either case): the lengths, modulo 64.
  std::array<std::uint64_t, 32> lengths_{};
  std::vector<Row> rows_;
};

}  // namespace spider::parse::meaning
