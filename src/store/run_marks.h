#pragma once
// The names and texts of the settings that tell which runs have begun and not ended;
// docs/formats.md. Owned by nobody, any thread.

#include <optional>
#include <string>
#include <string_view>

#include "spider/store/store.h"

namespace spider::store {

inline constexpr std::string_view kRunMarks = "run/";

[[nodiscard]] std::string run_mark_name(model::SourceId source, std::uint32_t number);
// What the names of all runs of a source begin with; a "/" follows.
[[nodiscard]] std::string run_marks_of(model::SourceId source);
[[nodiscard]] std::string run_mark_text(const RunMark& mark);
// nullopt for what is neither.
[[nodiscard]] std::optional<RunMark> read_run_mark(std::string_view name, std::string_view text);

}  // namespace spider::store
