#include "query/timeline_runs.h"

#include <utility>

#include <fmt/format.h>

#include "spider/query/codes.h"

#include "query/text_flows.h"

namespace spider::query {
namespace {

using store::BlockInfo;

constexpr std::int64_t kBucketsMax = 1'024;  // in which the rows of a run begin
constexpr std::int64_t kTableBucketsMax = 128;
constexpr std::size_t kCellsMax = 8'192;  // of a flow, some 150 bytes each while it is made
constexpr std::uint64_t kBytesOfRow = 2;  // at most: columns take more

// Whatever follows it is no part of it.
[[nodiscard]] std::string closed(const std::string& name) {
  return std::to_string(name.size()) + ' ' + name;
}

}  // namespace

TimelineRuns::TimelineRuns(const store::StoreSnapshot& snapshot, const Executor& executor,
                           const TimelineRequest& request, ColumnTimeline& part)
    : snapshot_(snapshot),
      executor_(executor),
      bucket_ns_(request.bucket.ns),
      phase_(request.from.ns % request.bucket.ns) {
  if (!part.by_flows() || request.from.ns < 0) return;
  const std::string filter = part.filter().name();
  const std::string grid = fmt::format("{} {}", bucket_ns_, phase_);
  const std::string flows =
      fmt::format("timeline{} on {}, {}", part.by_class() ? " by class" : "", grid, filter);
  if (!filter.empty() && snapshot.asked_before(flows) != 0) {
    runs_.emplace(snapshot, closed(flows), false, true);
  }
  const auto& text = part.counts()->text();
  if (!text) return;
  const std::string tables =
      fmt::format("timeline of texts on {}, {}", grid, static_cast<unsigned>(text->column));
  const bool known = snapshot.asked_before(tables) != 0;
  if (!known || runs_ || part.counts()->texts_number() == 0) return;
  runs_.emplace(snapshot, closed(tables), false, true);
  tables_ = true;
}

bool TimelineRuns::plan(std::span<const store::BlockPtr> blocks, const Filter& filter) {
  if (!runs_) return false;
  runs_->cut(blocks, filter);
  const std::int64_t most = tables_ ? kTableBucketsMax : kBucketsMax;
  units_ = &runs_->units([&](const BlockRun& run) {
    return run.start_min.ns >= phase_ && (run.start_max.ns - run.start_min.ns) / bucket_ns_ < most;
  });
  return runs_->any();
}

base::Result<void> TimelineRuns::add(ColumnTimeline& part) {
  bool good = true;
  for (std::size_t at = next_++; at < units_->size() && !failed(); at = next_++) {
    const BlockRuns::Unit& unit = (*units_)[at];
    if (unit.run == nullptr) {
      SPIDER_TRY(add_block(*unit.block, part, good));
    } else if (unit.run->known()) {
      add_kept(*unit.run->kept, part);
    } else {
      SPIDER_TRY(tables_ ? make_table(*unit.run, part) : make_flow(*unit.run, part));
    }
  }
  return {};
}

base::Result<void> TimelineRuns::add_block(const BlockInfo& block, ColumnTimeline& part,
                                           bool& good) const {
  if (executor_.cancelled())
    return base::fail(codes::cancelled, "The server stops, or whoever asked is gone.");
  auto done = part.scan(block);
  if (done) return done;
  if (!snapshot_.pass_over(done.error())) return done;
  good = false;
  return {};
}

void TimelineRuns::add_kept(const std::string& kept, ColumnTimeline& part) {
  const bool read = tables_ ? add_table(kept, part) : part.add_flow(base::as_bytes(kept), false);
  if (!read) failed_ = true;
}

bool TimelineRuns::add_table(const std::string& table, ColumnTimeline& part) const {
  return TextFlows::read(
      table, [&](const store::TextColumn& texts, const std::vector<base::Bytes>& flows) {
        std::vector<char> wanted(texts.values(), 0);
        part.counts()->text()->judge(texts, wanted);
        for (std::size_t i = 0; i < flows.size(); ++i)
          if (wanted[i] != 0 && !part.add_flow(flows[i], true)) return false;
        return true;
      });
}

// Counts apart what is to be kept. When that is too much the rest goes straight on.
base::Result<void> TimelineRuns::make_flow(const BlockRun& run, ColumnTimeline& part) {
  ClassFlow own;
  bool good = true;
  bool fits = true;
  const auto known = [&](const BlockRun& some) -> base::Result<void> {
    if (!(fits ? own.add_saved(base::as_bytes(*some.kept))
               : part.add_flow(base::as_bytes(*some.kept), false)))
      failed_ = true;
    fits = fits && own.size() <= kCellsMax;
    return {};
  };
  const auto blocks = [&](Blocks some) -> base::Result<void> {
    for (const BlockInfo* block : some) {
      part.count_apart(fits ? &own : nullptr);
      auto done = add_block(*block, part, good);
      part.count_apart(nullptr);
      SPIDER_TRY(std::move(done));
      fits = fits && own.size() <= kCellsMax;
    }
    return {};
  };
  SPIDER_TRY(BlockRuns::each_part(run, known, blocks));
  std::string saved;
  own.save(saved);
  if (!part.add_flow(base::as_bytes(saved), false)) failed_ = true;
  if (failed()) return {};
  if (!good || !fits || saved.size() > kBytesOfRow * run.rows) saved.clear();
  runs_->keep(run, std::move(saved));
  return {};
}

base::Result<void> TimelineRuns::make_table(const BlockRun& run, ColumnTimeline& part) {
  TextFlows own(snapshot_, part.counts()->text()->column, part.counts()->texts_number());
  bool good = true;
  bool fits = true;
  const auto known = [&](const BlockRun& some) -> base::Result<void> {
    if (!(fits ? own.add_saved(*some.kept) : add_table(*some.kept, part))) failed_ = true;
    fits = fits && !own.full();
    return {};
  };
  const auto blocks = [&](Blocks some) -> base::Result<void> {
    for (const BlockInfo* block : some) {
      if (executor_.cancelled())
        return base::fail(codes::cancelled, "The server stops, or whoever asked is gone.");
      bool added = false;
      // Damage that the rows asked for may not meet is told by the scan.
      if (fits) {
        auto done = own.add(*block, part);
        added = done && *done;
      }
      fits = added && !own.full();
      if (!added) SPIDER_TRY(add_block(*block, part, good));
    }
    return {};
  };
  SPIDER_TRY(BlockRuns::each_part(run, known, blocks));
  std::string table = own.save();
  if (!add_table(table, part)) failed_ = true;
  if (failed()) return {};
  if (!good || !fits || table.size() > kBytesOfRow * run.rows) table.clear();
  runs_->keep(run, std::move(table));
  return {};
}

}  // namespace spider::query
