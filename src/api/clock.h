#pragma once
// The asker's clock: how far it is from UTC and when that changes, and the periods that begin where
// it shows whole ones. A day on which the clock is changed is longer or shorter than others. Pure.

#include <cstdint>
#include <vector>

#include "spider/base/result.h"
#include "spider/base/time.h"

#include "api/parameters.h"

namespace spider::api {

class Clock {
 public:
  // Reads `utc_offset`: seconds east of UTC, and each later change as `seconds since 1970:offset`;
  // none is UTC. Errors: bad_parameter.
  [[nodiscard]] static base::Result<Clock> read(const Parameters& p);

  [[nodiscard]] bool is_utc() const noexcept { return turns_.size() == 1 && turns_[0].offset == 0; }
  // Where periods of `bucket` nanoseconds begin: from the last that is not after `from` to the
  // first that is not before `to`, which is the end; at least two. Errors: bad_parameter when they
  // would be more than an answer may have.
  [[nodiscard]] base::Result<std::vector<base::Time>> cut(std::int64_t from, std::int64_t to,
                                                          std::int64_t bucket) const;

 private:
  struct Turn {
    std::int64_t at = 0;  // from here on; of the first one, from ever on
    std::int64_t offset = 0;
  };
  std::vector<Turn> turns_{Turn{}};
};

}  // namespace spider::api
