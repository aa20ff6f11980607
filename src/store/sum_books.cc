#include "store/sum_books.h"

#include <algorithm>

#include "spider/base/log.h"
#include "spider/store/codes.h"

#include "store/format/keys.h"

namespace spider::store {
namespace {

constexpr std::size_t kSumsMax = 65'536;
constexpr const char* kMethodsKey = "methods";
// Known from the start, so that junk on the wire cannot take their places.
constexpr const char* kFirstMethods[] = {"other",  "",        "GET",     "HEAD",  "POST", "PUT",
                                         "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};

base::Time second_start(std::int64_t second) {
  base::Time t;
  if (__builtin_mul_overflow(second, bucket_ns(RollupLevel::second), &t.ns))
    t = second < 0 ? base::Time::min() : base::Time::max();
  return t;
}

}  // namespace

void add_cell(std::vector<RollupCell>& cells, const RollupCell& more) {
  for (RollupCell& c : cells) {
    if (c.status_class != more.status_class || c.method != more.method) continue;
    c.opened += more.opened;
    c.closed += more.closed;
    return;
  }
  cells.push_back(more);
}

base::Result<void> RollupBook::load() {
  rocksdb::PinnableSlice value;
  SPIDER_TRY_LET(found, database_.get(Family::meta, kMethodsKey, nullptr, value));
  if (found) {
    if (format::decode_methods(base::as_bytes(value.ToStringView()), methods_) !=
        format::ValueState::ok)
      return corrupt(Family::meta, kMethodsKey, "the table of methods cannot be decoded");
    return {};
  }
  methods_.assign(std::begin(kFirstMethods), std::end(kFirstMethods));
  methods_changed_ = true;
  return {};
}

MethodId RollupBook::method_id(std::string_view method) {
  for (std::size_t i = 1; i < methods_.size(); ++i)
    if (methods_[i] == method) return static_cast<MethodId>(i);
  if (methods_.size() >= format::kMethodsMax || method.size() > format::kMethodBytesMax) return 0;
  methods_.emplace_back(method);
  methods_changed_ = true;
  return static_cast<MethodId>(methods_.size() - 1);
}

RollupBook::Cells& RollupBook::news(model::SourceId source, std::int64_t second) {
  return news_[{static_cast<std::uint32_t>(source), static_cast<std::uint8_t>(RollupLevel::second),
                second}];
}

void RollupBook::add(model::SourceId source, base::Time start, base::Time end, std::uint16_t status,
                     std::string_view method) {
  RollupCell cell;
  cell.status_class = status_class(status);
  cell.method = method_id(method);
  const std::int64_t opened = bucket_of(start, RollupLevel::second);
  const std::int64_t closed = bucket_of(std::max(start, end), RollupLevel::second);
  cell.opened = 1;
  cell.closed = opened == closed ? 1 : 0;
  add_cell(news(source, opened), cell);
  if (opened == closed) return;
  cell.opened = 0;
  cell.closed = 1;
  add_cell(news(source, closed), cell);
}

base::Result<RollupBook::Cells*> RollupBook::sum(const SumKey& key) {
  const auto [at, fresh] = sums_.try_emplace(key);
  if (!fresh) return &at->second;
  const std::string disk_key = format::rollup_key(model::SourceId{key.source},
                                                  static_cast<RollupLevel>(key.level), key.bucket);
  rocksdb::PinnableSlice value;
  auto found = database_.get(Family::rollup, disk_key, nullptr, value);
  if (!found) {
    sums_.erase(at);
    return tl::unexpected(std::move(found).error());
  }
  if (*found && format::decode_rollup(base::as_bytes(value.ToStringView()), at->second) !=
                    format::ValueState::ok) {
    // A broken sum must not stop all writing; it starts again from nothing, and the log says so.
    base::log(codes::store_corrupt,
              "A roll-up of source {} starts again from zero: its value was broken.", key.source);
    at->second.clear();
  }
  return &at->second;
}

base::Result<void> RollupBook::settle(rocksdb::WriteBatch& batch) {
  // First everything that can fail: bring the sums into memory.
  std::unordered_map<SumKey, Cells, SumKeyHash> upper;
  for (const auto& [key, cells] : news_) {
    for (const RollupLevel level :
         {RollupLevel::second, RollupLevel::minute, RollupLevel::hour, RollupLevel::day}) {
      const SumKey up{key.source, static_cast<std::uint8_t>(level),
                      bucket_of(second_start(key.bucket), level)};
      SPIDER_TRY(sum(up));
      Cells& gathered = upper[up];
      for (const RollupCell& c : cells) add_cell(gathered, c);
    }
  }
  for (const auto& [key, cells] : upper) {
    Cells& total = sums_[key];
    for (const RollupCell& c : cells) add_cell(total, c);
    batch.Put(database_.handle(Family::rollup),
              format::rollup_key(model::SourceId{key.source}, static_cast<RollupLevel>(key.level),
                                 key.bucket),
              format::encode_rollup(total));
  }
  news_.clear();
  if (methods_changed_)
    batch.Put(database_.handle(Family::meta), kMethodsKey, format::encode_methods(methods_));
  methods_changed_ = false;
  return {};
}

void RollupBook::trim() {
  if (sums_.size() > kSumsMax) sums_.clear();
}

void RollupBook::forget(model::SourceId source) {
  std::erase_if(
      sums_, [&](const auto& s) { return s.first.source == static_cast<std::uint32_t>(source); });
}

void QualityBook::add(model::SourceId source, const model::QualityLog& log) {
  for (const model::QualityMinute& m : log.minutes())
    news_[{static_cast<std::uint32_t>(source), 0, m.minute}] += m.counts;
}

base::Result<model::QualityCounts*> QualityBook::sum(const SumKey& key) {
  const auto [at, fresh] = sums_.try_emplace(key);
  if (!fresh) return &at->second;
  rocksdb::PinnableSlice value;
  auto found =
      database_.get(Family::quality, format::quality_key(model::SourceId{key.source}, key.bucket),
                    nullptr, value);
  if (!found) {
    sums_.erase(at);
    return tl::unexpected(std::move(found).error());
  }
  if (*found && format::decode_quality(base::as_bytes(value.ToStringView()), at->second) !=
                    format::ValueState::ok) {
    base::log(codes::store_corrupt,
              "A quality minute of source {} starts again from zero: its value was broken.",
              key.source);
    at->second = {};
  }
  return &at->second;
}

base::Result<void> QualityBook::settle(rocksdb::WriteBatch& batch) {
  for (const auto& [key, counts] : news_) SPIDER_TRY(sum(key));
  for (const auto& [key, counts] : news_) {
    model::QualityCounts& total = sums_[key];
    total += counts;
    batch.Put(database_.handle(Family::quality),
              format::quality_key(model::SourceId{key.source}, key.bucket),
              format::encode_quality(total));
  }
  news_.clear();
  return {};
}

void QualityBook::trim() {
  if (sums_.size() > kSumsMax) sums_.clear();
}

void QualityBook::forget(model::SourceId source) {
  std::erase_if(
      sums_, [&](const auto& s) { return s.first.source == static_cast<std::uint32_t>(source); });
}

}  // namespace spider::store
