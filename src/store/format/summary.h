#pragma once
// The value of family `block`: what a block says of itself without its columns.

#include <string>

#include "spider/store/schema.h"

#include "store/format/fields.h"
#include "store/format/keys.h"

namespace spider::store::format {

inline constexpr std::uint32_t kRowsMax = 1U << 17U;        // of a block; a bound for decoding
inline constexpr std::size_t kSummaryValuesMax = 32;        // texts listed per column
inline constexpr std::size_t kSummaryValueBytesMax = 1024;  // of those texts together

[[nodiscard]] std::string encode_summary(const BlockInfo& block);
[[nodiscard]] ValueState decode_summary(const BlockKey& key, base::Bytes value, BlockInfo& out);

}  // namespace spider::store::format
