#include "store/reclaim.h"

#include <charconv>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "store/format/keys.h"

namespace spider::store {

namespace {

constexpr int kLooks = 100;
constexpr auto kBetweenLooks = std::chrono::milliseconds(20);

}  // namespace

// Of fixed length, so that the order of the names is that of the numbers.
std::string reclaim_name(model::SourceId source) {
  return fmt::format("{}{:010}", kReclaim, static_cast<std::uint32_t>(source));
}

namespace {

// Notes that wait, in the order of their sources.
[[nodiscard]] base::Result<std::vector<std::pair<std::string, model::SourceId>>> notes(
    const Database& database) {
  std::vector<std::pair<std::string, model::SourceId>> out;
  const auto it = database.iterate(Family::setting, nullptr);
  for (it->Seek(rocksdb::Slice(kReclaim.data(), kReclaim.size())); it->Valid(); it->Next()) {
    const std::string_view name = it->key().ToStringView();
    if (!name.starts_with(kReclaim)) break;
    std::uint32_t source = 0;
    const std::string_view digits = name.substr(kReclaim.size());
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), source);
    if (error != std::errc() || end != digits.data() + digits.size()) continue;
    out.emplace_back(name, model::SourceId{source});
  }
  if (!it->status().ok()) return read_error(it->status());
  return out;
}

// Keys of neighbouring sources, as one range.
using Range = std::pair<std::string, std::string>;
[[nodiscard]] std::vector<Range> ranges_of(
    const std::vector<std::pair<std::string, model::SourceId>>& waiting) {
  std::vector<Range> out;
  for (const auto& [name, source] : waiting) {
    std::string begin = format::source_begin(source);
    if (!out.empty() && out.back().second == begin)
      out.back().second = format::source_end(source);
    else
      out.emplace_back(std::move(begin), format::source_end(source));
  }
  return out;
}

// Whole files go without being read, and with them may go the mark that hides what files below
// still hold of the range. So it is marked anew before the rest is rewritten.
[[nodiscard]] base::Result<void> give_back(Database& database, const std::vector<Range>& ranges,
                                           std::atomic<bool>* stop) {
  SPIDER_TRY(database.flush_and_wait());
  rocksdb::WriteBatch again;
  for (const auto& [begin, end] : ranges) {
    for (const Family f : kAllOfSource) {
      SPIDER_TRY(database.drop_files(f, begin, end));
      again.DeleteRange(database.handle(f), begin, end);
    }
  }
  SPIDER_TRY(database.write(again));
  SPIDER_TRY(database.flush_and_wait());
  for (const auto& [begin, end] : ranges)
    for (const Family f : kAllOfSource) SPIDER_TRY(database.compact(f, begin, end, stop));
  return {};
}

}  // namespace

base::Result<std::uint32_t> highest_to_reclaim(const Database& database) {
  SPIDER_TRY_LET(waiting, notes(database));
  return waiting.empty() ? 0U : static_cast<std::uint32_t>(waiting.back().second);
}

base::Result<bool> reclaim_all(Database& database, std::atomic<bool>* stop) {
  const auto stopped = [&] { return stop != nullptr && *stop; };
  SPIDER_TRY_LET(waiting, notes(database));
  if (waiting.empty()) return true;
  // Whole files go without being read, so nobody may look at an older state in which their keys are
  // there. A request's snapshot is short; an export's may last.
  bool read = database.snapshots_held();
  for (int i = 0; read && i < kLooks && !stopped(); ++i) {
    std::this_thread::sleep_for(kBetweenLooks);
    read = database.snapshots_held();
  }
  if (read || stopped()) return false;
  rocksdb::WriteBatch done;
  for (const auto& [name, source] : waiting) done.Delete(database.handle(Family::setting), name);
  // A source that is there is none that was removed, whatever a note says.
  std::vector<std::pair<std::string, model::SourceId>> gone;
  for (auto& [name, source] : waiting) {
    rocksdb::PinnableSlice row;
    SPIDER_TRY_LET(there,
                   database.get(Family::meta, format::source_meta_key(source), nullptr, row));
    if (!there) gone.emplace_back(std::move(name), source);
  }
  const auto given = give_back(database, ranges_of(gone), stop);
  // What was begun is begun anew: the notes stay.
  if (stopped()) return false;
  if (!given) return tl::unexpected(given.error());
  SPIDER_TRY(database.write(done));
  return true;
}

}  // namespace spider::store
