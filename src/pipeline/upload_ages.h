#pragma once
// UploadAges: which uploads are older than they are to be kept. Ages are counted by a clock of the
// store's own that nobody sets, the clock of ages: it goes on with the clock that counts up from
// the machine's start, so no jump of the system's clock, whichever way and for however long, makes
// an upload older or younger. Where it stands is noted in the store, so it goes on over restarts of
// Spider.
//
// What it cannot see is how long the machine was off. That is what the system's clock moved on
// since Spider looked last, and counts when that clock has gone evenly for an hour: until then a
// machine without a battery has been set right, and whoever set a wrong year has noticed. Counted
// is never more than from the later of the two clocks, and nothing from a clock that was certainly
// wrong. In doubt an upload is kept, and told() says so.
//
// Its owner sees to it that one thread calls at a time.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "spider/base/time.h"
#include "spider/model/control.h"
#include "spider/store/store.h"

#include "pipeline/clocks.h"

namespace spider::pipeline {

class UploadAges {
 public:
  explicit UploadAges(std::uint32_t keep_days) : keep_days_(keep_days) {}

  [[nodiscard]] bool removes() const noexcept { return keep_days_ != 0; }

  // Once, before all else. `note`: the latest that was kept, of whatever process. `earliest`: the
  // kept_from of all uploads that is the earliest, for a note that was lost: nothing is older then.
  void begin(const Clocks& now, const std::optional<std::string>& note, base::Time earliest);

  struct Look {
    base::Duration leap{0};     // of the system's clock since the last look; 0: none worth telling
    base::Duration counted{0};  // of the time the machine was off, just now
  };
  [[nodiscard]] Look look(const Clocks& now);
  // What is to be kept of this, to go on from.
  [[nodiscard]] std::string note() const;

  // The clock of ages.
  [[nodiscard]] base::Time at(base::Duration boot) const noexcept;
  // Since its end; never one that is being read, or whose end is not known.
  [[nodiscard]] bool is_old(const store::UploadInfo& upload) const noexcept;
  [[nodiscard]] model::UploadAging told() const;

 private:
  std::uint32_t keep_days_;
  Clocks last_;                            // when it was looked at last
  base::Time age_;                         // the clock of ages then
  base::Duration steady_{0};               // since when the system's clock has gone evenly, by boot
  std::optional<base::Time> counts_from_;  // time off since then is not counted yet
  base::Duration leap_{0};                 // the latest in this process
};

}  // namespace spider::pipeline
