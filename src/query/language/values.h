#pragma once
// Values of the filter language as numbers: statuses, lengths of time, sizes, instants, addresses.

#include <optional>
#include <string>
#include <string_view>

#include "spider/query/tree.h"

#include "query/language/ast.h"

namespace spider::query::language {

// One number of an ordered type; nothing when the text is none.
[[nodiscard]] std::optional<std::int64_t> number_of(FieldType type, std::string_view text);

// What a value of an ordered type asks for: a number, "500..599", "..5", "5..", "5xx", or a
// comparison. `problem` says why when there is nothing.
[[nodiscard]] std::optional<NumberSpan> span_of(FieldType type, const Value& value,
                                                std::string& problem);

// "192.0.2.1", "10.0.0.0/8".
[[nodiscard]] std::optional<Network> network_of(std::string_view text);
[[nodiscard]] bool in_network(const Network& network, std::string_view sixteen_bytes) noexcept;

}  // namespace spider::query::language
