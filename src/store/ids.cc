#include "store/ids.h"

#include <algorithm>

#include "spider/base/log.h"
#include "spider/store/codes.h"

#include "store/format/keys.h"

namespace spider::store {
namespace {

constexpr const char* kKey = "ids";
constexpr std::uint64_t kAhead = 4'096;

// Above every id that a key names; what was never written need not be unique.
base::Result<format::NextIds> limits_in_use(const Database& database) {
  format::NextIds out;
  for (const Family f : {Family::block, Family::body, Family::body_file, Family::packet_index}) {
    const auto it = database.iterate(f, nullptr);
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      const std::string_view key = it->key().ToStringView();
      if (f == Family::block) {
        if (const auto block = format::parse_block_key(key))
          out.block = std::max(out.block, block->id + 1);
      } else if (const auto pack = format::parse_pack_key(key)) {
        out.pack = std::max(out.pack, pack->pack + 1);
      }
    }
    if (!it->status().ok()) return read_error(it->status());
  }
  return out;
}

}  // namespace

base::Result<void> IdBook::load(const Database& database) {
  rocksdb::PinnableSlice value;
  auto found = database.get(Family::meta, kKey, nullptr, value);
  if (!found && found.error().code != codes::store_corrupt)
    return tl::unexpected(std::move(found).error());
  const bool damaged = !found || (*found && format::decode_ids(base::as_bytes(value.ToStringView()),
                                                               limits_) != format::ValueState::ok);
  if (damaged) {
    SPIDER_TRY_LET(limits, limits_in_use(database));
    limits_ = limits;
    base::log(codes::store_corrupt,
              "meta ids: the value is damaged. The ids were found again in the keys.");
  }
  next_pack_.store(limits_.pack, std::memory_order_relaxed);
  next_block_ = limits_.block;
  return {};
}

void IdBook::settle(const Database& database, rocksdb::WriteBatch& batch) {
  const std::uint64_t pack = next_pack_.load(std::memory_order_relaxed);
  if (pack <= limits_.pack && next_block_ <= limits_.block) return;
  limits_.pack = pack + kAhead;
  limits_.block = next_block_ + kAhead;
  database.put(batch, Family::meta, kKey, format::encode_ids(limits_));
}

}  // namespace spider::store
