#include "store/sum_books.h"

#include <algorithm>

#include "spider/base/log.h"
#include "spider/store/codes.h"

#include "store/format/keys.h"
#include "store/sum_value.h"

namespace spider::store {
namespace {

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

RollupCell& cell_of(std::vector<RollupCell>& cells, std::uint8_t status_class, MethodId method) {
  for (RollupCell& c : cells)
    if (c.status_class == status_class && c.method == method) return c;
  RollupCell& fresh = cells.emplace_back();
  fresh.status_class = status_class;
  fresh.method = method;
  return fresh;
}

void add_cell(std::vector<RollupCell>& cells, const RollupCell& more) {
  RollupCell& c = cell_of(cells, more.status_class, more.method);
  c.opened += more.opened;
  c.closed += more.closed;
}

base::Result<void> RollupBook::load() {
  rocksdb::PinnableSlice value;
  auto found = database_.get(Family::meta, kMethodsKey, nullptr, value);
  if (!found && found.error().code != codes::store_corrupt)
    return tl::unexpected(std::move(found).error());
  if (found && *found &&
      format::decode_methods(base::as_bytes(value.ToStringView()), methods_) ==
          format::ValueState::ok)
    return {};
  const bool damaged = !found || *found;
  methods_.assign(std::begin(kFirstMethods), std::end(kFirstMethods));
  methods_changed_ = true;
  if (!damaged) return {};
  // Which names the other ids had is lost, so none of them may get a new one: they are "other" now.
  methods_.resize(format::kMethodsMax, kFirstMethods[0]);
  base::log(
      codes::store_corrupt,
      "meta methods: the value is damaged. Sums of rarer methods count as other from now on.");
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
  const SumKey key{static_cast<std::uint32_t>(source),
                   static_cast<std::uint8_t>(RollupLevel::second), second};
  // Nearly every communication is of the second of the one before it.
  if (latest_ == nullptr || !(latest_key_ == key)) {
    latest_ = &news_[key];
    latest_key_ = key;
  }
  return *latest_;
}

void RollupBook::add(model::SourceId source, base::Time start, base::Time end, std::uint16_t status,
                     std::string_view method) {
  const MethodId id = method_id(method);
  const std::uint8_t kind = status_class(status);
  const std::int64_t opened = bucket_of(start, RollupLevel::second);
  const std::int64_t closed = bucket_of(std::max(start, end), RollupLevel::second);
  ++cell_of(news(source, opened), kind, id).opened;
  ++cell_of(news(source, closed), kind, id).closed;
}

base::Result<void> RollupBook::read_sum(const SumKey& key) {
  if (sums_.contains(key)) return {};
  Sum sum;
  SPIDER_TRY_LET(past,
                 read_value(database_, Family::rollup,
                            format::rollup_key(model::SourceId{key.source},
                                               static_cast<RollupLevel>(key.level), key.bucket),
                            sum.cells, format::decode_rollup));
  sum.past = past;
  sums_.emplace(key, std::move(sum));
  return {};
}

base::Result<void> RollupBook::settle(rocksdb::WriteBatch& batch) {
  // First everything that can fail: bring the sums into memory.
  std::unordered_map<SumKey, Cells, SumKeyHash> upper;
  for (const auto& [key, cells] : news_) {
    for (const RollupLevel level :
         {RollupLevel::second, RollupLevel::minute, RollupLevel::hour, RollupLevel::day}) {
      const SumKey up{key.source, static_cast<std::uint8_t>(level),
                      bucket_of(second_start(key.bucket), level)};
      SPIDER_TRY(read_sum(up));
      Cells& gathered = upper[up];
      for (const RollupCell& c : cells) add_cell(gathered, c);
    }
  }
  for (const auto& [key, cells] : upper) {
    Sum& total = sums_[key];
    for (const RollupCell& c : cells) add_cell(total.cells, c);
    database_.put(batch, Family::rollup,
                  format::rollup_key(model::SourceId{key.source},
                                     static_cast<RollupLevel>(key.level), key.bucket),
                  format::encode_rollup(total.cells, total.past));
  }
  news_.clear();
  latest_ = nullptr;
  if (methods_changed_)
    database_.put(batch, Family::meta, kMethodsKey, format::encode_methods(methods_));
  methods_changed_ = false;
  return {};
}

void RollupBook::trim() {
  if (sums_.size() > kSumsInMemoryMax) sums_.clear();
}

void RollupBook::forget(model::SourceId source) {
  std::erase_if(
      sums_, [&](const auto& s) { return s.first.source == static_cast<std::uint32_t>(source); });
}

}  // namespace spider::store
