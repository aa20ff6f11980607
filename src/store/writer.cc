#include "store/writer.h"

#include <algorithm>

#include "spider/store/codes.h"

#include "store/format/packs.h"
#include "store/host_rows.h"

namespace spider::store {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20U;
constexpr std::size_t kMainBytes = 12 * kMiB;     // records that make a commit happen by itself
constexpr std::size_t kPendingMax = 64 * kMiB;    // what a store that cannot be written may pile up
constexpr std::size_t kOpenBytesMax = 32 * kMiB;  // rows of all open blocks
constexpr std::size_t kOpenBlocksMax = 256;
constexpr std::size_t kBatchKept = kMiB;  // of a batch's room, whatever it is needed for
constexpr std::size_t kPauseRecords = 64;

}  // namespace

Writer::Writer(Database& database, IdBook& ids, SourceTable& sources, HostBook& hosts,
               RecentBlocks& recent, FreshBlocks& fresh, QualitySpans& spans,
               const StoreConfig& config)
    : database_(database),
      reclaimer_(database),
      ids_(ids),
      sources_(sources),
      hosts_(hosts),
      recent_(recent),
      fresh_(fresh),
      spans_(spans),
      config_(config),
      rollups_(database),
      quality_(database, spans),
      bodies_(database, Family::body_file, Family::body, config.bulk_bytes),
      frames_(database, Family::packet_file, Family::packet, config.bulk_bytes),
      blocks_(database, Family::block_file, Family::block_file, config.bulk_bytes) {}

std::size_t Writer::bytes_batched() const noexcept {
  std::size_t sum = closed_bytes_;
  for (const BulkFiles* files : files_) sum += files->bytes_held();
  for (const rocksdb::WriteBatch* batch : {&main_, &sealed_})
    if (batch->Count() > 0) sum += batch->GetDataSize();
  return sum;
}

std::size_t Writer::bytes_pending() const noexcept {
  std::size_t sum = bytes_batched();
  for (const auto& [key, block] : open_) sum += block->bytes_uncommitted();
  return sum;
}

void Writer::pause_with(std::function<void()> pause) {
  pause_ = pause ? std::move(pause) : [] {};
}

base::Result<void> Writer::add(model::RecordBatch& batch) {
  if (bytes_batched() > kPendingMax) SPIDER_TRY(commit());
  packs_.encode(batch);
  add_packs(batch);
  add_records(batch);
  if (!batch.hosts.empty())
    if (const std::size_t forgotten = hosts_.note(batch.hosts, batch.source); forgotten != 0)
      batch.quality.add(batch.hosts.back().time, model::Quality::names_forgotten, forgotten);
  quality_.add(batch.source, batch.quality);
  if (batch.end_of_source) close_source(batch.source);
  // The batch is taken from here on: an error of this shows at the next commit.
  if (main_.GetDataSize() + closed_bytes_ > kMainBytes) static_cast<void>(begin_commit());
  return {};
}

void Writer::add_packs(model::RecordBatch& batch) {
  bodies_.add(batch.source, batch.body_pack, batch.body_segments);
  frames_.note_arrival(batch.body_pack);  // ids are of one count, also where no packets are kept
  if (batch.packet_pack == 0) return;
  bodies_.note_arrival(batch.packet_pack);
  frames_.add(batch.source, batch.packet_pack, batch.frame_segments);
  if (batch.packets.empty()) return;
  value_.clear();
  format::encode_packet_index(batch.packets, encoder_.numbers(), value_);
  database_.put(main_, Family::packet_index, format::pack_key(batch.source, batch.packet_pack),
                value_);
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
  std::size_t since = 0;
  const auto added = [&] {
    if (++since % kPauseRecords == 0) pause_();
  };
  for (const model::Communication& c : batch.communications) {
    OpenBlock& block = block_for(batch.source, RecordKind::http, c.start, c.end);
    block.add(c);
    rollups_.add(batch.source, c.start, c.end, c.status, c.method);
    if (block.full(config_.block_rows)) close(block);
    added();
  }
  for (const model::SessionRecord& s : batch.sessions) {
    OpenBlock& block = block_for(batch.source, RecordKind::session, s.session.start, s.session.end);
    block.add(s, std::span(batch.notes).subspan(s.notes_first, s.notes_count));
    if (block.full(config_.block_rows)) close(block);
    added();
  }
}

