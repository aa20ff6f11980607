#include "spider/query/search.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "query/block_filter.h"
#include "query/row_reader.h"
#include "query/tree_scan.h"

namespace spider::query {
namespace {

using Clock = std::chrono::steady_clock;

// Rows that are asked for heads and bodies before the clock is looked at again. A body is at most
// some MiB (tree_scan.cc), so this bounds what a step can take beyond its time.
constexpr std::size_t kChunkRows = 32;

// The parts that read heads or bodies leave the filter's tree for one of their own.
[[nodiscard]] Tree take_dear(Tree& tree) {
  Tree dear;
  Tree cheap;
  if (tree.empty()) return dear;
  std::vector<std::uint32_t> dear_parts;
  std::vector<std::uint32_t> cheap_parts;
  const Tree::Node& root = tree.node(tree.root());
  const std::vector<std::uint32_t> parts =
      root.kind == Tree::Kind::all_of ? root.children : std::vector<std::uint32_t>{tree.root()};
  for (const std::uint32_t part : parts) {
    if (tree.node(part).cost >= Tree::kHeadCost) {
      dear_parts.push_back(dear.add_copy(tree, part));
    } else {
      cheap_parts.push_back(cheap.add_copy(tree, part));
    }
  }
  if (!dear_parts.empty()) dear.add(Tree::Kind::all_of, std::move(dear_parts));
  if (!cheap_parts.empty()) cheap.add(Tree::Kind::all_of, std::move(cheap_parts));
  tree = std::move(cheap);
  return dear;
}

}  // namespace

struct Search::Impl {
  Impl(std::shared_ptr<const store::StoreSnapshot> shared, Filter asked, std::uint64_t most,
       const Executor& executor)
      : snapshot(std::move(shared)),
        filter(std::move(asked)),
        dear(take_dear(filter.tree)),
        cheap_scan(*snapshot, filter),
        dear_scan(*snapshot, dear, executor),
        reader(*snapshot, store::RecordKind::http),
        hits_max(most) {}

  // The next block's rows that only heads and bodies can tell of.
  [[nodiscard]] base::Result<void> open() {
    const store::BlockInfo& block = *blocks[next];
    auto found = cheap_scan.rows(block, rows);
    opened_rows = rows.size();
    if (found) return {};
    rows.clear();
    return snapshot->pass_over(found.error()) ? base::Result<void>{} : std::move(found);
  }

  // Within a block its rows are taken for equally dear, those that columns ruled out as well.
  void note_looked() {
    const std::uint64_t done =
        opened_rows == 0 || next == blocks.size()
            ? 0
            : std::uint64_t{blocks[next]->rows} * (opened_rows - rows.size()) / opened_rows;
    progress.rows_looked = progress.rows + done;
  }

  [[nodiscard]] base::Result<void> chunk(std::vector<CommunicationRow>& hits) {
    const std::size_t count = std::min(kChunkRows, rows.size());
    std::vector<std::uint32_t> some(rows.end() - static_cast<std::ptrdiff_t>(count), rows.end());
    rows.resize(rows.size() - count);
    progress.candidates += count;
    note_looked();
    const store::BlockPtr& block = blocks[next];
    TreeScan::Bodies bodies;
    dear_scan.note_bodies(&bodies);
    auto kept = dear_scan.keep(*block, some);
    dear_scan.note_bodies(nullptr);
    SPIDER_TRY(count_bodies(block, bodies));
    if (!kept) return snapshot->pass_over(kept.error()) ? base::Result<void>{} : std::move(kept);
    for (auto row = some.rbegin(); row != some.rend() && progress.hits < hits_max; ++row) {
      auto record = reader.communication(block, *row);
      if (!record) {
        if (!snapshot->pass_over(record.error())) return tl::unexpected(record.error());
        continue;
      }
      hits.push_back(std::move(*record));
      ++progress.hits;
    }
    return {};
  }

