#include "pipeline/keeper.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "spider/base/log.h"
#include "spider/base/patience.h"
#include "spider/pipeline/codes.h"

#include "pipeline/clocks.h"

namespace spider::pipeline {
namespace {

using model::KeptKind;
using model::RetentionLimits;
using store::Removal;
using store::Survey;

// More is a jump; what NTP corrects in small steps is less.
constexpr base::Duration kJump = base::Duration::from_s(60);
// A cut moves on by a part of the age at once: a pass that has hardly anything to take costs as
// much as one that has.
constexpr std::int64_t kCutsPerAge = 64;
constexpr base::Duration kCutStepMin = base::Duration::from_s(1);
constexpr base::Duration kCutStepMax = base::Duration::from_s(3'600);
// Blocks that are being filled may span such a part of the age.
constexpr std::int64_t kOpenPerAge = 16;
// Steps of one look towards a limit of size; each takes half of what is too much.
constexpr int kSizeSteps = 16;
// A block that spans more of all that is kept does not hold the bodies of the others.
constexpr std::int64_t kLongShare = 8;

[[nodiscard]] base::Time cut_at(base::Time now, base::Duration age) {
  const std::int64_t step = std::clamp(age.ns / kCutsPerAge, kCutStepMin.ns, kCutStepMax.ns);
  const base::Time cut = now - age;
  const std::int64_t rest = cut.ns % step;
  return cut - base::Duration{rest < 0 ? rest + step : rest};
}

[[nodiscard]] std::string mib(std::uint64_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1U << 20U));
}

[[nodiscard]] std::uint64_t bytes_gone(const Survey& before, const base::Result<Survey>& after) {
  return after && after->bytes() < before.bytes() ? before.bytes() - after->bytes() : 0;
}

}  // namespace

bool SettledClock::settled(base::Time wall, base::Duration boot, base::Duration settle) {
  const base::Time began = wall - boot;
  if (began_ && (began - *began_ > kJump || *began_ - began > kJump)) since_ = boot;
  // A slow drift is followed.
  began_ = began;
  return boot.ns - since_.ns >= settle.ns;
}

Keeper::Keeper(store::Store& store, WriterLoop& writer)
    : store_(store), writer_(writer), clock_(since_boot()) {}

void Keeper::start() {
  // No exchange of an earlier process is under way: packs given out before this are complete.
  packs_old_ = store_.pack_bound();
  static_cast<void>(clock_.settled(base::Time::now(), since_boot(), {}));
  thread_ = base::Thread("retention", [this](std::stop_token stop) { loop(stop); });
}

void Keeper::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void Keeper::set(std::uint32_t every_s, std::uint32_t settle_s, std::vector<KeptSource> sources) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    settings_ = {base::Duration::from_s(every_s), base::Duration::from_s(settle_s),
                 std::move(sources)};
    asked_ = true;
  }
  changed_.notify_all();
}

void Keeper::loop(const std::stop_token& stop) {
  base::wake_patiently();
  while (!stop.stop_requested()) {
    Settings settings;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait_for(lock, stop, std::chrono::nanoseconds(settings_.every.ns),
                        [this] { return asked_; });
      asked_ = false;
      settings = settings_;
    }
    if (!stop.stop_requested()) look(stop, settings);
  }
}

std::uint64_t Keeper::old_packs(base::Duration boot, base::Duration settle) {
  packs_.emplace_back(boot, store_.pack_bound());
  while (packs_.front().first.ns + settle.ns <= boot.ns) {
    packs_old_ = std::max(packs_old_, packs_.front().second);
    packs_.pop_front();
    if (packs_.empty()) break;
  }
  return packs_old_;
}

void Keeper::look(const std::stop_token& stop, const Settings& settings) {
  const base::Time now = base::Time::now();
  const base::Duration boot = since_boot();
  const bool settled = clock_.settled(now, boot, settings.settle);
  const std::uint64_t bound = old_packs(boot, settings.settle);
  for (const KeptSource& source : settings.sources) {
    if (stop.stop_requested()) return;
    if (!source.limits.any()) continue;
    if (settled) by_age(stop, source, now, bound);
    by_size(stop, source);
  }
}

