#include "spider/query/look.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "spider/query/codes.h"

#include "query/block_filter.h"
#include "query/going_on.h"

namespace spider::query {
namespace {

// How many work at once at most; each takes the newest block that nobody has taken.
constexpr std::size_t kParts = 8;

class Look {
 public:
  Look(const store::StoreSnapshot& snapshot, const Filter& filter, const Executor& executor)
      : snapshot_(snapshot), filter_(filter), executor_(executor) {}

  [[nodiscard]] base::Result<Looked> run(FoundRows& out) {
    SPIDER_TRY_LET(blocks, snapshot_.blocks(store::RecordKind::http, filter_.sources, filter_.from,
                                            filter_.to));
    const BlockFilter scan(snapshot_, filter_);
    for (store::BlockPtr& block : blocks)
      if (scan.may_match(*block)) blocks_.push_back(std::move(block));
    std::stable_sort(blocks_.begin(), blocks_.end(),
                     [](const auto& a, const auto& b) { return a->start_max > b->start_max; });
    rows_.resize(blocks_.size());
    done_.resize(blocks_.size(), 0);
    std::vector<base::Result<void>> results(kParts);
    executor_.run(kParts, [&](std::size_t i) { results[i] = part(); });
    for (auto& result : results) SPIDER_TRY(result);
    return told(out);
  }

 private:
  [[nodiscard]] base::Result<void> part() {
    BlockFilter scan(snapshot_, filter_, executor_);
    for (;;) {
      const std::size_t at = next_.fetch_add(1);
      if (at >= blocks_.size() || found_.load() > kFoundRowsMax) return {};
      auto read = may_go_on(executor_);
      if (read) read = scan.rows(*blocks_[at], rows_[at]);
      if (!read) {
        rows_[at].clear();
        if (read.error().code == codes::out_of_time) return {};
        if (!snapshot_.pass_over(read.error())) return read;
      }
      found_ += rows_[at].size();
      done_[at] = 1;
    }
  }

  // Up to the newest block that was not looked through.
  [[nodiscard]] base::Result<Looked> told(FoundRows& out) {
    Looked looked;
    const auto open = std::find(done_.begin(), done_.end(), 0);
    if (open != done_.end())
      looked.after = blocks_[static_cast<std::size_t>(open - done_.begin())]->start_max;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      if (done_[i] == 0) continue;
      if (looked.after && blocks_[i]->start_min <= *looked.after)
        SPIDER_TRY(keep_after(*blocks_[i], *looked.after, rows_[i]));
      if (!rows_[i].empty()) out.emplace(blocks_[i]->id, std::move(rows_[i]));
    }
    return looked;
  }

  [[nodiscard]] base::Result<void> keep_after(const store::BlockInfo& block, base::Time after,
                                              std::vector<std::uint32_t>& rows) {
    auto read = snapshot_.numbers_at(block, store::ColumnId::start, rows, starts_);
    if (!read) {
      rows.clear();
      return snapshot_.pass_over(read.error()) ? base::Result<void>{} : std::move(read);
    }
    const auto before = [&](std::uint32_t row) { return base::Time{starts_[row]} <= after; };
    rows.erase(std::remove_if(rows.begin(), rows.end(), before), rows.end());
    return {};
  }

  const store::StoreSnapshot& snapshot_;
  const Filter& filter_;
  const Executor& executor_;
  std::vector<store::BlockPtr> blocks_;           // the newest first
  std::vector<std::vector<std::uint32_t>> rows_;  // of each
  std::vector<char> done_;                        // of each
  std::atomic<std::size_t> next_{0};
  std::atomic<std::size_t> found_{0};
  std::vector<std::int64_t> starts_;
};

}  // namespace

base::Result<Looked> look(const store::StoreSnapshot& snapshot, Filter& filter,
                          const Executor& executor) {
  if (!filter.reads_messages() || filter.found) return Looked{};
  auto found = std::make_shared<FoundRows>();
  SPIDER_TRY_LET(looked, Look(snapshot, filter, executor).run(*found));
  filter.found = std::move(found);
  return looked;
}

}  // namespace spider::query
