#pragma once
// make_survey, keeps_anything: read what a survey tells. Any thread.

#include "spider/base/result.h"
#include "spider/store/survey.h"

#include "store/database.h"
#include "store/sources.h"

namespace spider::store {

// `pack_bound`: above every pack id given out before the call.
[[nodiscard]] base::Result<Survey> make_survey(const Database& database, const SourceTable& sources,
                                               std::uint64_t pack_bound, model::SourceId source);
// Whether there are records, packets or books of it; true when that cannot be read.
[[nodiscard]] bool keeps_anything(const Database& database, model::SourceId source);

}  // namespace spider::store
