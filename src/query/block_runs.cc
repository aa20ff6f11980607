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
  const Blocks all(whole_);
  std::vector<BlockRun> shorter;
  std::size_t first = 0;  // of the short one
  std::size_t first_long = 0;
  for (std::size_t end = 1; end <= all.size(); ++end) {
    const std::uint64_t chance = mixed(all[end - 1]->id);
    const bool says_long = chance % kLong == 0 || end - first_long == kLongMax;
    const bool says_short = says_long || chance % kShort == 0 || end - first == kShortMax;
    if (!says_short && end != all.size()) continue;
    BlockRun& part = shorter.emplace_back(run_of(all.subspan(first, end - first)));
    part.inner = says_short && first > 0;
    first = end;
    if (!says_long && end != all.size()) continue;
    runs_.push_back(run_of(all.subspan(first_long, end - first_long)));
    runs_.back().inner = says_long && first_long > 0;
    runs_.back().shorter = std::exchange(shorter, {});
    first_long = end;
  }
}

BlockRun BlockRuns::run_of(Blocks blocks) {
  BlockRun out;
  out.blocks = blocks;
  out.start_min = blocks.front()->start_min;
  out.start_max = blocks.front()->start_max;
  for (const BlockInfo* block : blocks) {
    out.rows += block->rows;
    out.start_min = std::min(out.start_min, block->start_min);
    out.start_max = std::max(out.start_max, block->start_max);
  }
  return out;
}

void BlockRuns::split(BlockRun& run) {
  std::size_t first = 0;
  for (std::size_t end = 1; end <= run.blocks.size(); ++end) {
    const bool says = mixed(run.blocks[end - 1]->id) % kTiny == 0;
    if (!says && end != run.blocks.size()) continue;
    BlockRun& part = run.shorter.emplace_back(run_of(run.blocks.subspan(first, end - first)));
    part.inner = (says || run.inner) && (first > 0 || run.inner);
    part.tiny = true;
    first = end;
  }
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
  run.keep = run.kept == nullptr && (at_once_ && run.inner ? snapshot_.has_room_for_answers()
                                                           : snapshot_.wants_answer(name));
  return run.known() || run.keep;
}

void BlockRuns::look_into(BlockRun& run) const {
  if (splits_ && !run.tiny && run.shorter.empty()) split(run);
  for (BlockRun& part : run.shorter) {
    if (part.blocks.size() >= kBlocksMin) part.kept = snapshot_.kept_answer(name_of(part));
    if (!part.known()) look_into(part);
  }
}

const std::vector<BlockRuns::Unit>& BlockRuns::units(const Fits& fits) {
  units_.clear();
  any_ = false;
  // The longer ones first: what is not kept of them shows what is worth looking for.
  std::vector<BlockRun*> found;
  std::vector<BlockRun*> missing;
  std::vector<BlockRun*> of_these;
  splits_ = at_once_ || whole_.size() <= kLong;
  const auto look = [&](std::vector<BlockRun>& runs) {
    for (BlockRun& run : runs) {
      const bool there = fits(run) && look_up(run);
      splits_ = splits_ || run.known();
      (there ? found : missing).push_back(&run);
    }
  };
  look(runs_);
  of_these.swap(missing);
  for (BlockRun* run : of_these) look(run->shorter);
  of_these.clear();
  if (splits_) of_these.swap(missing);
  for (BlockRun* run : of_these) {
    split(*run);
    look(run->shorter);
  }
  for (BlockRun* run : found) {
    any_ = true;
    if (run->keep) look_into(*run);
    units_.push_back({run, nullptr});
  }
  for (const BlockRun* run : missing)
    for (const BlockInfo* block : run->blocks) units_.push_back({nullptr, block});
  for (const BlockInfo* block : others_) units_.push_back({nullptr, block});
  std::stable_partition(units_.begin(), units_.end(),
                        [](const Unit& unit) { return unit.run != nullptr && unit.run->keep; });
  return units_;
}

}  // namespace spider::query
