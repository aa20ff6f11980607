#pragma once
// Codes: one stable number for each thing that can go wrong or look odd.
//
// A code is the reason in an Error, an oddity on a communication, and the name on a log line. Each
// floor lists its own in include/spider/<floor>/codes.def, one row each:
//
//   SPIDER_CODE(number, name, "SERVICE-FEATURE-NNN", severity, "What it means, what to do.")
//
// Numbers are stored on disk: never reused, retired rows stay as comments. Ranges of 1000 belong to
// a floor: base 1, capture 2, reassembly 3, parse 4, store 5, pipeline 6, query 7, api 8, app 9.

#include <cstdint>
#include <span>
#include <string_view>

namespace spider::base {

enum class Severity : std::uint8_t { debug, info, oddity, warning, data_loss, error };

[[nodiscard]] constexpr std::string_view name(Severity s) noexcept {
  switch (s) {
    case Severity::debug:
      return "debug";
    case Severity::info:
      return "info";
    case Severity::oddity:
      return "oddity";
    case Severity::warning:
      return "warning";
    case Severity::data_loss:
      return "data_loss";
    case Severity::error:
      return "error";
  }
  return "unknown";
}

// One row of a codes.def.
struct CodeInfo {
  std::uint16_t number;
  std::string_view name;    // snake_case, as the API shows it
  std::string_view log_id;  // SERVICE-FEATURE-NNN
  Severity severity;
  std::string_view help;  // a sentence: what it means and what to do
};

// A reference to a row; compares by number. Zero is "none".
class Code {
 public:
  constexpr Code() noexcept = default;
  constexpr explicit Code(const CodeInfo* info) noexcept : info_(info) {}

  [[nodiscard]] constexpr std::uint16_t number() const noexcept {
    return info_ ? info_->number : 0;
  }
  [[nodiscard]] constexpr std::string_view name() const noexcept {
    return info_ ? info_->name : std::string_view{"none"};
  }
  [[nodiscard]] constexpr std::string_view log_id() const noexcept {
    return info_ ? info_->log_id : std::string_view{"BASE-XXX-000"};
  }
  [[nodiscard]] constexpr Severity severity() const noexcept {
    return info_ ? info_->severity : Severity::debug;
  }
  [[nodiscard]] constexpr std::string_view help() const noexcept {
    return info_ ? info_->help : std::string_view{};
  }
  friend constexpr bool operator==(Code a, Code b) noexcept { return a.number() == b.number(); }

 private:
  const CodeInfo* info_ = nullptr;
};

// The rows of every floor, built by app and handed to whoever turns stored numbers into words.
// Null when the number is not in the table (written by a newer version).
using CodeRows = std::span<const CodeInfo>;

// Codes that a record carries: zero ends the list, what does not fit is left out.
constexpr void add_once(std::span<std::uint16_t> list, Code code) noexcept {
  for (std::uint16_t& number : list) {
    if (number == code.number()) return;
    if (number == 0) {
      number = code.number();
      return;
    }
  }
}

}  // namespace spider::base
