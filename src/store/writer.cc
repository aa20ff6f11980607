#include "store/writer.h"

#include <algorithm>

#include "spider/store/codes.h"

#include "store/format/packs.h"

namespace spider::store {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20U;
constexpr std::size_t kEarlyBytes = 4 * kMiB;     // packs are written in gulps of this size
constexpr std::size_t kMainBytes = 12 * kMiB;     // records that make a commit happen by itself
constexpr std::size_t kPendingMax = 64 * kMiB;    // what a store that cannot be written may pile up
constexpr std::size_t kOpenBytesMax = 32 * kMiB;  // rows of all open blocks
constexpr std::size_t kOpenBlocksMax = 256;

}  // namespace

Writer::Writer(Database& database, IdBook& ids, SourceTable& sources, const StoreConfig& config)
    : database_(database),
      ids_(ids),
      sources_(sources),
      config_(config),
      rollups_(database),
      quality_(database) {}

std::size_t Writer::bytes_pending() const noexcept {
  std::size_t sum = 0;
  for (const rocksdb::WriteBatch* batch : {&bodies_, &packets_, &main_, &sealed_})
    if (batch->Count() > 0) sum += batch->GetDataSize();
  for (const auto& [key, block] : open_) sum += block->bytes_uncommitted();
  return sum;
}

base::Result<void> Writer::add(model::RecordBatch& batch) {
  if (bodies_.GetDataSize() + packets_.GetDataSize() + main_.GetDataSize() + sealed_.GetDataSize() >
      kPendingMax)
    SPIDER_TRY(commit());
  packs_.encode(batch);
  add_packs(batch);
  add_records(batch);
  quality_.add(batch.source, batch.quality);
  if (batch.end_of_source) close_source(batch.source);
  // The batch is taken from here on: an error of these writes shows at the next commit.
  if (bodies_.GetDataSize() > kEarlyBytes) static_cast<void>(write_bodies_unlogged());
  if (packets_.GetDataSize() > kEarlyBytes) static_cast<void>(write_packets());
  if (main_.GetDataSize() > kMainBytes) static_cast<void>(begin_commit());
  return {};
}

void Writer::put_segments(Family family, model::SourceId source, std::uint64_t pack,
                          const model::PackSegments& segments, rocksdb::WriteBatch& batch) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i < segments.ends.size(); ++i) {
    const auto value = std::string_view(segments.bytes).substr(begin, segments.ends[i] - begin);
    begin = segments.ends[i];
    const auto number = static_cast<std::uint16_t>(i);
    database_.put(batch, family, format::segment_key(source, pack, number), value);
  }
}

void Writer::add_packs(const model::RecordBatch& batch) {
  put_segments(Family::body, batch.source, batch.body_pack, batch.body_segments, bodies_);
  if (batch.packets.empty()) return;
  put_segments(Family::packet, batch.source, batch.packet_pack, batch.frame_segments, packets_);
  value_.clear();
  format::encode_packet_index(batch.packets, encoder_.numbers(), value_);
  database_.put(packets_, Family::packet_index, format::pack_key(batch.source, batch.packet_pack),
                value_);
  ids_.settle(database_, packets_);
}

OpenBlock& Writer::block_for(model::SourceId source, RecordKind kind, base::Time start,
                             base::Time end) {
  const std::uint8_t c = OpenBlock::duration_class(start, end);
  if (last_block_ == nullptr || last_block_->source() != source || last_block_->kind() != kind ||
      last_block_->duration_class() != c) {
    auto& slot = open_[{static_cast<std::uint32_t>(source), static_cast<std::uint32_t>(kind), c}];
    if (!slot) slot = std::make_unique<OpenBlock>(source, kind, c);
    last_block_ = slot.get();
  }
  if (!last_block_->suits(start, end, config_.block_rows)) close(*last_block_);
  return *last_block_;
}

void Writer::add_records(const model::RecordBatch& batch) {
  for (const model::Communication& c : batch.communications) {
    OpenBlock& block = block_for(batch.source, RecordKind::http, c.start, c.end);
    block.add(c);
    rollups_.add(batch.source, c.start, c.end, c.status, c.method);
    if (block.full(config_.block_rows)) close(block);
  }
  for (const model::SessionRecord& s : batch.sessions) {
    OpenBlock& block = block_for(batch.source, RecordKind::session, s.session.start, s.session.end);
    block.add(s, std::span(batch.notes).subspan(s.notes_first, s.notes_count));
    if (block.full(config_.block_rows)) close(block);
  }
}

