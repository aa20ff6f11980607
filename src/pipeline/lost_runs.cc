#include "pipeline/lost_runs.h"

#include <algorithm>
#include <array>
#include <string>

#include "spider/base/log.h"
#include "spider/pipeline/codes.h"
#include "spider/store/store_reader.h"

namespace spider::pipeline {
namespace {

constexpr std::int64_t kMinuteNs = 60'000'000'000;

// Since when packets may be missing. Up to the last minute that is booked all is stored but what a
// shard may still have held, which is less than a minute.
[[nodiscard]] base::Time lost_since(const store::Store& store, const store::RunMark& run,
                                    base::Time now) {
  const std::array sources{run.source};
  const auto span = store.reader().snapshot()->quality_span(sources, run.begun, now);
  if (!span || span->empty()) return run.begun;
  const base::Time minute{(span->last - 1) * kMinuteNs};
  return std::max(run.begun, minute);
}

void tell(const store::Store& store, const store::RunMark& run, base::Time now) {
  std::string name;
  for (const store::SourceInfo& source : store.sources())
    if (source.id == run.source) name = source.name;
  if (run.live) {
    base::log(codes::run_lost,
              "Whisperer \"{}\": the capture that began at {} was not ended. Lost is at most what "
              "came from {} to {}, and of older connections that were open then, their sessions "
              "and what was unfinished.",
              name, base::to_iso(run.begun), base::to_iso(lost_since(store, run, now)),
              base::to_iso(now));
  } else {
    base::log(codes::run_lost,
              "Whisperer \"{}\": the import that began at {} was not ended. What it had not stored "
              "is not in the store.",
              name, base::to_iso(run.begun));
  }
}

}  // namespace

void tell_lost_runs(store::Store& store, std::size_t kept) {
  auto marks = store.run_marks();
  if (!marks) return base::log(marks.error());
  const base::Time now = base::Time::now();
  for (store::RunMark& run : *marks) {
    if (run.lost) continue;
    tell(store, run, now);
    run.lost = true;
    run.found = now;
    if (const auto marked = store.mark_run(run); !marked) base::log(marked.error());
  }
  if (marks->size() <= kept) return;
  std::sort(marks->begin(), marks->end(),
            [](const auto& a, const auto& b) { return a.begun < b.begun; });
  marks->resize(marks->size() - kept);
  for (const store::RunMark& run : *marks)
    if (const auto gone = store.unmark_run(run.source, run.number); !gone) base::log(gone.error());
}

}  // namespace spider::pipeline
