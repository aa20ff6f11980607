// What goes: a source as a whole, or what ended before an instant, block by block and pack by pack.
// Part of Writer.
//
// Everything is judged here, on the one thread that writes: between the look at a key and its
// removal nothing can come in beside it. Only what cannot come back is taken from the survey: which
// ids older blocks have, and which packs they refer to; what came since is looked at again.
#include <algorithm>
#include <limits>
#include <unordered_set>

#include "store/format/keys.h"
#include "store/format/packs.h"
#include "store/format/status.h"
#include "store/format/summary.h"
#include "store/format/sums.h"
#include "store/host_rows.h"
#include "store/reclaim.h"
#include "store/run_marks.h"
#include "store/survey.h"
#include "store/writer.h"

namespace spider::store {
namespace {

using model::KeptKind;

// Of one step: blocks that go or are looked at, packs likewise. Some milliseconds each.
constexpr std::size_t kBlocksPerStep = 512;
constexpr std::size_t kPacksPerStep = 128;
// Packs come nearly in the order of their times: behind so many that stay, nothing is looked for.
constexpr std::size_t kPacksKept = 128;

struct Range {
  Family family;
  std::string begin;
  std::string end;
};

// Collects ranges into a batch and asks for their space once the batch is written.
class RangeRemoval {
 public:
  explicit RangeRemoval(Database& database) : database_(database) {}
  void range(Family f, std::string begin, std::string end) {
    if (begin >= end) return;
    batch.DeleteRange(database_.handle(f), begin, end);
    ranges_.push_back({f, std::move(begin), std::move(end)});
  }
  [[nodiscard]] bool empty() const noexcept { return ranges_.empty(); }
  // Once `batch` is written.
  void give_back(Reclaimer& reclaimer) {
    for (Range& r : ranges_) reclaimer.reclaim(r.family, std::move(r.begin), std::move(r.end));
    ranges_.clear();
  }
  rocksdb::WriteBatch batch;

