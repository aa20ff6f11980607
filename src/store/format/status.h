#pragma once
// Rows of the family status: what became of a whisperer, what it saved, and what it cost.

#include <optional>
#include <string>
#include <string_view>

#include "spider/model/ids.h"
#include "spider/model/whisperer_history.h"

#include "store/format/fields.h"

namespace spider::store::format {

enum class StatusKind : std::uint8_t { state = 1, saving = 2, observation = 3, alive = 4 };

// Longer reasons are cut.
inline constexpr std::size_t kReasonBytesMax = 1'024;
// Of an observation, at most.
inline constexpr std::size_t kThreadsMax = 64;
inline constexpr std::size_t kCodesMax = 128;

// `at`: nanoseconds; of an observation the minute, of the sign of life 0.
[[nodiscard]] std::string status_key(model::SourceId source, StatusKind kind, std::int64_t at);
struct StatusKey {
  model::SourceId source{};
  StatusKind kind{};
  std::int64_t at = 0;
};
[[nodiscard]] std::optional<StatusKey> parse_status_key(std::string_view key);

// `from`, `at` and `minute` are the key's.
[[nodiscard]] std::string encode_state(const model::StatePeriod& period);
[[nodiscard]] ValueState decode_state(base::Bytes value, model::StatePeriod& out);
[[nodiscard]] std::string encode_saving(const model::SavingChange& change);
[[nodiscard]] ValueState decode_saving(base::Bytes value, model::SavingChange& out);
[[nodiscard]] std::string encode_observation(const model::Observation& observation);
[[nodiscard]] ValueState decode_observation(base::Bytes value, model::Observation& out);
[[nodiscard]] std::string encode_alive(base::Time at);
[[nodiscard]] ValueState decode_alive(base::Bytes value, base::Time& out);

}  // namespace spider::store::format