void Keeper::by_age(const std::stop_token& stop, const KeptSource& source, base::Time now,
                    std::uint64_t bound) {
  const RetentionLimits& limits = source.limits;
  if (std::none_of(limits.age.begin(), limits.age.end(), [](const auto& a) { return !!a; })) return;
  const auto survey = store_.survey(source.source);
  if (!survey) return trouble(source, survey.error());
  // What reads files has the time of its files, most of them: a few odd stamps move nothing.
  base::Duration shortest{std::numeric_limits<std::int64_t>::max()};
  for (const auto& age : limits.age)
    if (age) shortest = std::min(shortest, *age);
  const base::Time newest = source.live ? survey->newest() : survey->mostly_before(shortest);
  const base::Time today = std::min(now, newest);
  if (today == base::Time::min()) return;
  Removal removal;
  base::Time bodies = base::Time::min();
  bool any = false;
  for (std::size_t i = 0; i < model::kKeptKinds; ++i) {
    if (!limits.age[i]) continue;
    const auto kind = static_cast<KeptKind>(i);
    const base::Time cut = cut_at(today, *limits.age[i]);
    if (kind == KeptKind::communications || kind == KeptKind::bodies)
      bodies = std::max(bodies, cut);
    if (kind == KeptKind::communications || kind == KeptKind::sessions) {
      const base::Duration span{limits.age[i]->ns / kOpenPerAge};
      removal.open_span = removal.open_span ? std::min(*removal.open_span, span) : span;
    }
    if (kind == KeptKind::bodies || !anything_before(*survey, kind, cut)) continue;
    removal.of(kind) = cut;
    any = true;
  }
  removal.bodies_below = std::min(bodies_cut(*survey, bodies), bound);
  if (removal.bodies_below > survey->bodies_below) {
    removal.of(KeptKind::bodies) = bodies;
    any = true;
  }
  base::Duration longest;
  // Without anything to take, what is being filled is still kept from spanning too much.
  if (carry_out(stop, source, *survey, removal, longest) && any)
    tell(source, removal, bytes_gone(*survey, store_.survey(source.source)), longest);
}

void Keeper::by_size(const std::stop_token& stop, const KeptSource& source) {
  const std::uint64_t limit = source.limits.bytes_max;
  if (limit == 0) return;
  for (int step = 0; step < kSizeSteps && !stop.stop_requested(); ++step) {
    const auto survey = store_.survey(source.source);
    if (!survey) return trouble(source, survey.error());
    const auto time = size_step(*survey, limit);
    if (!time) {
      if (survey->bytes() <= limit) told_.erase(source.source);
      return;
    }
    Removal removal;
    for (const KeptKind kind :
         {KeptKind::communications, KeptKind::bodies, KeptKind::sessions, KeptKind::packets})
      removal.of(kind) = *time;
    base::Time first = base::Time::max();
    base::Time last = base::Time::min();
    for (const store::SurveyedBlock& b : survey->blocks) {
      first = std::min(first, b.start);
      last = std::max(last, b.end);
    }
    removal.bodies_below =
        bodies_cut(*survey, *time, base::Duration{(last - first).ns / kLongShare});
    base::Duration longest;
    if (!carry_out(stop, source, *survey, removal, longest)) return;
    const auto after = store_.survey(source.source);
    if (!after) return trouble(source, after.error());
    if (after->bytes() >= survey->bytes()) {
      return trouble(source,
                     {codes::retention_stuck,
                      fmt::format("{} are kept of whisperer \"{}\", more than its {}, and nothing "
                                  "of it can go at present: it is too young, still being filled, "
                                  "or cannot be read.",
                                  mib(survey->bytes()), source.name, mib(limit))});
    }
    tell(source, removal, survey->bytes() - after->bytes(), longest);
  }
}

bool Keeper::carry_out(const std::stop_token& stop, const KeptSource& source, const Survey& survey,
                       const Removal& removal, base::Duration& longest) {
  for (bool done = false; !done;) {
    if (stop.stop_requested()) return false;
    base::Result<bool> step = false;
    const bool ran = writer_.call([&](store::StoreWriter& writer) {
      const auto begun = std::chrono::steady_clock::now();
      step = writer.remove(survey, removal);
      longest = std::max(longest, base::Duration{(std::chrono::steady_clock::now() - begun) /
                                                 std::chrono::nanoseconds(1)});
    });
    if (!ran) return false;
    if (!step) {
      trouble(source, step.error());
      return false;
    }
    done = *step;
  }
  return true;
}

void Keeper::trouble(const KeptSource& source, const base::Error& error) {
  std::string& told = told_[source.source];
  // The figures in the sentence change; the kind of trouble is what was told.
  if (told == error.code.log_id()) return;
  told = error.code.log_id();
  base::log(error);
}

void Keeper::tell(const KeptSource& source, const Removal& removal, std::uint64_t bytes,
                  base::Duration longest) {
  std::vector<std::string> kinds;
  for (std::size_t i = 0; i < model::kKeptKinds; ++i)
    if (removal.before[i] != base::Time::min())
      kinds.push_back(fmt::format("{} before {}", name(static_cast<KeptKind>(i)),
                                  base::to_iso(removal.before[i])));
  base::log(codes::retention_removed,
            "Of whisperer \"{}\" were removed: {}; about {}. The writer was held for {:.1f} ms at "
            "most.",
            source.name, fmt::join(kinds, ", "), mib(bytes), static_cast<double>(longest.ns) / 1e6);
}

}  // namespace spider::pipeline
