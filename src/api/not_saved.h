#pragma once
// Why something is not there because it was not saved, and since when it is not: as far as the
// events that were kept tell it. What they do not tell is said to be unknown.

#include <string>

#include "spider/base/result.h"
#include "spider/model/whisperer_history.h"

#include "api/context.h"

namespace spider::api {

// The source that a whisperer's history is kept under. Error: no_such_whisperer.
[[nodiscard]] base::Result<model::SourceId> source_of(const Context& context,
                                                      const std::string& whisperer);

// Whether `what` was saved of a record of this source whose packets are of `time`. Of an upload
// the time of its import counts; of a FILE whisperer, whose packets may be of any time, only what
// was so all the time.
[[nodiscard]] model::SavingAnswer saving_of(const Context& context, model::SourceId source,
                                            base::Time time, model::Saved what);

// One object: what, option, whisperer, since, known.
void write_not_saved(query::JsonWriter& json, const std::string& whisperer, model::Saved what,
                     const model::SavingAnswer& answer, query::TimeForm form);

// What is certainly not there because it was not saved; how long is told as far as it is known.
[[nodiscard]] model::SavingAnswer off_of(const Context& context, model::SourceId source,
                                         base::Time time, model::Saved what);

// The same as a sentence: `Bodies are not saved for whisperer "lan" since 2026-...: save_bodies.`
[[nodiscard]] std::string not_saved_text(const std::string& whisperer, model::Saved what,
                                         const model::SavingAnswer& answer);

}  // namespace spider::api
