// Retention: ranges go, block by block and pack by pack. Part of Writer.
#include <algorithm>
#include <limits>
#include <map>

#include "store/format/keys.h"
#include "store/format/packs.h"
#include "store/format/summary.h"
#include "store/writer.h"

namespace spider::store {
namespace {

constexpr Family kAllOfSource[] = {Family::block,      Family::column,      Family::detail,
                                   Family::body,       Family::packet,      Family::body_file,
                                   Family::block_file, Family::packet_file, Family::packet_index,
                                   Family::rollup,     Family::quality,     Family::quality_sum};

struct Range {
  Family family;
  std::string begin;
  std::string end;
};

// Collects ranges into a batch and asks for their space once the batch is written.
class Removal {
 public:
  explicit Removal(Database& database) : database_(database) {}
  void range(Family f, std::string begin, std::string end) {
    if (begin >= end) return;
    batch.DeleteRange(database_.handle(f), begin, end);
    ranges_.push_back({f, std::move(begin), std::move(end)});
  }
  base::Result<void> write() {
    SPIDER_TRY(database_.write(batch));
    for (const Range& r : ranges_) database_.reclaim(r.family, r.begin, r.end);
    return {};
  }
  rocksdb::WriteBatch batch;

 private:
  Database& database_;
  std::vector<Range> ranges_;
};

// What the blocks that stay and those that go use besides their own keys.
struct Use {
  std::uint64_t kept_pack_min = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t removed_pack_max = 0;
  std::map<std::uint64_t, bool> filed;  // block ids in block_file: whether they go
};

// Each run of neighbours that go as one range, with what a crash left between them and the block
// that stays before them: parts without a summary.
void remove_parts(model::SourceId source, const Use& use, Removal& removal) {
  for (auto at = use.filed.begin(); at != use.filed.end();) {
    const auto stays = [](const auto& block) { return !block.second; };
    const auto first = std::find_if_not(at, use.filed.end(), stays);
    at = std::find_if(first, use.filed.end(), stays);
    if (first != at)
      removal.range(Family::block_file,
                    first == use.filed.begin()
                        ? format::source_begin(source)
                        : format::pack_key(source, std::prev(first)->first + 1),
                    format::pack_key(source, std::prev(at)->first + 1));
  }
}

// Removes the blocks of the source that ended before `time`, each run of neighbours as one range.
base::Result<void> remove_blocks(const Database& database, model::SourceId source, base::Time time,
                                 Removal& removal, Use& use) {
  const auto it = database.iterate(Family::block, nullptr);
  std::string run;  // key of the first block of a run that goes
  const auto end_run = [&](const std::string& next) {
    if (run.empty()) return;
    for (const Family f : {Family::block, Family::column, Family::detail})
      removal.range(f, run, next);
    run.clear();
  };
  const std::string end = format::source_end(source);
  for (it->Seek(format::source_begin(source)); it->Valid(); it->Next()) {
    const std::string key = it->key().ToString();
    if (key >= end) break;
    BlockInfo block;
    const auto parsed = format::parse_block_key(key);
    const auto value = Database::value(Family::block, *it);
    const bool known =
        parsed && value && format::decode_summary(*parsed, *value, block) == format::ValueState::ok;
    // A summary that cannot be read says nothing of its age: kept, with all bodies.
    if (!known) use.kept_pack_min = 0;
    const bool goes = known && block.end_max < time;
    if (known && block.filed) use.filed.emplace(block.id, goes);
    if (!known && parsed) use.filed.emplace(parsed->id, false);
    if (goes) {
      if (run.empty()) run = key;
      use.removed_pack_max = std::max(use.removed_pack_max, block.body_pack_max);
      continue;
    }
    if (known && block.body_pack_min != 0)
      use.kept_pack_min = std::min(use.kept_pack_min, block.body_pack_min);
    end_run(key);
  }
  if (!it->status().ok()) return read_error(it->status());
  end_run(end);
  return {};
}

base::Result<void> remove_packets(const Database& database, model::SourceId source, base::Time time,
                                  Removal& removal) {
  const auto it = database.iterate(Family::packet_index, nullptr);
  const std::string end = format::source_end(source);
  std::string run;
  const auto end_run = [&](const std::string& next) {
    if (run.empty()) return;
    for (const Family f : {Family::packet_index, Family::packet, Family::packet_file})
      removal.range(f, run, next);
    run.clear();
  };
  for (it->Seek(format::source_begin(source)); it->Valid(); it->Next()) {
    const std::string key = it->key().ToString();
    if (key >= end) break;
    format::PacketIndexHead head;
    const auto value = Database::value(Family::packet_index, *it);
    const bool old = value &&
                     format::decode_packet_index_head(*value, head) == format::ValueState::ok &&
                     head.last < time;
    if (!old) {
      end_run(key);
    } else if (run.empty()) {
      run = key;
    }
  }
  if (!it->status().ok()) return read_error(it->status());
  end_run(end);
  return {};
}

}  // namespace

base::Result<void> Writer::purge(model::SourceId source) {
  close_source(source);
  SPIDER_TRY(commit());
  SPIDER_TRY(wait_for_files());  // a file taken in later would lie above the removal
  Removal removal(database_);
  for (const Family f : kAllOfSource)
    removal.range(f, format::source_begin(source), format::source_end(source));
  SPIDER_TRY(removal.write());
  rollups_.forget(source);
  quality_.forget(source);
  return {};
}

base::Result<void> Writer::purge_before(model::SourceId source, base::Time time) {
  close_source(source);
  SPIDER_TRY(commit());
  SPIDER_TRY(wait_for_files());
  Removal removal(database_);
  Use use;
  SPIDER_TRY(remove_blocks(database_, source, time, removal, use));
  remove_parts(source, use, removal);
  // Packs are born in order; one below all that kept records use is used by removed ones alone.
  if (use.removed_pack_max > 0)
    for (const Family f : {Family::body, Family::body_file})
      removal.range(
          f, format::source_begin(source),
          format::pack_key(source, std::min(use.kept_pack_min, use.removed_pack_max + 1)));
  SPIDER_TRY(remove_packets(database_, source, time, removal));
  // Whole days go from the fine levels; the days themselves stay, so that what was opened and
  // closed before any later instant still adds up.
  const std::int64_t day = bucket_of(time, RollupLevel::day) * bucket_ns(RollupLevel::day);
  for (const RollupLevel level : {RollupLevel::second, RollupLevel::minute, RollupLevel::hour})
    removal.range(Family::rollup,
                  format::rollup_key(source, level, std::numeric_limits<std::int64_t>::min()),
                  format::rollup_key(source, level, bucket_of({day}, level)));
  const std::int64_t minute = model::minute_of(time);
  removal.range(Family::quality, format::source_begin(source), format::quality_key(source, minute));
  for (const RollupLevel level : {RollupLevel::hour, RollupLevel::day})
    removal.range(Family::quality_sum,
                  format::rollup_key(source, level, std::numeric_limits<std::int64_t>::min()),
                  format::rollup_key(source, level, bucket_of(time, level)));
  SPIDER_TRY(quality_.cut(source, minute, removal.batch));
  sources_.set_purged_before(source, time, removal.batch);
  SPIDER_TRY(removal.write());
  rollups_.forget(source);
  quality_.forget(source);
  return {};
}

}  // namespace spider::store
