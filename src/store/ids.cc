#include "store/ids.h"

namespace spider::store {
namespace {

constexpr const char* kKey = "ids";
constexpr std::uint64_t kAhead = 4'096;

}  // namespace

base::Result<void> IdBook::load(const Database& database) {
  rocksdb::PinnableSlice value;
  SPIDER_TRY_LET(found, database.get(Family::meta, kKey, nullptr, value));
  if (found &&
      format::decode_ids(base::as_bytes(value.ToStringView()), limits_) != format::ValueState::ok)
    return corrupt(Family::meta, kKey, "the ids cannot be decoded");
  next_pack_.store(limits_.pack, std::memory_order_relaxed);
  next_block_ = limits_.block;
  return {};
}

void IdBook::settle(const Database& database, rocksdb::WriteBatch& batch) {
  const std::uint64_t pack = next_pack_.load(std::memory_order_relaxed);
  if (pack <= limits_.pack && next_block_ <= limits_.block) return;
  limits_.pack = pack + kAhead;
  limits_.block = next_block_ + kAhead;
  batch.Put(database.handle(Family::meta), kKey, format::encode_ids(limits_));
}

}  // namespace spider::store
