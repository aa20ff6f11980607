#include "query/block_runs.h"

#include <algorithm>
#include <utility>

#include "query/varint.h"

namespace spider::query {
namespace {

using store::BlockInfo;

constexpr std::size_t kBlocksMin = 4;   // of fewer nothing is kept
constexpr std::size_t kShortMax = 256;  // blocks, wherever their ids would end a run
constexpr std::size_t kLongMax = 2'048;

// Every bit depends on every bit of the id (splitmix64: Steele, Lea and Flood, 2014).
[[nodiscard]] std::uint64_t mixed(std::uint64_t v) {
  v = (v ^ v >> 30U) * 0xBF58'476D'1CE4'E5B9U;
  v = (v ^ v >> 27U) * 0x94D0'49BB'1331'11EBU;
  return v ^ v >> 31U;
}

[[nodiscard]] std::uint64_t zigzag(std::uint64_t step) {
  return step << 1U ^ (std::uint64_t{0} - (step >> 63U));
}

}  // namespace

void BlockRuns::cut(std::span<const store::BlockPtr> blocks, const Filter& filter) {
  constexpr std::size_t kAhead = 8;
  whole_.clear();
  others_.clear();
  runs_.clear();
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    // Summaries lie all over the memory.
    if (blocks.size() - i > kAhead) __builtin_prefetch(blocks[i + kAhead].get());
    const BlockInfo& block = *blocks[i];
    const bool whole = block.start_max < filter.to && block.end_min >= filter.from;
    (whole ? whole_ : others_).push_back(&block);
  }
  std::vector<BlockRun> shorter;
  std::size_t first = 0;  // of the short one
  std::size_t first_long = 0;
  for (std::size_t end = 1; end <= whole_.size(); ++end) {
    const std::uint64_t chance = mixed(whole_[end - 1]->id);
    const bool ends_long =
        end == whole_.size() || chance % kLong == 0 || end - first_long == kLongMax;
    if (!ends_long && chance % kShort != 0 && end - first != kShortMax) continue;
    shorter.push_back(run_of(first, end));
    first = end;
    if (!ends_long) continue;
    runs_.push_back(run_of(first_long, end));
    runs_.back().shorter = std::exchange(shorter, {});
    first_long = end;
  }
}

BlockRun BlockRuns::run_of(std::size_t first, std::size_t end) const {
  BlockRun out;
  out.blocks = std::span(whole_).subspan(first, end - first);
  out.start_min = out.blocks.front()->start_min;
  out.start_max = out.blocks.front()->start_max;
  for (const BlockInfo* block : out.blocks) {
    out.rows += block->rows;
    out.start_min = std::min(out.start_min, block->start_min);
    out.start_max = std::max(out.start_max, block->start_max);
  }
  return out;
}

// Under a damaged key there may be another block's id, not its start.
std::string BlockRuns::name_of(const BlockRun& run) const {
  std::string out = name_;
  out += '\0';
  std::uint64_t id = 0;
  std::uint64_t starts = 0;
  std::uint64_t whisperer = 0;
  for (const BlockInfo* block : run.blocks) {
    append_varint(out, zigzag(block->id - std::exchange(id, block->id)));
    starts = mixed(starts ^ static_cast<std::uint64_t>(block->start_min.ns));
    if (!by_whisperer_) continue;
    const auto now = static_cast<std::uint64_t>(snapshot_.whisperer_of(block->source));
    append_varint(out, now ^ std::exchange(whisperer, now));
  }
  append_varint(out, starts);
  return out;
}

bool BlockRuns::look_up(BlockRun& run) const {
  if (run.blocks.size() < kBlocksMin) return false;
  const std::string name = name_of(run);
  run.kept = snapshot_.kept_answer(name);
  run.keep = run.kept == nullptr && snapshot_.wants_answer(name);
  return run.known() || run.keep;
}

const std::vector<BlockRuns::Unit>& BlockRuns::units(const Fits& fits) {
  units_.clear();
  any_ = false;
  for (BlockRun& run : runs_) {
    if (add(run, fits)) continue;
    for (BlockRun& part : run.shorter) {
      if (add(part, fits)) continue;
      for (const BlockInfo* block : part.blocks) units_.push_back({nullptr, block});
    }
  }
  for (const BlockInfo* block : others_) units_.push_back({nullptr, block});
  std::stable_partition(units_.begin(), units_.end(),
                        [](const Unit& unit) { return unit.run != nullptr && unit.run->keep; });
  return units_;
}

bool BlockRuns::add(BlockRun& run, const Fits& fits) {
  if (!fits(run) || !look_up(run)) return false;
  any_ = true;
  if (run.keep)
    for (BlockRun& part : run.shorter)
      if (part.blocks.size() >= kBlocksMin) part.kept = snapshot_.kept_answer(name_of(part));
  units_.push_back({&run, nullptr});
  return true;
}

}  // namespace spider::query
