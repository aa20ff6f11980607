#pragma once
// The fields of the filter language: one row each, which the parser, completion and docs/filter.md
// are made of.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "spider/query/tree.h"

namespace spider::query::language {

enum class FieldType : std::uint8_t {
  number,
  status,    // number, class, "none"
  duration,  // with a unit
  size,      // with or without a unit
  instant,   // date or date-time
  text,      // the whole of it
  part,      // any part of it
  address,   // or network
  host,      // name of an address
  word,      // one of a few words that stand for numbers
  mark,      // one of a few words that stand for bits
  code,
  whisperer,
  upload,  // its id, or its file's name
  session,
  communication,
  header,
  body,
  field,  // a field's name
};

// How the columns of a field make its value.
enum class Join : std::uint8_t { none, either, sum };

struct Field {
  std::string_view name;
  std::string_view alias;  // another name, or empty
  FieldType type;
  std::string_view help;
  std::string_view example;
  store::ColumnId column{};
  store::ColumnId second{};
  Join join = Join::none;
  TextPart part = TextPart::whole;
  Side side = Side::either;
  bool named = false;        // "header.accept": a name may follow the field's
  bool name_needed = false;  // ... and must
};

[[nodiscard]] std::span<const Field> fields() noexcept;
// What a value of the type looks like; a phrase.
[[nodiscard]] std::string_view value_help(FieldType type) noexcept;
[[nodiscard]] std::string_view name(FieldType type) noexcept;

// Values can be more or less than others.
[[nodiscard]] bool ordered(FieldType type) noexcept;
// Values are compared as text, wildcards and all.
[[nodiscard]] bool textual(FieldType type) noexcept;
// A comma stands between values: they never hold one.
[[nodiscard]] bool comma_lists(const Field& field) noexcept;

struct FieldRef {
  const Field* field = nullptr;
  std::string name;  // what follows the field's own name, as written
};
// "_" is as good as "." in a field's own name, and case does not matter.
[[nodiscard]] std::optional<FieldRef> find_field(std::string_view text);

// The name that was perhaps meant; empty when none is near.
[[nodiscard]] std::string nearest_field(std::string_view text);
[[nodiscard]] std::string nearest(std::string_view text, std::span<const std::string_view> words);

// Words of a type word or mark with the number or bit that each stands for.
struct Word {
  std::string_view word;
  std::int64_t number;
};
[[nodiscard]] std::span<const Word> words_of(const Field& field) noexcept;

[[nodiscard]] std::string lower_case(std::string_view text);

}  // namespace spider::query::language
