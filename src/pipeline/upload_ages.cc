#include "pipeline/upload_ages.h"

namespace spider::pipeline {
namespace {

constexpr base::Duration kLeap = base::Duration::from_s(3'600);
// Spider may have been off for a night or a weekend, and nobody can tell that from a leap.
constexpr base::Duration kLeapWhileOff = base::Duration::from_s(3 * 24 * 3'600);
constexpr auto kWait = std::chrono::hours(1);
constexpr std::int64_t kDayNs = std::int64_t{24} * 3'600 * 1'000'000'000;

}  // namespace

UploadAges::Look UploadAges::look(base::Time wall, Steady steady) {
  Look out;
  if (seen_) {
    const std::int64_t passed =
        steady_ ? std::chrono::duration_cast<std::chrono::nanoseconds>(steady - *steady_).count()
                : 0;
    const base::Duration leap{wall.ns - seen_->ns - passed};
    if (leap.ns > (steady_ ? kLeap : kLeapWhileOff).ns) {
      out.leap = leap;
      wait_until_ = steady + kWait;
    }
  }
  seen_ = wall;
  steady_ = steady;
  if (wait_until_ && steady >= *wait_until_) wait_until_.reset();
  out.trusted = !wait_until_;
  return out;
}

bool UploadAges::is_old(const store::UploadInfo& upload, base::Time wall) const {
  if (keep_days_ == 0 || upload.state == store::UploadState::running ||
      upload.ended == base::Time::min() || upload.ended > wall)
    return false;
  return wall.ns - upload.ended.ns >= std::int64_t{keep_days_} * kDayNs;
}

}  // namespace spider::pipeline
