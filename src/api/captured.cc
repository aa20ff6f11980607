#include "api/captured.h"

#include <algorithm>
#include <functional>

#include "spider/store/status_book.h"
#include "spider/store/store.h"

#include "api/window.h"

namespace spider::api {
namespace {

// A sign of life is left every five seconds, and what came since is stored soon after it came.
constexpr base::Duration kProofWithin{7 * kSecond};

[[nodiscard]] bool touches(const TimePart& a, const TimePart& b) {
  return a.from < b.to && b.from < a.to;
}

[[nodiscard]] TimePart common(const TimePart& a, const TimePart& b) {
  return {std::max(a.from, b.from), std::min(a.to, b.to)};
}

// In order, each apart from the next.
[[nodiscard]] std::vector<TimePart> joined(std::vector<TimePart> parts) {
  std::sort(parts.begin(), parts.end(),
            [](const TimePart& a, const TimePart& b) { return a.from < b.from; });
  std::vector<TimePart> out;
  for (const TimePart& part : parts) {
    if (!out.empty() && part.from <= out.back().to) {
      out.back().to = std::max(out.back().to, part.to);
    } else {
      out.push_back(part);
    }
  }
  return out;
}

}  // namespace

// The last end of a communication between the two, `after` when there is none: that was captured.
// What comes from `before` on is another process's; blocks may hold both.
base::Result<base::Time> Captured::last_proof(model::SourceId source, base::Time after,
                                              base::Time before) const {
  const base::Time to = std::min(before, after + kProofWithin);
  if (to <= after) return after;
  SPIDER_TRY_LET(blocks, snapshot_.blocks(store::RecordKind::http, {&source, 1}, after, to));
  base::Time out = after;
  std::vector<std::int64_t> starts;
  std::vector<std::int64_t> durations;
  for (const store::BlockPtr& block : blocks) {
    if (block->end_max <= out) continue;
    if (block->end_max < to) {
      out = block->end_max;
      continue;
    }
    for (const auto& [column, numbers] : {std::pair{store::ColumnId::start, &starts},
                                          std::pair{store::ColumnId::duration, &durations}}) {
      const auto read = snapshot_.numbers(*block, column, *numbers);
      if (read) continue;
      if (!snapshot_.pass_over(read.error())) return tl::unexpected(read.error());
      numbers->clear();
    }
    for (std::size_t row = 0; row < std::min(starts.size(), durations.size()); ++row) {
      const base::Time end = base::Time{starts[row]} + base::Duration{durations[row]};
      if (end < to) out = std::max(out, end);
    }
  }
  return out == after ? after : out + base::Duration::from_us(1);  // its own moment, too
}

base::Result<Captured::Known*> Captured::known(model::SourceId source) {
  if (const auto at = known_.find(source); at != known_.end()) return &at->second;
  Known out;
  if (const auto info = context_.parts.store.find_source(source)) {
    out.name = info->name;
    out.live = info->type == "INTERFACE" && !info->upload;
    if (info->upload && info->upload->first <= info->upload->last)
      out.parts.push_back({info->upload->first, info->upload->last + base::Duration::from_us(1)});
  }
  if (out.live) {
    SPIDER_TRY_LET(all, context_.parts.store.status().states(source));
    const std::vector<model::StatePeriod>& periods = *all;
    for (std::size_t i = 0; i < periods.size(); ++i) {
      const model::StatePeriod& period = periods[i];
      if (period.state != model::WhispererState::capturing) continue;
      const bool lasts = period.until == base::Time::max();
      base::Time until = lasts ? std::max(period.from, now_) : period.until;
      if (period.unseen) {
        const base::Time next = i + 1 == periods.size() ? now_ : periods[i + 1].from;
        out.perhaps.push_back({until, std::min(next, until + kProofWithin)});
        if (until < range_.to && range_.from < until + kProofWithin) {
          SPIDER_TRY_LET(proof, last_proof(source, until, next));
          until = proof;
        }
      }
      out.parts.push_back({period.from, until});
    }
    out.parts = joined(std::move(out.parts));  // a clock that went back leaves disorder
  }
  return &known_.emplace(source, std::move(out)).first->second;
}

base::Result<std::vector<TimePart>> Captured::within(model::SourceId source,
                                                     const TimePart& stretch) {
  SPIDER_TRY_LET(of, known(source));
  of->books = true;
  std::vector<TimePart> out;
  const auto& parts = of->parts;
  for (auto at = std::partition_point(parts.begin(), parts.end(),
                                      [&](const TimePart& p) { return p.to <= stretch.from; });
       at != parts.end() && at->from < stretch.to; ++at)
    if (touches(*at, stretch)) out.push_back(common(*at, stretch));
  // Books without a state: of the last seconds before a kill, or nothing is known.
  if (out.empty())
    for (const TimePart& part : of->perhaps)
      if (touches(part, stretch)) out.push_back(common(part, stretch));
  if (out.empty()) out.push_back(stretch);
  return out;
}

base::Result<std::vector<const Captured::Known*>> Captured::live_ones(store::Sources sources) {
  std::vector<const Known*> out;
  for (const store::SourceInfo& info : context_.parts.store.sources()) {
    if (info.type != "INTERFACE" || info.upload) continue;
    if (!sources.empty() && std::find(sources.begin(), sources.end(), info.id) == sources.end())
      continue;
    SPIDER_TRY_LET(of, known(info.id));
    out.push_back(of);
  }
  return out;
}

base::Result<std::vector<CaptureHole>> Captured::holes(store::Sources sources,
                                                       const TimePart& range) {
  std::vector<CaptureHole> out;
  SPIDER_TRY_LET(live, live_ones(sources));
  for (const Known* of : live) {
    for (std::size_t i = 1; i < of->parts.size(); ++i) {
      const TimePart between{of->parts[i - 1].to, of->parts[i].from};
      if (between.from < between.to && touches(between, range))
        out.push_back({of->name, common(between, range)});
    }
  }
  std::sort(out.begin(), out.end(),
            [](const CaptureHole& a, const CaptureHole& b) { return a.part.from < b.part.from; });
  if (out.size() > Captured::kPartsMax) out.resize(Captured::kPartsMax);
  return out;
}

base::Result<std::vector<query::CaptureGap>> Captured::gaps(store::Sources sources,
                                                            const TimePart& range) {
  SPIDER_TRY_LET(live, live_ones(sources));
  std::vector<TimePart> parts;
  std::vector<TimePart> perhaps;
  for (const Known* of : live) {
    parts.insert(parts.end(), of->parts.begin(), of->parts.end());
    perhaps.insert(perhaps.end(), of->perhaps.begin(), of->perhaps.end());
  }
  parts = joined(std::move(parts));
  std::vector<query::CaptureGap> out;
  for (std::size_t i = 0; i < parts.size() && out.size() < kPartsMax; ++i) {
    const bool last = i + 1 == parts.size();
    const TimePart gap{parts[i].to, last ? now_ : parts[i + 1].from};
    if (gap.from >= gap.to || !touches(gap, range)) continue;
    query::CaptureGap& told = out.emplace_back();
    told = {gap.from, gap.to, gap.from, last};
    for (const TimePart& p : perhaps)
      if (touches(p, gap)) told.sure_from = std::max(told.sure_from, std::min(p.to, gap.to));
  }
  return out;
}

base::Result<std::vector<TimePart>> Captured::uncaptured(store::Sources sources,
                                                         const TimePart& range,
                                                         std::vector<TimePart> parts) {
  SPIDER_TRY_LET(live, live_ones(sources));
  bool any = false;
  for (const Known* of : live) {
    any = any || (of->parts.empty() && of->books);  // older than the states
    for (const TimePart& part : of->parts) {
      if (!touches(part, range)) continue;
      any = true;
      parts.push_back(common(part, range));
    }
  }
  std::vector<TimePart> out;
  if (!any) return out;
  const base::Time end = std::min(range.to, now_);
  base::Time at = range.from;
  for (const TimePart& part : put_together(std::move(parts))) {
    if (at < std::min(part.from, end)) out.push_back({at, std::min(part.from, end)});
    at = std::max(at, part.to);
  }
  if (at < end) out.push_back({at, end});
  return out;
}

std::vector<TimePart> put_together(std::vector<TimePart> parts) {
  std::vector<TimePart> out = joined(std::move(parts));
  if (out.size() <= Captured::kPartsMax) return out;
  std::vector<base::Duration> between;
  for (std::size_t i = 1; i < out.size(); ++i) between.push_back(out[i].from - out[i - 1].to);
  const auto last = between.begin() + static_cast<std::ptrdiff_t>(Captured::kPartsMax - 2);
  std::nth_element(between.begin(), last, between.end(), std::greater<>());
  std::vector<TimePart> fewer{out.front()};
  for (std::size_t i = 1; i < out.size(); ++i) {
    if (out[i].from - fewer.back().to >= *last && fewer.size() < Captured::kPartsMax) {
      fewer.push_back(out[i]);
    } else {
      fewer.back().to = out[i].to;
    }
  }
  return fewer;
}

void write_parts(query::JsonWriter& json, const std::vector<TimePart>& parts,
                 query::TimeForm form) {
  json.begin_array();
  for (const TimePart& part : parts) {
    json.begin_object();
    query::write_time(json, "from", part.from, form);
    query::write_time(json, "to", part.to, form);
    json.end_object();
  }
  json.end_array();
}

}  // namespace spider::api