void Writer::close(OpenBlock& block) {
  EncodedBlock fresh;
  fresh.parts.bytes = blocks_.spare();
  if (!block.close(database_, ids_, encoder_, recent_, main_, fresh)) return;
  closed_bytes_ += fresh.parts.bytes.size();
  closed_[block.source()].push_back(std::move(fresh));
}

void Writer::settle_closed() {
  for (auto& [source, blocks] : closed_) {
    std::size_t bytes = 0;
    bool fit = true;
    for (const EncodedBlock& b : blocks) {
      bytes += b.parts.bytes.size();
      fit = fit && b.fits_file();
    }
    std::vector<BulkFiles::Pack> packs;
    for (EncodedBlock& b : blocks) {
      recent_.note(format::key_of(b.info));
      fresh_.add(b);
      if (bytes < config_.bulk_bytes || !fit) {
        b.put_logged(database_, main_);
      } else {
        b.put_filed(database_, main_);
        packs.push_back({b.info.id, std::move(b.parts)});
      }
    }
    if (!packs.empty()) blocks_.add_file(source, std::move(packs));
  }
  closed_.clear();
  closed_bytes_ = 0;
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
  for (auto& [key, block] : open_)
    if (const EncodedBlock* piece = block->commit(database_, ids_, encoder_, recent_, main_)) {
      recent_.note(format::key_of(piece->info));
      fresh_.add(*piece);
    }
  settle_closed();
  pause_();
  SPIDER_TRY(rollups_.settle(main_));
  pause_();
  SPIDER_TRY(quality_.settle(main_));
  ids_.settle(database_, main_);
  sources_.settle(main_);
  settle_hosts(database_, hosts_, main_);
  return {};
}

base::Result<void> Writer::wait_for_files() {
  for (BulkFiles* files : files_) SPIDER_TRY(files->wait());
  return {};
}

base::Result<void> Writer::write_sealed() {
  if (sealed_.Count() == 0) return {};
  SPIDER_TRY(wait_for_files());
  SPIDER_TRY(database_.write(sealed_));
  batch_most_ = std::max(batch_most_, sealed_.GetDataSize());
  sealed_.Clear();
  recent_.written(sealed_noted_);
  unsynced_ = true;
  return {};
}

base::Result<void> Writer::write_or_seal() {
  bool begun = false;
  for (BulkFiles* files : files_) begun = files->begin_all(main_) || begun;
  if (main_.Count() == 0) return {};
  std::swap(main_, sealed_);
  sealed_noted_ = recent_.noted();
  return begun ? base::Result<void>{} : write_sealed();
}

// Sums that are dropped from memory are read back from the disk: only now are they there.
void Writer::committed() {
  rollups_.trim();
  quality_.trim();
  sync_when_due();
}

base::Result<void> Writer::commit() {
  // What an earlier commit could not bring goes first, and nothing new is encoded while it cannot.
  SPIDER_TRY(write_sealed());
  SPIDER_TRY(gather());
  SPIDER_TRY(write_or_seal());
  SPIDER_TRY(write_sealed());
  committed();
  return {};
}

base::Result<bool> Writer::begin_commit() {
  SPIDER_TRY(write_sealed());
  SPIDER_TRY(gather());
  SPIDER_TRY(write_or_seal());
  if (sealed_.Count() > 0) return false;
  committed();
  return true;
}

base::Result<bool> Writer::end_commit() {
  const auto settled = [](const BulkFiles* files) { return files->settled(); };
  if (sealed_.Count() > 0 && !std::all_of(files_.begin(), files_.end(), settled)) return false;
  SPIDER_TRY(write_sealed());
  committed();
  return true;
}

void Writer::rest() {
  for (rocksdb::WriteBatch* batch : {&main_, &sealed_})
    if (batch->Count() == 0 && batch->Data().capacity() > 2 * batch_most_ + kBatchKept)
      *batch = rocksdb::WriteBatch();
  batch_most_ = 0;
  for (BulkFiles* files : files_) files->rest();
  // Of sources and durations that nothing comes of any more.
  std::erase_if(open_, [](const auto& of) { return of.second->rest(); });
  last_block_ = nullptr;
}

base::Result<void> Writer::flush() {
  close_all();
  SPIDER_TRY(commit());
  return database_.flush();
}

}  // namespace spider::store
