#include "store/block_directory.h"

#include <algorithm>
#include <utility>

namespace spider::store {

void BlockDirectory::set(RecordKind kind, std::vector<BlockPtr> blocks) {
  Kind& to = kinds_[place(kind)];
  to.blocks = std::move(blocks);
  std::sort(to.blocks.begin(), to.blocks.end(), starts_before);
  to.reach.clear();
  base::Time latest = base::Time::min();
  for (const BlockPtr& block : to.blocks)
    to.reach.push_back(latest = std::max(latest, block->end_max));
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

std::shared_ptr<const BlockDirectory> DirectoryCache::find(std::uint64_t version,
                                                           bool& worth_making) {
  const base::Lock lock(mutex_);
  worth_making = version_ == version;
  if (worth_making) return directory_;
  // An older snapshot may still ask; what is newer counts.
  if (version_ < version) {
    version_ = version;
    directory_ = nullptr;
  }
  return nullptr;
}

void DirectoryCache::put(std::uint64_t version, std::shared_ptr<const BlockDirectory> directory) {
  const base::Lock lock(mutex_);
  if (version_ == version) directory_ = std::move(directory);
}

}  // namespace spider::store
