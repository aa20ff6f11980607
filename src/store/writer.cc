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
  std::size_t sum = (early_.Count() > 0 ? early_.GetDataSize() : 0) +
                    (main_.Count() > 0 ? main_.GetDataSize() : 0);
  for (const auto& [key, block] : open_) sum += block->bytes_uncommitted();
  return sum;
}

base::Result<void> Writer::add(const model::RecordBatch& batch) {
  if (early_.GetDataSize() + main_.GetDataSize() > kPendingMax) SPIDER_TRY(commit());
  add_packs(batch);
  add_records(batch);
  quality_.add(batch.source, batch.quality);
  if (batch.end_of_source) close_source(batch.source);
  // The batch is taken from here on: an error of these writes shows at the next commit.
  if (early_.GetDataSize() > kEarlyBytes) static_cast<void>(write_early());
  if (main_.GetDataSize() > kMainBytes) static_cast<void>(commit());
  return {};
}

void Writer::put_segments(Family family, model::SourceId source, std::uint64_t pack,
                          base::Bytes bytes) {
  for (std::size_t at = 0; at < bytes.size(); at += format::kSegmentBytes) {
    const base::Bytes part = bytes.subspan(at, std::min(format::kSegmentBytes, bytes.size() - at));
    value_.clear();
    format::encode_segment(part, format::Codec::lz4, encoder_.compressor(), value_);
    const auto number = static_cast<std::uint16_t>(at / format::kSegmentBytes);
    database_.put(early_, family, format::segment_key(source, pack, number), value_);
  }
}

void Writer::add_packs(const model::RecordBatch& batch) {
  if (batch.bodies.used() > 0)
    put_segments(Family::body, batch.source, batch.body_pack, batch.bodies.all());
  if (!batch.packets.empty()) {
    put_segments(Family::packet, batch.source, batch.packet_pack, batch.frames.all());
    value_.clear();
    format::encode_packet_index(batch.packets, encoder_.numbers(), value_);
    database_.put(early_, Family::packet_index, format::pack_key(batch.source, batch.packet_pack),
                  value_);
  }
  if (early_.Count() > 0) ids_.settle(database_, early_);
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

base::Result<void> Writer::write_early() {
  if (early_.Count() == 0) return {};
  SPIDER_TRY(database_.write(early_));
  early_.Clear();
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

base::Result<void> Writer::commit() {
  // What an earlier commit could not bring goes first, and nothing new is encoded while it cannot.
  if (main_.GetDataSize() > kPendingMax) {
    SPIDER_TRY(write_early());
    SPIDER_TRY(write_main());
  }
  bound_open_blocks();
  for (auto& [key, block] : open_) block->commit(database_, ids_, encoder_, main_);
  SPIDER_TRY(rollups_.settle(main_));
  SPIDER_TRY(quality_.settle(main_));
  ids_.settle(database_, main_);
  SPIDER_TRY(write_early());
  SPIDER_TRY(write_main());
  rollups_.trim();
  quality_.trim();
  sync_when_due();
  return {};
}

base::Result<void> Writer::flush() {
  close_all();
  SPIDER_TRY(commit());
  return database_.flush();
}

}  // namespace spider::store
