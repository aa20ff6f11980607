#pragma once
// The books of capture and rebuild, per minute: see quality.def for the counters, books.h for sums.
// Written by capture threads and shards into their own QualityLog, carried along with the batches,
// added up by the writer. A QualityLog belongs to one thread at a time.

#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "spider/base/time.h"

namespace spider::model {

enum class Quality : std::uint8_t {
#define SPIDER_QUALITY(name, kind, help) name,
#include "spider/model/quality.def"
#undef SPIDER_QUALITY
  count_
};
inline constexpr std::size_t kQualityCount = static_cast<std::size_t>(Quality::count_);

enum class QualityKind : std::uint8_t { seen, kept, filtered, lost, info };

struct QualityInfo {
  std::string_view name;
  QualityKind kind;
  std::string_view help;
};
inline constexpr std::array<QualityInfo, kQualityCount> kQualityInfo{{
#define SPIDER_QUALITY(name, kind, help) {#name, QualityKind::kind, help},
#include "spider/model/quality.def"
#undef SPIDER_QUALITY
}};

struct QualityCounts {
  std::array<std::uint64_t, kQualityCount> values{};

  [[nodiscard]] constexpr std::uint64_t& operator[](Quality q) noexcept {
    return values[static_cast<std::size_t>(q)];
  }
  [[nodiscard]] constexpr std::uint64_t operator[](Quality q) const noexcept {
    return values[static_cast<std::size_t>(q)];
  }
  QualityCounts& operator+=(const QualityCounts& other) noexcept {
    for (std::size_t i = 0; i < kQualityCount; ++i) values[i] += other.values[i];
    return *this;
  }
  friend bool operator==(const QualityCounts&, const QualityCounts&) noexcept = default;
};

struct QualityMinute {
  std::int64_t minute = 0;  // minutes since 1970, rounded down
  QualityCounts counts;
};

[[nodiscard]] constexpr std::int64_t minute_of(base::Time t) noexcept {
  constexpr std::int64_t kNs = 60'000'000'000;
  return t.ns >= 0 ? t.ns / kNs : -((-t.ns + kNs - 1) / kNs);
}

// Counts of a few minutes, cheap to add to: the last minute touched is remembered. Many minutes
// (time stamps are the wire's, and may jump) are found by an index.
class QualityLog {
 public:
  [[nodiscard]] QualityCounts& at(base::Time t) {
    const std::int64_t minute = minute_of(t);
    if (last_ < minutes_.size() && minutes_[last_].minute == minute) return minutes_[last_].counts;
    return find(minute);
  }
  void add(base::Time t, Quality q, std::uint64_t n = 1) { at(t)[q] += n; }

  // Adds everything of `other` and empties it.
  void take(QualityLog& other) {
    for (const QualityMinute& m : other.minutes_) find(m.minute) += m.counts;
    other.clear();
  }
  [[nodiscard]] const std::vector<QualityMinute>& minutes() const noexcept { return minutes_; }
  [[nodiscard]] bool empty() const noexcept { return minutes_.empty(); }
  void clear() noexcept {
    minutes_.clear();
    index_.clear();
    last_ = 0;
  }

 private:
  static constexpr std::size_t kScanned = 16;

  [[nodiscard]] QualityCounts& find(std::int64_t minute) {
    last_ = minutes_.size() <= kScanned ? scan(minute) : look_up(minute);
    if (last_ == minutes_.size()) {
      minutes_.push_back({minute, {}});
      if (!index_.empty()) index_.emplace(minute, last_);
    }
    return minutes_[last_].counts;
  }
  [[nodiscard]] std::size_t scan(std::int64_t minute) const noexcept {
    for (std::size_t i = minutes_.size(); i-- > 0;)
      if (minutes_[i].minute == minute) return i;
    return minutes_.size();
  }
  [[nodiscard]] std::size_t look_up(std::int64_t minute) {
    if (index_.empty())
      for (std::size_t i = 0; i < minutes_.size(); ++i) index_.emplace(minutes_[i].minute, i);
    const auto at = index_.find(minute);
    return at == index_.end() ? minutes_.size() : at->second;
  }

  std::vector<QualityMinute> minutes_;
  std::unordered_map<std::int64_t, std::size_t> index_;  // of minutes_, once there are many
  std::size_t last_ = 0;
};

}  // namespace spider::model