  [[nodiscard]] static std::uint64_t different(TreeScan::Rows& row_numbers) {
    std::sort(row_numbers.begin(), row_numbers.end());
    row_numbers.erase(std::unique(row_numbers.begin(), row_numbers.end()), row_numbers.end());
    return row_numbers.size();
  }
  [[nodiscard]] base::Result<void> count_bodies(const store::BlockPtr& block,
                                                TreeScan::Bodies& bodies) {
    progress.bodies_saved += different(bodies.saved);
    progress.bodies_unsaved += different(bodies.unsaved);
    progress.bodies_partial += different(bodies.partial);
    if (bodies.unsaved.empty() || progress.unsaved) return {};
    std::vector<std::int64_t> start;
    auto found =
        snapshot->pick_numbers(*block, store::ColumnId::start, {&bodies.unsaved.back(), 1}, start);
    if (!found) return snapshot->pass_over(found.error()) ? base::Result<void>{} : std::move(found);
    progress.unsaved = UnsavedBody{block->source, base::Time{start.front()}};
    return {};
  }

  std::shared_ptr<const store::StoreSnapshot> snapshot;
  Filter filter;
  Tree dear;
  BlockFilter cheap_scan;
  TreeScan dear_scan;
  RowReader reader;
  std::uint64_t hits_max;
  std::vector<store::BlockPtr> blocks;  // the newest first
  std::size_t next = 0;
  bool opened = false;
  std::vector<std::uint32_t> rows;  // of the block at hand, still to be looked at
  std::size_t opened_rows = 0;      // of the block at hand, when it was opened
  SearchProgress progress;
};

Search::Search(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Search::~Search() = default;
const SearchProgress& Search::progress() const noexcept { return impl_->progress; }

base::Result<std::unique_ptr<Search>> Search::begin(
    std::shared_ptr<const store::StoreSnapshot> snapshot, Filter filter, std::uint64_t hits_max,
    const Executor& executor) {
  auto impl = std::make_unique<Impl>(std::move(snapshot), std::move(filter), hits_max, executor);
  SPIDER_TRY_LET(blocks, impl->snapshot->blocks(store::RecordKind::http, impl->filter.sources,
                                                impl->filter.from, impl->filter.to));
  for (store::BlockPtr& block : blocks)
    if (impl->cheap_scan.may_match(*block) && impl->dear_scan.verdict(*block) != Coverage::no)
      impl->blocks.push_back(std::move(block));
  for (const store::BlockPtr& block : impl->blocks) impl->progress.rows_total += block->rows;
  std::stable_sort(impl->blocks.begin(), impl->blocks.end(),
                   [](const auto& a, const auto& b) { return a->start_max > b->start_max; });
  impl->progress.blocks = impl->blocks.size();
  impl->progress.reached = impl->filter.to;
  impl->progress.done = impl->blocks.empty() || hits_max == 0;
  if (impl->blocks.empty()) impl->progress.reached = impl->filter.from;
  return std::unique_ptr<Search>(new Search(std::move(impl)));
}

base::Result<void> Search::step(base::Duration length, std::vector<CommunicationRow>& hits) {
  Impl& s = *impl_;
  const auto end = Clock::now() + std::chrono::nanoseconds(length.ns);
  while (!s.progress.done) {
    if (!s.opened) SPIDER_TRY(s.open());
    s.opened = true;
    while (!s.rows.empty() && s.progress.hits < s.hits_max) {
      SPIDER_TRY(s.chunk(hits));
      if (Clock::now() >= end && !s.rows.empty()) return {};
    }
    const bool full = s.progress.hits >= s.hits_max;
    if (full && !s.rows.empty()) {
      s.progress.done = true;
      return {};
    }
    s.opened = false;
    s.progress.rows += s.blocks[s.next]->rows;
    s.progress.blocks_done = ++s.next;
    s.opened_rows = 0;
    s.note_looked();
    const bool last = s.next == s.blocks.size();
    // Blocks overlap: what is left begins no later than the next one's latest.
    s.progress.reached = last ? s.filter.from : s.blocks[s.next]->start_max;
    s.progress.done = last || full;
    if (Clock::now() >= end) return {};
  }
  return {};
}

}  // namespace spider::query
