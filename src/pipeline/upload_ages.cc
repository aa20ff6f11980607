#include "pipeline/upload_ages.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

namespace spider::pipeline {
namespace {

// More is a jump; what NTP corrects in small steps is less.
constexpr base::Duration kJump = base::Duration::from_s(60);
constexpr base::Duration kWorthTelling = base::Duration::from_s(3'600);
constexpr base::Duration kSettle = base::Duration::from_s(3'600);
// No Spider that counts ages ran before 2026: a clock that shows less is wrong.
constexpr base::Time kNotBefore = base::Time::from_us(1'767'225'600'000'000);
constexpr std::int64_t kDayNs = std::int64_t{24} * 3'600 * 1'000'000'000;
constexpr std::int64_t kUsMax = 9'000'000'000'000'000;  // what a Time can hold

[[nodiscard]] base::Duration size_of(base::Duration d) noexcept {
  return d.ns < 0 ? base::Time{0} - base::Time{d.ns} : d;
}

// Where system's clock and start of the machine are to each other.
[[nodiscard]] base::Time offset(const Clocks& c) noexcept { return c.wall - c.boot; }

struct Note {
  Clocks at;
  base::Time age;
  base::Duration steady;
  std::optional<base::Time> counts_from;
};

[[nodiscard]] std::optional<Note> read(std::string_view text) {
  std::array<std::int64_t, 5> us{};
  for (std::int64_t& n : us) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error != std::errc() || n < -kUsMax || n > kUsMax) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty() || text.front() != ' ') return std::nullopt;  // older versions: the wall alone
    text.remove_prefix(1);
  }
  Note out;
  out.at = {base::Time::from_us(us[0]), base::Duration::from_us(us[2]), std::string(text)};
  out.age = base::Time::from_us(us[1]);
  out.steady = base::Duration::from_us(us[3]);
  if (us[4] != 0) out.counts_from = base::Time::from_us(us[4]);
  return out;
}

}  // namespace

void UploadAges::begin(const Clocks& now, const std::optional<std::string>& note,
                       base::Time earliest) {
  last_ = now;
  steady_ = now.boot;
  const auto before = note ? read(*note) : std::nullopt;
  if (!before) {
    age_ = earliest != base::Time::min() ? earliest : now.wall;
    return;
  }
  age_ = before->age;
  counts_from_ = before->counts_from;
  const bool same_start =
      !now.start.empty() && now.start == before->at.start && now.boot >= before->at.boot;
  if (!same_start) {
    if (!counts_from_) counts_from_ = std::max(before->at.wall, before->age);
    return;
  }
  // Nobody looked meanwhile: a clock of the machine that was moved as well (a time namespace)
  // counts no more than the system's.
  base::Duration passed{now.boot.ns - before->at.boot.ns};
  const base::Duration shown = now.wall - before->at.wall;
  if (passed.ns - std::max<std::int64_t>(0, shown.ns) > kJump.ns)
    passed.ns = std::max<std::int64_t>(0, shown.ns);
  age_ = age_ + passed;
  if (counts_from_) counts_from_ = *counts_from_ + passed;
  const base::Duration moved = offset(now) - offset(before->at);
  if (size_of(moved) <= kJump) steady_ = std::min(before->steady, now.boot);
  if (size_of(moved) >= kWorthTelling) leap_ = moved;
}

UploadAges::Look UploadAges::look(const Clocks& now) {
  Look out;
  const base::Duration passed{std::max<std::int64_t>(0, now.boot.ns - last_.boot.ns)};
  const base::Duration moved = offset(now) - offset(last_);
  age_ = age_ + passed;
  if (counts_from_) counts_from_ = *counts_from_ + passed;
  if (size_of(moved) > kJump) steady_ = now.boot;
  if (size_of(moved) >= kWorthTelling) out.leap = leap_ = moved;
  last_ = now;
  if (counts_from_ && now.boot.ns - steady_.ns >= kSettle.ns) {
    if (*counts_from_ >= kNotBefore && now.wall > *counts_from_) {
      out.counted = now.wall - *counts_from_;
      age_ = age_ + out.counted;
    }
    counts_from_.reset();
  }
  return out;
}

std::string UploadAges::note() const {
  return fmt::format("{} {} {} {} {} {}", last_.wall.us(), age_.us(), last_.boot.us(), steady_.us(),
                     counts_from_ ? counts_from_->us() : 0, last_.start);
}

base::Time UploadAges::at(base::Duration boot) const noexcept {
  return age_ + base::Duration{std::max<std::int64_t>(0, boot.ns - last_.boot.ns)};
}

bool UploadAges::is_old(const store::UploadInfo& upload) const noexcept {
  if (keep_days_ == 0 || upload.state == store::UploadState::running ||
      upload.kept_from == base::Time::min())
    return false;
  return (age_ - upload.kept_from).ns >= std::int64_t{keep_days_} * kDayNs;
}

model::UploadAging UploadAges::told() const {
  model::UploadAging out;
  out.keep_days = keep_days_;
  out.ahead = last_.wall - age_;
  if (keep_days_ == 0) return out;
  if (counts_from_)
    out.doubt =
        "How long the machine was off does not count for the age of uploads yet: it does when the "
        "system's clock has gone evenly for an hour.";
  else if (leap_.ns != 0)
    out.doubt = fmt::format(
        "The system's clock leapt by {:.1f} hours. Ages of uploads are counted as if it had not.",
        static_cast<double>(leap_.ns) / 3.6e12);
  return out;
}

}  // namespace spider::pipeline
