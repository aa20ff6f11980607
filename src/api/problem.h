#pragma once
// Problems: errors as RFC 9457 documents.

#include <functional>

#include "spider/base/result.h"
#include "spider/model/whisperer_settings.h"
#include "spider/query/json_writer.h"

#include "api/answer.h"

namespace spider::api {

// The status that an error's code stands for; 500 for what is not the asker's doing.
[[nodiscard]] unsigned status_of(base::Code code) noexcept;
// `more` writes further members (RFC 9457 section 3.2).
using ProblemMembers = std::function<void(query::JsonWriter& json)>;
[[nodiscard]] Answer problem(unsigned status, const base::Error& error,
                             const ProblemMembers& more = {});
[[nodiscard]] inline Answer problem(const base::Error& error) {
  return problem(status_of(error.code), error);
}

// Why a change was not made, setting by setting.
[[nodiscard]] Answer refused(const model::ChangeRefused& refusal);

}  // namespace spider::api
