#include "query/group_runs.h"

#include <algorithm>
#include <utility>

#include "spider/query/codes.h"

#include "query/varint.h"

namespace spider::query {
namespace {

using store::BlockInfo;

// What is counted apart to be kept is held beside all that is counted.
constexpr std::uint64_t kRunGroupsMax = 2'048;
constexpr std::uint64_t kRowsOfGroup = 32;    // of fewer, sums would be as long as the columns
constexpr std::uint64_t kBytesOfRow = 2;      // at most: the columns take about ten
constexpr std::uint64_t kBytesOfRowTiny = 6;  // most durations as they are, and soon gone

[[nodiscard]] std::string name_of(std::string_view filter, std::span<const GroupField> fields) {
  if (filter.empty()) return {};
  std::string out = "groups by";
  for (const GroupField field : fields) {
    out += ' ';
    out += name(field);
  }
  out += ", ";
  out += filter;
  return std::to_string(out.size()) + ' ' + out;  // whatever follows it is no part of it
}

}  // namespace

base::Result<void> TableSink::add(GroupScan& scan, const BlockInfo& block) {
  return scan.add_to(
      block, [&](const GroupKey& key) { return table_.find(key); },
      [&](std::uint32_t group) -> Tally& { return table_.at(group).tally; });
}

GroupRuns::GroupRuns(const store::StoreSnapshot& snapshot, const Executor& executor,
                     std::string_view name, std::span<const GroupField> fields)
    : snapshot_(snapshot),
      executor_(executor),
      fields_(fields.size()),
      name_(name_of(name, fields)),
      runs_(snapshot, name_,
            std::find(fields.begin(), fields.end(), GroupField::whisperer) != fields.end()) {}

bool GroupRuns::plan(std::span<const store::BlockPtr> blocks, const Filter& filter,
                     const BlockRuns::Fits& fits) {
  constexpr std::size_t kNameMax = 1'024;  // before what tells the blocks
  if (name_.empty() || name_.size() > kNameMax || snapshot_.kept_answer(name_)) return false;
  failed_ = false;
  next_ = 0;
  runs_.cut(blocks, filter);
  units_ = &runs_.units(fits);
  return runs_.any();
}

void GroupRuns::give_up() {
  if (!name_.empty()) snapshot_.keep_answer(name_, {});
  name_.clear();
}

base::Result<void> GroupRuns::add(GroupScan& scan, GroupSink& to) {
  bool good = true;
  for (std::size_t at = next_++; at < units_->size() && !failed(); at = next_++) {
    const BlockRuns::Unit& unit = (*units_)[at];
    if (unit.run == nullptr) {
      SPIDER_TRY(add_blocks({&unit.block, 1}, scan, to, good));
    } else if (unit.run->known()) {
      merge(*unit.run->kept, *unit.run, to);
    } else {
      SPIDER_TRY(make(*unit.run, scan, to));
    }
    if (to.full()) fail();
  }
  return {};
}

base::Result<void> GroupRuns::add_blocks(std::span<const BlockInfo* const> blocks, GroupScan& scan,
                                         GroupSink& to, bool& good) {
  for (const BlockInfo* block : blocks) {
    if (executor_.cancelled())
      return base::fail(codes::cancelled, "The server stops, or whoever asked is gone.");
    if (failed() || to.full()) return {};
    if (!scan.may_match(*block)) continue;
    auto done = to.add(scan, *block);
    if (done) continue;
    if (!snapshot_.pass_over(done.error())) return done;
    good = false;
  }
  return {};
}

// Counts apart what is to be kept. When there are too many groups the rest goes straight on.
base::Result<void> GroupRuns::make(const BlockRun& run, GroupScan& scan, GroupSink& to) {
  GroupTable own;
  const std::size_t most = std::min(kRunGroupsMax, run.rows / kRowsOfGroup);
  TableSink apart(own, most);
  bool good = true;
  bool fits = true;
  const auto blocks = [&](std::span<const BlockInfo* const> some) -> base::Result<void> {
    for (; !some.empty() && fits; fits = !apart.full()) {
      SPIDER_TRY(add_blocks(some.first(1), scan, apart, good));
      some = some.subspan(1);
    }
    SPIDER_TRY(add_blocks(some, scan, to, good));
    if (to.full()) fail();
    return {};
  };
  const auto known = [&](const BlockRun& part) -> base::Result<void> {
    merge(*part.kept, part, fits ? static_cast<GroupSink&>(apart) : to);
    fits = fits && !apart.full();
    return {};
  };
  SPIDER_TRY(BlockRuns::each_part(run, known, blocks));
  if (failed()) return {};  // not all was looked at
  std::string saved = good && fits ? save(own) : std::string();
  if (saved.size() > (run.tiny ? kBytesOfRowTiny : kBytesOfRow) * run.rows) saved.clear();
  runs_.keep(run, std::move(saved));
  for (GroupTable::Group& group : own.groups()) to.of(group.key, run).merge(group.tally);
  return {};
}

std::string GroupRuns::save(GroupTable& table) const {
  std::string out;
  append_varint(out, table.groups().size());
  for (const GroupTable::Group& group : table.groups()) {
    for (std::size_t i = 0; i < fields_; ++i) {
      append_varint(out, group.key.parts[i].size());
      out += group.key.parts[i];
    }
    group.tally.save(out);
  }
  return out;
}

void GroupRuns::merge(const std::string& saved, const BlockRun& run, GroupSink& to) {
  base::ByteReader in(base::as_bytes(saved));
  GroupKey key;
  for (std::uint64_t count = in.varint(); count > 0; --count) {
    for (std::size_t i = 0; i < fields_; ++i) {
      const base::Bytes part = in.bytes(static_cast<std::size_t>(in.varint()));
      key.parts[i].assign(base::as_text(part));
    }
    if (in.failed() || !to.of(key, run).merge_saved(in))
      return fail();  // of which no case is known
  }
}

}  // namespace spider::query
