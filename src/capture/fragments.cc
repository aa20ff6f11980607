#include "capture/fragments.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace spider::capture {

using model::Quality;

namespace {

constexpr std::uint32_t kDatagramMax = 65'535;
// What a waiting piece costs besides its bytes; keeps many tiny pieces inside the byte budget.
constexpr std::size_t kPieceCost = 16;
constexpr std::size_t kEntryCost = 256;
// A free entry keeps its buffers up to this size.
constexpr std::size_t kKeptBytes = 65'536;

[[nodiscard]] bool same_datagram(const Fragment& a, const Fragment& b) noexcept {
  return a.id == b.id && a.v6 == b.v6 && (a.v6 || a.protocol == b.protocol) && a.from == b.from &&
         a.to == b.to;
}

}  // namespace

FragmentTable::FragmentTable(const CaptureConfig& config)
    : datagrams_max_(config.fragments_max),
      bytes_max_(static_cast<std::size_t>(config.fragment_mib) << 20U),
      timeout_(base::Duration::from_ms(config.fragment_timeout_ms)),
      buckets_(std::bit_ceil(std::size_t{config.fragments_max}), kNone) {}

std::size_t FragmentTable::held_by(const Entry& e) noexcept {
  return kEntryCost + e.data.size() + e.pieces.size() * kPieceCost +
         e.counts.size() * sizeof(MinuteCount);
}

std::size_t FragmentTable::bucket_of(const Fragment& f) const noexcept {
  const std::uint64_t rest = std::uint64_t{f.id} << 32U | (f.v6 ? std::uint8_t{0} : f.protocol);
  return hash_.of(f.from, f.to, rest) & (buckets_.size() - 1);
}

std::uint32_t FragmentTable::find(const Fragment& f, std::size_t bucket) const noexcept {
  std::uint32_t i = buckets_[bucket];
  while (i != kNone && !same_datagram(entries_[i].first, f)) i = entries_[i].chain;
  return i;
}

std::uint32_t FragmentTable::make(const Fragment& f, std::size_t bucket, base::Time time) {
  std::uint32_t index = 0;
  if (free_.empty()) {
    index = static_cast<std::uint32_t>(entries_.size());
    entries_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
  }
  Entry& e = entries_[index];
  e.first = f;
  e.since = time;
  e.chain = buckets_[bucket];
  buckets_[bucket] = index;
  e.older = newest_;
  e.newer = kNone;
  (newest_ == kNone ? oldest_ : entries_[newest_].newer) = index;
  newest_ = index;
  ++live_;
  bytes_held_ += kEntryCost;
  return index;
}

void FragmentTable::release(std::uint32_t index) {
  Entry& e = entries_[index];
  std::uint32_t* link = &buckets_[bucket_of(e.first)];
  while (*link != index) link = &entries_[*link].chain;
  *link = e.chain;
  (e.older == kNone ? oldest_ : entries_[e.older].newer) = e.newer;
  (e.newer == kNone ? newest_ : entries_[e.newer].older) = e.older;
  if (latest_ == index) latest_ = kNone;
  --live_;
  bytes_held_ -= held_by(e);
  // The buffers stay for the next datagram, unless so many are free that they would add up.
  if (e.data.capacity() > kKeptBytes || free_.size() >= 64) {
    e.data = {};
    e.pieces = {};
    e.counts = {};
  }
  e.data.clear();
  e.pieces.clear();
  e.counts.clear();
  e.total = kNone;
  e.covered = 0;
  free_.push_back(index);
}