 private:
  Database& database_;
  std::vector<Range> ranges_;
};

// Blocks that one step takes away.
struct Step {
  std::unordered_set<std::uint64_t> open;  // pieces of blocks that are still being filled
  std::vector<std::uint64_t> filed;        // ids of blocks in block_file that go
  std::size_t left = kBlocksPerStep;       // to look at
  // Of what would have gone, but is still being filled.
  std::uint64_t kept_pack_min = std::numeric_limits<std::uint64_t>::max();
};

// Removes the blocks of one kind that ended before `time`, each run of neighbours as one range.
// False when there is more.
base::Result<bool> remove_blocks(const Database& database, model::SourceId source, RecordKind kind,
                                 base::Time time, RangeRemoval& removal, Step& step) {
  const auto it = database.iterate(Family::block, nullptr);
  std::string run;   // key of the first block of a run that goes
  std::string last;  // of its last
  const auto end_run = [&] {
    if (run.empty()) return;
    // Just behind the last block's key and whatever begins with it.
    const std::string end = last + std::string(4, '\xFF');
    for (const Family f : {Family::block, Family::column, Family::detail})
      removal.range(f, run, end);
    run.clear();
  };
  for (unsigned c = 0; c < format::kLengthClasses; ++c) {
    it->Seek(format::block_key_from(source, kind, c, base::Time::min()));
    for (; it->Valid(); it->Next()) {
      const std::string key = it->key().ToString();
      const auto parsed = format::parse_block_key(key);
      // A key that no block can have says nothing; behind it the walk goes on with the next class.
      if (!parsed || parsed->source != source || parsed->kind != kind ||
          parsed->length_class != c || parsed->start >= time)
        break;
      if (step.left == 0) {
        end_run();
        return false;
      }
      BlockInfo block;
      const auto value = Database::value(Family::block, *it);
      // A summary that cannot be read says nothing of its age: kept.
      const bool old = value &&
                       format::decode_summary(*parsed, *value, block) == format::ValueState::ok &&
                       block.end_max < time;
      const bool goes = old && !step.open.contains(block.id);
      if (old && !goes && block.body_pack_min != 0)
        step.kept_pack_min = std::min(step.kept_pack_min, block.body_pack_min);
      if (!goes) {
        end_run();
        continue;
      }
      --step.left;
      if (run.empty()) run = key;
      last = key;
      if (block.filed) step.filed.push_back(block.id);
    }
    end_run();
  }
  if (!it->status().ok()) return read_error(it->status());
  return true;
}

// The parts of filed blocks that go. Neighbours among the ids that the source has are one range,
// with what a crash left between them: parts without a summary.
void remove_parts(const Survey& survey, std::vector<std::uint64_t> filed, RangeRemoval& removal) {
  std::sort(filed.begin(), filed.end());
  const auto stays_between = [&](std::uint64_t a, std::uint64_t b) {
    // Without a summary of its own a block may have any id, and a later one is not in the survey.
    if (survey.damaged || b >= survey.blocks_end) return true;
    const auto next = std::upper_bound(survey.blocks.begin(), survey.blocks.end(), a,
                                       [](std::uint64_t id, const auto& x) { return id < x.id; });
    return next == survey.blocks.end() || next->id != b;
  };
  for (std::size_t i = 0; i < filed.size();) {
    std::size_t end = i + 1;
    while (end < filed.size() && !stays_between(filed[end - 1], filed[end])) ++end;
    removal.range(Family::block_file, format::pack_key(survey.source, filed[i]),
                  format::pack_key(survey.source, filed[end - 1] + 1));
    i = end;
  }
}

// Removes packs of frames whose last frame is older. False when there is more.
base::Result<bool> remove_packets(const Database& database, model::SourceId source, base::Time time,
                                  RangeRemoval& removal) {
  const auto it = database.iterate(Family::packet_index, nullptr);
  const std::string end = format::source_end(source);
  std::string run;
  std::string behind;  // the run's last pack
  std::size_t gone = 0;
  std::size_t kept = 0;
  const auto end_run = [&] {
    if (run.empty()) return;
    for (const Family f : {Family::packet_index, Family::packet, Family::packet_file})
      removal.range(f, run, behind);
    run.clear();
  };
  for (it->Seek(format::source_begin(source)); it->Valid() && kept < kPacksKept; it->Next()) {
    const std::string key = it->key().ToString();
    if (key >= end) break;
    format::PacketIndexHead head;
    const auto parsed = format::parse_pack_key(key);
    const auto value = Database::value(Family::packet_index, *it);
    const bool old = parsed && value &&
                     format::decode_packet_index_head(*value, head) == format::ValueState::ok &&
                     head.last < time;
    if (!old) {
      ++kept;
      end_run();
      continue;
    }
    if (gone++ == kPacksPerStep) {
      end_run();
      return false;
    }
    if (run.empty()) run = key;
    // Its segments have its key and two bytes more: an id above nothing else is in the run.
    behind = format::pack_key(source, parsed->pack + 1);
  }
  end_run();
  if (!it->status().ok()) return read_error(it->status());
  return true;
}

}  // namespace

// The lowest body pack that blocks which came since the survey refer to; 0 when that cannot be
// told.
std::uint64_t Writer::packs_since(const Survey& survey) const {
  std::uint64_t lowest = std::numeric_limits<std::uint64_t>::max();
  const auto bounds = recent_.bounds();
  if (!bounds) return 0;
  // What was there when the store was opened was there for the survey.
  const auto keys = recent_.from(RecordKind::http, std::max(survey.blocks_end, bounds->begun));
  if (!keys) return 0;
  for (const format::BlockKey& key : *keys) {
    if (key.source != survey.source) continue;
    const std::string name = format::block_key(key);
    rocksdb::PinnableSlice value;
    const auto found = database_.get(Family::block, name, nullptr, value);
    if (found && !*found) continue;  // replaced by a fuller one since, which is noted as well
    BlockInfo block;
    if (!found || format::decode_summary(key, base::as_bytes(value.ToStringView()), block) !=
                      format::ValueState::ok)
      return 0;
    if (block.body_pack_min != 0) lowest = std::min(lowest, block.body_pack_min);
  }
  return lowest;
}

void Writer::close_old(model::SourceId source, const Removal& removal) {
  for (auto at = open_.begin(); at != open_.end();) {
    OpenBlock& block = *at->second;
    const base::Time time = removal.of(block.kind() == RecordKind::http ? KeptKind::communications
                                                                        : KeptKind::sessions);
    const bool wide = removal.open_span && block.rows().rows() > 0 &&
                      block.high() - block.low() > *removal.open_span;
    if (block.source() != source || (block.low() >= time && !wide)) {
      ++at;
      continue;
    }
    close(block);
    at = open_.erase(at);
    last_block_ = nullptr;
  }
}

base::Result<bool> Writer::remove(const Survey& survey, const Removal& removal) {
  const model::SourceId source = survey.source;
  // What has arrived is to be seen: blocks that were closed as the one that they are now, packs
  // with their index, records with the packs that they refer to, sums. What has not is above the
  // removal.
  close_old(source, removal);
  SPIDER_TRY(commit());
  RangeRemoval out(database_);
  Step step;
  for (const auto& [key, block] : open_)
    if (block->source() == source) block->add_pieces(step.open);
  SourceTable::Marks marks;
  const auto mark = [&](KeptKind kind) {
    marks.before[static_cast<std::size_t>(kind)] = removal.of(kind);
  };
  const auto wanted = [&](KeptKind kind) { return removal.of(kind) != base::Time::min(); };
  bool done = true;
  if (wanted(KeptKind::communications)) {
    SPIDER_TRY_LET(all, remove_blocks(database_, source, RecordKind::http,
                                      removal.of(KeptKind::communications), out, step));
    mark(KeptKind::communications);
    done = all;
  }
  if (wanted(KeptKind::sessions)) {
    SPIDER_TRY_LET(all, remove_blocks(database_, source, RecordKind::session,
                                      removal.of(KeptKind::sessions), out, step));
    mark(KeptKind::sessions);
    done = done && all;
  }
  remove_parts(survey, std::move(step.filed), out);
  if (wanted(KeptKind::packets)) {
    SPIDER_TRY_LET(all, remove_packets(database_, source, removal.of(KeptKind::packets), out));
    mark(KeptKind::packets);
    done = done && all;
  }
  // Last what is one range, however much it is: bodies behind the records that refer to them.
  std::uint64_t bodies_below = 0;
  if (done && removal.bodies_below > survey.bodies_below)
    bodies_below = std::min({removal.bodies_below, step.kept_pack_min, packs_since(survey)});
  if (bodies_below > survey.bodies_below) {
    for (const Family f : {Family::body, Family::body_file})
      out.range(f, format::source_begin(source), format::pack_key(source, bodies_below));
    mark(KeptKind::bodies);
  }
  if (done && wanted(KeptKind::communications))
    for (const RollupLevel level : {RollupLevel::second, RollupLevel::minute, RollupLevel::hour}) {
      // Whole days go from the fine levels; the days themselves stay, so that what was opened and
      // closed before any later instant still adds up.
      const std::int64_t day = bucket_of(removal.of(KeptKind::communications), RollupLevel::day) *
                               bucket_ns(RollupLevel::day);
      out.range(Family::rollup,
                format::rollup_key(source, level, std::numeric_limits<std::int64_t>::min()),
                format::rollup_key(source, level, bucket_of({day}, level)));
    }
  if (done && wanted(KeptKind::quality)) {
    const base::Time time = removal.of(KeptKind::quality);
    const std::int64_t minute = model::minute_of(time);
    out.range(Family::quality, format::source_begin(source), format::quality_key(source, minute));
    for (const RollupLevel level : {RollupLevel::hour, RollupLevel::day})
      out.range(Family::quality_sum,
                format::rollup_key(source, level, std::numeric_limits<std::int64_t>::min()),
                format::rollup_key(source, level, bucket_of(time, level)));
    SPIDER_TRY(quality_.cut(source, minute, out.batch));
    out.range(Family::status,
              format::status_key(source, format::StatusKind::observation,
                                 std::numeric_limits<std::int64_t>::min()),
              format::status_key(source, format::StatusKind::observation, minute));
    mark(KeptKind::quality);
  }
  if (out.empty()) return done;
  // First all of it is written; only then memory knows of it.
  const bool names = done && wanted(KeptKind::communications);
  const base::Time named = removal.of(KeptKind::communications);
  if (names) put_forgotten(database_, hosts_, source, named, out.batch);
  marks.bodies_below = bodies_below;
  {
    const RecentBlocks::Upheaval upheaval(recent_);
    SPIDER_TRY(sources_.write_removal(source, marks, out.batch));
  }
  if (names) hosts_.forget(source, named);
  out.give_back(reclaimer_);
  rollups_.forget(source);
  quality_.forget(source);
  return done;
}

base::Result<void> Writer::purge(model::SourceId source) {
  close_source(source);
  SPIDER_TRY(commit());
  SPIDER_TRY(wait_for_files());  // a file taken in later would lie above the removal
  const auto known = sources_.find(source);
  const bool upload = known && known->upload;
  RangeRemoval removal(database_);
  for (const Family f : kAllOfSource)
    removal.range(f, format::source_begin(source), format::source_end(source));
  // What became of the whisperer itself stays: it tells nothing of what was captured.
  removal.range(Family::status,
                format::status_key(source, format::StatusKind::observation,
                                   std::numeric_limits<std::int64_t>::min()),
                format::status_key(source, format::StatusKind::alive,
                                   std::numeric_limits<std::int64_t>::min()));
  SourceTable::Marks marks;
  if (upload) {
    const std::string runs = run_marks_of(source);
    removal.batch.DeleteRange(database_.handle(Family::setting), runs + '/', runs + char{'/' + 1});
    database_.put(removal.batch, Family::setting, reclaim_name(source),
                  format::encode_setting("1"));
  } else {
    marks = marks_of_all(source);
  }
  put_forgotten(database_, hosts_, source, base::Time::max(), removal.batch);
  {
    const RecentBlocks::Upheaval upheaval(recent_);
    SPIDER_TRY(sources_.write_purge(source, marks, removal.batch));
  }
  hosts_.forget(source, base::Time::max());
  rollups_.forget(source);
  quality_.forget(source);
  spans_.forget(source);
  if (upload) return {};
  removal.give_back(reclaimer_);
  // The log holds the latest of it as well, until what else it holds is in files.
  static_cast<void>(database_.flush());
  return {};
}

// What is asked for later was there once; bodies of exchanges that are under way go too. A mark is
// never ahead of the clock: one record with a time of 2099 would make all that comes until then
// look removed.
SourceTable::Marks Writer::marks_of_all(model::SourceId source) const {
  const base::Time now = base::Time::now();
  SourceTable::Marks out;
  out.bodies_below = ids_.pack_bound();
  const auto survey = make_survey(database_, sources_, ids_.pack_bound(), source);
  for (std::size_t i = 0; i < out.before.size(); ++i) {
    if (!survey)
      out.before[i] = now;  // what cannot be surveyed goes all the same
    else if (!survey->kept[i].empty())
      out.before[i] = std::min(survey->kept[i].newest + base::Duration{1}, now);
  }
  return out;
}

base::Result<void> Writer::purge_before(model::SourceId source, base::Time time) {
  close_source(source);
  SPIDER_TRY(commit());
  SPIDER_TRY(wait_for_files());
  SPIDER_TRY_LET(survey, make_survey(database_, sources_, ids_.pack_bound(), source));
  Removal removal;
  for (base::Time& t : removal.before) t = time;
  removal.bodies_below = bodies_cut(survey, time);
  for (;;) {
    SPIDER_TRY_LET(done, remove(survey, removal));
    if (done) return {};
  }
}

}  // namespace spider::store
