#include "store/block_directory.h"

#include <algorithm>
#include <utility>

namespace spider::store {

void BlockDirectory::set(RecordKind kind, std::vector<BlockPtr> blocks) {
  Kind& to = kinds_[place(kind)];
  to.blocks = std::move(blocks);
  std::sort(to.blocks.begin(), to.blocks.end(), starts_before);
  set_reach(to, 0);
}

void BlockDirectory::set_reach(Kind& of, std::size_t first) {
  of.reach.resize(first);
  base::Time latest = first == 0 ? base::Time::min() : of.reach.back();
  for (std::size_t i = first; i < of.blocks.size(); ++i)
    of.reach.push_back(latest = std::max(latest, of.blocks[i]->end_max));
}

BlockDirectory BlockDirectory::changed(const std::vector<format::BlockKey>& gone,
                                       const std::vector<BlockPtr>& come) const {
  BlockDirectory out = *this;
  for (std::size_t k = 0; k < kinds_.size(); ++k) {
    Kind& to = out.kinds_[k];
    std::size_t same = to.blocks.size();  // before this place nothing changes
    const auto at_least = [&](base::Time start, std::uint64_t id) {
      return std::partition_point(to.blocks.begin(), to.blocks.end(), [&](const BlockPtr& block) {
        return block->start_min != start ? block->start_min < start : block->id < id;
      });
    };
    std::vector<std::size_t> places;
    for (const format::BlockKey& key : gone) {
      const auto at = at_least(key.start, key.id);
      if (place(key.kind) == k && at != to.blocks.end() && (*at)->id == key.id)
        places.push_back(static_cast<std::size_t>(at - to.blocks.begin()));
    }
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());  // come and gone
    for (std::size_t i = places.size(); i-- > 0;)
      to.blocks.erase(to.blocks.begin() + static_cast<std::ptrdiff_t>(places[i]));
    if (!places.empty()) same = places.front();
    for (const BlockPtr& block : come) {
      if (place(block->kind) != k) continue;
      const auto at = at_least(block->start_min, block->id);
      if (at != to.blocks.end() && (*at)->id == block->id) continue;
      same = std::min(same, static_cast<std::size_t>(at - to.blocks.begin()));
      to.blocks.insert(at, block);
    }
    set_reach(to, std::min(same, to.reach.size()));
  }
  return out;
}

std::vector<BlockPtr> BlockDirectory::find(RecordKind kind, Sources sources, base::Time from,
                                           base::Time to) const {
  const Kind& all = kinds_[place(kind)];
  const auto first = std::lower_bound(all.reach.begin(), all.reach.end(), from);
  const auto end = std::lower_bound(
      all.blocks.begin(), all.blocks.end(), to,
      [](const BlockPtr& block, base::Time time) { return block->start_min < time; });
  std::vector<BlockPtr> out;
  for (auto at = all.blocks.begin() + (first - all.reach.begin()); at < end; ++at)
    if ((*at)->end_max >= from &&
        (sources.empty() || std::binary_search(sources.begin(), sources.end(), (*at)->source)))
      out.push_back(*at);
  return out;
}

DirectoryCache::Known DirectoryCache::find(std::uint64_t version) {
  const base::Lock lock(mutex_);
  const bool asked_before = asked_ == version;
  asked_ = std::max(asked_, version);  // an older snapshot may still ask; what is newer counts
  if (known_.directory == nullptr || known_.version > version)
    return {nullptr, 0, {}, asked_before};
  Known out = known_;
  out.asked_before = asked_before;
  return out;
}

void DirectoryCache::put(std::uint64_t version, const RecentBlocks::Mark& mark,
                         std::shared_ptr<const BlockDirectory> directory) {
  const base::Lock lock(mutex_);
  if (known_.directory != nullptr && known_.version >= version) return;
  known_ = {std::move(directory), version, mark, false};
}

}  // namespace spider::store