void FragmentTable::give_up(std::uint32_t index, model::QualityLog& quality) {
  for (const MinuteCount& c : entries_[index].counts)
    quality.add(base::Time{c.minute * 60'000'000'000}, Quality::fragment_dropped, c.fragments);
  release(index);
}

void FragmentTable::expire(base::Time now, model::QualityLog& quality) {
  while (oldest_ != kNone && now - entries_[oldest_].since > timeout_) give_up(oldest_, quality);
}

void FragmentTable::flush(model::QualityLog& quality) {
  while (oldest_ != kNone) give_up(oldest_, quality);
}

bool FragmentTable::unbook_latest() noexcept {
  if (latest_ == kNone) return false;
  --entries_[latest_].counts.back().fragments;
  latest_ = kNone;
  return true;
}

void FragmentTable::put(Entry& e, std::size_t position, std::uint32_t offset, base::Bytes data) {
  e.pieces.insert(e.pieces.begin() + static_cast<std::ptrdiff_t>(position),
                  Piece{offset, static_cast<std::uint32_t>(data.size()),
                        static_cast<std::uint32_t>(e.data.size())});
  e.data.insert(e.data.end(), data.begin(), data.end());
  e.covered += static_cast<std::uint32_t>(data.size());
  bytes_held_ += data.size() + kPieceCost;
}

void FragmentTable::store(Entry& e, std::uint32_t offset, base::Bytes data) {
  // The first piece that ends behind `offset`.
  auto i = static_cast<std::size_t>(
      std::partition_point(e.pieces.begin(), e.pieces.end(),
                           [&](const Piece& p) { return p.offset + p.bytes <= offset; }) -
      e.pieces.begin());
  while (!data.empty()) {
    const std::uint32_t next = i < e.pieces.size() ? e.pieces[i].offset : kNone;
    if (next > offset) {
      const std::size_t room = std::min<std::size_t>(data.size(), next - offset);
      put(e, i, offset, data.first(room));
      ++i;
      offset += static_cast<std::uint32_t>(room);
      data = data.subspan(room);
      continue;
    }
    const std::size_t known = std::min<std::size_t>(data.size(), next + e.pieces[i].bytes - offset);
    offset += static_cast<std::uint32_t>(known);
    data = data.subspan(known);
    ++i;
  }
}

// A copy brings no bytes but, where times jump, a minute: minutes are paid for as bytes are.
void FragmentTable::count(Entry& e, std::int64_t minute) {
  if (e.counts.empty() || e.counts.back().minute != minute) {
    e.counts.push_back({minute, 0});
    bytes_held_ += sizeof(MinuteCount);
  }
  ++e.counts.back().fragments;
}

void FragmentTable::assemble(Entry& e) {
  out_at_ ^= 1U;
  std::vector<std::uint8_t>& out = out_[out_at_];
  out.resize(e.total);
  for (const Piece& p : e.pieces) std::memcpy(out.data() + p.offset, e.data.data() + p.at, p.bytes);
  whole_ = e.first;
  whole_counts_ = e.counts;
}

void FragmentTable::book_whole(Quality as, model::QualityLog& quality) {
  for (const MinuteCount& c : whole_counts_)
    quality.add(base::Time{c.minute * 60'000'000'000}, as, c.fragments);
  whole_counts_.clear();
}

FragmentTable::Outcome FragmentTable::add(const Fragment& fragment, base::Bytes data,
                                          base::Time time, model::QualityLog& quality) {
  expire(time, quality);
  const std::size_t end = fragment.offset + data.size();
  if (end > kDatagramMax ||
      (fragment.more && (data.empty() || data.size() % 8 != 0) && !fragment.cut))
    return Outcome::malformed;
  if (fragment.cut) return Outcome::dropped;

  const std::size_t bucket = bucket_of(fragment);
  std::uint32_t index = find(fragment, bucket);
  if (index == kNone) {
    if (live_ >= datagrams_max_) give_up(oldest_, quality);
    index = make(fragment, bucket, time);
  }
  Entry* e = &entries_[index];
  if (fragment.offset == 0) {
    // The first copy of the first piece says what the datagram is, as it does for its bytes; one
    // that says otherwise is of another datagram.
    const bool known = !e->pieces.empty() && e->pieces.front().offset == 0;
    if (known && e->first.protocol != fragment.protocol) return Outcome::dropped;
    e->first.protocol = fragment.protocol;
  }
  // The first last piece says how long the datagram is; what lies beyond does not belong to it.
  if (!fragment.more && e->total == kNone) {
    const bool beyond =
        !e->pieces.empty() && e->pieces.back().offset + e->pieces.back().bytes > end;
    if (!beyond) e->total = static_cast<std::uint32_t>(end);
  }
  if (e->total == kNone) {
    store(*e, fragment.offset, data);
  } else if (fragment.offset < e->total) {
    store(*e, fragment.offset,
          data.first(std::min<std::size_t>(data.size(), e->total - fragment.offset)));
  }

  if (e->covered == e->total) {
    assemble(*e);
    release(index);
    return Outcome::complete;
  }
  count(*e, model::minute_of(time));
  latest_ = index;
  while (bytes_held_ > bytes_max_) {
    // Its own datagram may be the oldest; then this piece has been booked with it.
    give_up(oldest_, quality);
  }
  return Outcome::waiting;
}

}  // namespace spider::capture
