#include "store/migration.h"

#include <charconv>
#include <chrono>
#include <optional>

#include <fmt/format.h>

#include "spider/base/log.h"
#include "spider/store/codes.h"

#include "store/format/sums.h"
#include "store/quality_migration.h"

namespace spider::store {
namespace {

using Clock = std::chrono::steady_clock;

// In the order of their formats. A key is never used for anything else again.
constexpr MigrationStep kSteps[] = {
    {5, "quality_sums", "hour day", "sums of quality by hour and day", "minutes", Family::quality,
     clear_quality_sums, make_quality_sums},
};
constexpr std::string_view kMarks = "migration/";  // + key: how far a step came
constexpr std::uint64_t kCountedBetweenLooks = 65'536;
constexpr auto kTellEvery = std::chrono::seconds(1);

// How far a step came; stored as a text: units done, units in all, the last one's key.
struct Mark {
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  std::string last;
};

[[nodiscard]] std::string mark_key(const MigrationStep& step) {
  return std::string(kMarks).append(step.key);
}

[[nodiscard]] std::string encode(const Mark& mark) {
  std::string out = fmt::format("{} {} ", mark.done, mark.total);
  for (const char c : mark.last) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return format::encode_setting(out);
}

[[nodiscard]] std::optional<Mark> parse_mark(std::string_view text) {
  Mark out;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::uint64_t* number : {&out.done, &out.total}) {
    const auto read = std::from_chars(at, end, *number);
    if (read.ec != std::errc() || read.ptr == end || *read.ptr != ' ') return std::nullopt;
    at = read.ptr + 1;
  }
  for (; at + 2 <= end; at += 2) {
    unsigned char byte = 0;
    const auto read = std::from_chars(at, at + 2, byte, 16);
    if (read.ec != std::errc() || read.ptr != at + 2) return std::nullopt;
    out.last += static_cast<char>(byte);
  }
  if (at != end || out.last.empty() || out.done > out.total) return std::nullopt;
  return out;
}

// A value of `meta` that is damaged is as good as none: what it marks is made anew.
[[nodiscard]] base::Result<std::optional<std::string>> text_of(const Database& database,
                                                               std::string_view key) {
  rocksdb::PinnableSlice value;
  const auto found = database.get(Family::meta, key, nullptr, value);
  if (!found && found.error().code != codes::store_corrupt) return tl::unexpected(found.error());
  std::string text;
  if (!found || !*found ||
      format::decode_setting(base::as_bytes(value.ToStringView()), text) != format::ValueState::ok)
    return std::nullopt;
  return text;
}

// What is said of a step while it is done.
class Teller {
 public:
  Teller(const MigrationStep& step, bool silent, const Mark& mark)
      : step_(step), silent_(silent), before_(mark.done) {}

  void begin(const Mark& mark) {
    if (silent_) return;
    if (mark.done == 0) {
      base::log(codes::migrating, "The store lacks {} (format {}): they are made of {} {} first.",
                step_.what, unsigned{step_.format}, mark.total, step_.unit);
    } else {
      base::log(codes::migrating, "The store lacks {} (format {}): going on at {} of {} {}.",
                step_.what, unsigned{step_.format}, mark.done, mark.total, step_.unit);
    }
  }
  // The first part is told at once: that it moves.
  void moved(const Mark& mark) {
    const auto now = Clock::now();
    if (silent_ || now < next_) return;
    next_ = now + kTellEvery;
    base::log(codes::migrating, "Making {}: {} of {} {} done.", step_.what, mark.done, mark.total,
              step_.unit);
  }
  void end(const Mark& mark) const {
    if (silent_) return;
    const std::chrono::duration<double> took = Clock::now() - begun_;
    base::log(codes::migrated, "Made {} of all {} {}; {} of them in this start, in {:.1f} s.",
              step_.what, mark.done, step_.unit, mark.done - before_, took.count());
  }

 private:
  const MigrationStep& step_;
  bool silent_;
  std::uint64_t before_;
  Clock::time_point begun_ = Clock::now();
  Clock::time_point next_{};
};

class Run {
 public:
  Run(Database& database, const MigrationStep& step, const MigrationWatch& watch)
      : database_(database), step_(step), watch_(watch) {}

  base::Result<void> operator()(std::size_t units) {
    SPIDER_TRY_LET(text, text_of(database_, mark_key(step_)));
    const auto known = text ? parse_mark(*text) : std::nullopt;
    if (known) mark_ = *known;
    if (!known) SPIDER_TRY(count());
    counted_ = true;
    // Of a store that is being made there is nothing to tell.
    Teller teller(step_, database_.format_found() == 0, mark_);
    teller.begin(mark_);
    SPIDER_TRY(look());
    for (bool ended = false; !ended;) {
      rocksdb::WriteBatch batch;
      if (mark_.last.empty()) step_.clear(database_, batch);
      SPIDER_TRY_LET(part, step_.make(database_, mark_.last, units, batch));
      mark_.done += part.units;
      mark_.last = std::move(part.last);
      ended = part.ended;
      SPIDER_TRY(write(batch, ended));
      if (ended) break;
      teller.moved(mark_);
      SPIDER_TRY(look());
    }
    teller.end(mark_);
    return look();  // a stop that came meanwhile is one: the next opening finds nothing to do
  }

 private:
  [[nodiscard]] MigrationProgress progress() const {
    return {step_.what, step_.unit, mark_.done, mark_.total};
  }
  // Calls the watch, where there is something to be done. It may take a signal from its caller:
  // what it says is heeded always.
  [[nodiscard]] base::Result<void> look() const {
    if (!watch_ || (counted_ && mark_.total == 0) || watch_(progress())) return {};
    if (!counted_)
      return base::fail(codes::migration_stopped,
                        fmt::format("Stopped before {} were made: {} were being counted.",
                                    step_.what, step_.unit));
    return base::fail(codes::migration_stopped,
                      fmt::format("Stopped while {} were made: {} of {} {} are done.", step_.what,
                                  mark_.done, mark_.total, step_.unit));
  }
  [[nodiscard]] base::Result<void> count() {
    std::uint64_t counted = 0;
    const auto it = database_.iterate(step_.units, nullptr);
    for (it->SeekToFirst(); it->Valid(); it->Next())
      if (++counted % kCountedBetweenLooks == 0) SPIDER_TRY(look());
    if (!it->status().ok()) return read_error(it->status());
    mark_.total = counted;
    return {};
  }
  [[nodiscard]] base::Result<void> write(rocksdb::WriteBatch& batch, bool ended) {
    if (ended) {
      batch.Delete(database_.handle(Family::meta), mark_key(step_));
      database_.put(batch, Family::meta, step_.key, format::encode_setting(step_.value));
    } else {
      database_.put(batch, Family::meta, mark_key(step_), encode(mark_));
    }
    auto written = database_.write(batch);
    if (!written && written.error().code == codes::disk_full)
      return tl::unexpected(database_.full_at_open(written.error().detail));
    return written;
  }

  Database& database_;
  const MigrationStep& step_;
  const MigrationWatch& watch_;
  Mark mark_;
  bool counted_ = false;
};

}  // namespace

base::Result<void> migrate(Database& database, const MigrationWatch& watch, std::size_t units) {
  for (const MigrationStep& step : kSteps) {
    SPIDER_TRY_LET(done, text_of(database, step.key));
    if (!done) SPIDER_TRY(Run(database, step, watch)(units));
  }
  return {};
}

}  // namespace spider::store