void Writer::close_source(model::SourceId source) {
  for (auto at = open_.begin(); at != open_.end();) {
    if (at->second->source() != source) {
      ++at;
      continue;
    }
    close(*at->second);
    at = open_.erase(at);
  }
  last_block_ = nullptr;
}

void Writer::close_all() {
  for (auto& [key, block] : open_) close(*block);
  open_.clear();
  last_block_ = nullptr;
}

void Writer::bound_open_blocks() {
  std::size_t bytes = 0;
  for (const auto& [key, block] : open_) bytes += block->rows().bytes();
  while (!open_.empty() && (bytes > kOpenBytesMax || open_.size() > kOpenBlocksMax)) {
    const auto largest =
        std::max_element(open_.begin(), open_.end(), [](const auto& a, const auto& b) {
          return a.second->rows().bytes() < b.second->rows().bytes();
        });
    bytes -= largest->second->rows().bytes();
    close(*largest->second);
    open_.erase(largest);
    last_block_ = nullptr;
  }
}

base::Result<void> Writer::write_packets() {
  if (packets_.Count() == 0) return {};
  SPIDER_TRY(database_.write(packets_));
  packets_.Clear();
  return {};
}

base::Result<void> Writer::write_bodies_unlogged() {
  if (bodies_.Count() == 0) return {};
  // Before the write: what failed half-way is in files or still in the batch after the next keep().
  unlogged_ = true;
  SPIDER_TRY(database_.write_unlogged(bodies_));
  bodies_.Clear();
  return {};
}

base::Result<void> Writer::write_main() {
  if (main_.Count() == 0) return {};
  SPIDER_TRY(database_.write(main_));
  main_.Clear();
  unsynced_ = true;
  return {};
}

void Writer::sync_when_due() {
  if (config_.sync_ms == 0 || !unsynced_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - synced_ < std::chrono::milliseconds(config_.sync_ms)) return;
  synced_ = now;
  unsynced_ = false;
  database_.sync_log_soon();
}

base::Result<void> Writer::gather() {
  bound_open_blocks();
  for (auto& [key, block] : open_) block->commit(database_, ids_, encoder_, main_);
  SPIDER_TRY(rollups_.settle(main_));
  SPIDER_TRY(quality_.settle(main_));
  ids_.settle(database_, main_);
  sources_.settle(main_);
  return {};
}

base::Result<void> Writer::write_sealed() {
  if (sealed_.Count() == 0) return {};
  if (!keeping_) {
    SPIDER_TRY(database_.begin_keeping());
    keeping_ = true;
  }
  const auto kept = database_.wait_kept();
  keeping_ = false;
  SPIDER_TRY(kept);
  SPIDER_TRY(database_.write(sealed_));
  sealed_.Clear();
  unsynced_ = true;
  return {};
}

base::Result<void> Writer::write_rest() {
  if (unlogged_) {
    SPIDER_TRY(write_bodies_unlogged());
    SPIDER_TRY(write_packets());
    std::swap(main_, sealed_);
    unlogged_ = false;
    SPIDER_TRY(database_.begin_keeping());
    keeping_ = true;
    return {};
  }
  if (bodies_.Count() > 0) SPIDER_TRY(database_.write(bodies_));
  bodies_.Clear();
  SPIDER_TRY(write_packets());
  return write_main();
}

base::Result<void> Writer::commit() {
  SPIDER_TRY(write_sealed());
  // What an earlier commit could not bring goes first, and nothing new is encoded while it cannot.
  if (main_.GetDataSize() > kPendingMax) {
    SPIDER_TRY(write_rest());
    SPIDER_TRY(write_sealed());
  }
  SPIDER_TRY(gather());
  SPIDER_TRY(write_rest());
  SPIDER_TRY(write_sealed());
  // Sums that are dropped from memory are read back from the disk: only now are they there.
  rollups_.trim();
  quality_.trim();
  sync_when_due();
  return {};
}

base::Result<bool> Writer::begin_commit() {
  if (!unlogged_) {
    SPIDER_TRY(commit());
    return true;
  }
  SPIDER_TRY(write_sealed());
  if (main_.GetDataSize() > kPendingMax) {
    SPIDER_TRY(commit());
    return true;
  }
  SPIDER_TRY(gather());
  SPIDER_TRY(write_rest());
  return false;
}

base::Result<bool> Writer::end_commit() {
  if (sealed_.Count() > 0 && !database_.kept()) return false;
  SPIDER_TRY(write_sealed());
  rollups_.trim();
  quality_.trim();
  sync_when_due();
  return true;
}

base::Result<void> Writer::flush() {
  close_all();
  SPIDER_TRY(commit());
  return database_.flush();
}

}  // namespace spider::store
