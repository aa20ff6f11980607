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

base::Result<bool> reclaim_all(Database& database) {
  std::vector<std::pair<std::string, model::SourceId>> waiting;
  const auto it = database.iterate(Family::setting, nullptr);
  for (it->Seek(rocksdb::Slice(kReclaim.data(), kReclaim.size())); it->Valid(); it->Next()) {
    const std::string_view name = it->key().ToStringView();
    if (!name.starts_with(kReclaim)) break;
    std::uint32_t source = 0;
    const std::string_view digits = name.substr(kReclaim.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), source);
    waiting.emplace_back(name, model::SourceId{source});
  }
  if (!it->status().ok()) return read_error(it->status());
  if (waiting.empty()) return true;
  // Whole files go without being read, so nobody may look at an older state in which their keys are
  // there. A request's snapshot is short; an export's may last.
  bool read = database.snapshots_held();
  for (int i = 0; read && i < kLooks; ++i) {
    std::this_thread::sleep_for(kBetweenLooks);
    read = database.snapshots_held();
  }
  if (read) return false;
  SPIDER_TRY(database.flush_and_wait());
  rocksdb::WriteBatch done;
  for (const auto& [name, source] : waiting) {
    const std::string begin = format::source_begin(source);
    const std::string end = format::source_end(source);
    for (const Family f : kAllOfSource) {
      SPIDER_TRY(database.drop_files(f, begin, end));
      SPIDER_TRY(database.compact(f, begin, end));
    }
    done.Delete(database.handle(Family::setting), name);
  }
  SPIDER_TRY(database.write(done));
  return true;
}

}  // namespace spider::store
