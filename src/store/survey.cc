#include "store/survey.h"

#include <algorithm>

#include "store/format/keys.h"
#include "store/format/packs.h"
#include "store/format/summary.h"
#include "store/options.h"

namespace spider::store {
namespace {

using model::KeptKind;

// Long values that are looked at to tell how long the others are.
constexpr std::uint64_t kSamples = 16;
// What a table keeps of a value that lies in a blob file, and of a key, beside the key itself.
constexpr std::uint64_t kBlobPlace = 16;
constexpr std::uint64_t kKeyCost = 8;

constexpr base::Duration kLately = base::Duration::from_s(3'600);

void widen(KeptOfKind& kind, base::Time first, base::Time last) {
  kind.oldest = std::min(kind.oldest, first);
  kind.newest = std::max(kind.newest, last);
}

// About how many bytes the packs [from, end) of a source take. Files tell the size of what lies in
// them; of long values, which lie elsewhere, some are looked at, spread over the range. (What blob
// files take in all would be another source's as well.)
std::uint64_t pack_bytes(const Database& database, Family f, model::SourceId source,
                         std::uint64_t from) {
  const std::string begin = format::pack_key(source, from);
  const std::string end = format::source_end(source);
  const std::uint64_t in_files = database.bytes_in_files(f, begin, end);
  const std::uint64_t out = database.bytes_in_files(f, begin, end, true);
  if (in_files == 0 || (f != Family::body && f != Family::packet)) return out;
  const auto it = database.iterate(f, nullptr);
  it->SeekForPrev(end);
  if (!it->Valid() || it->key().ToStringView() < begin) return out;
  const auto last = format::parse_pack_key(it->key().ToStringView());
  const std::uint64_t last_pack = last ? last->pack : from;
  std::uint64_t stored = 0;  // of the samples, in tables
  std::uint64_t blobs = 0;
  const std::uint64_t step =
      std::max<std::uint64_t>(1, (last_pack - std::min(from, last_pack)) / kSamples);
  std::string next = begin;
  for (std::uint64_t i = 0; i < kSamples; ++i) {
    it->Seek(next);
    if (!it->Valid() || it->key().ToStringView() >= end) break;
    const std::uint64_t bytes = it->value().size();
    const bool blob = bytes >= kBlobMin;
    stored += it->key().size() + kKeyCost + (blob ? kBlobPlace : bytes);
    if (blob) blobs += bytes;
    const auto at = format::parse_pack_key(it->key().ToStringView());
    next = format::pack_key(source, (at ? at->pack : last_pack) + step);
  }
  if (stored == 0) return out;
  return out + static_cast<std::uint64_t>(static_cast<double>(in_files) *
                                          database.data_share(f, begin, end) *
                                          static_cast<double>(blobs) / static_cast<double>(stored));
}

base::Result<void> read_blocks(const Database& database, Survey& out) {
  const auto it = database.iterate(Family::block, nullptr);
  const std::string end = format::source_end(out.source);
  BlockInfo block;
  for (it->Seek(format::source_begin(out.source)); it->Valid(); it->Next()) {
    const std::string_view key = it->key().ToStringView();
    if (key >= end) break;
    const auto parsed = format::parse_block_key(key);
    const auto value = Database::value(Family::block, *it);
    if (parsed) out.blocks_end = std::max(out.blocks_end, parsed->id + 1);
    if (!parsed || !value ||
        format::decode_summary(*parsed, *value, block) != format::ValueState::ok) {
      out.damaged = true;
      if (parsed) out.unreadable.push_back(parsed->id);
      continue;
    }
    SurveyedBlock& b = out.blocks.emplace_back();
    b.kind = block.kind;
    b.start = block.start_min;
    b.end = block.end_max;
    b.bytes = std::uint64_t{block.bytes} + key.size() + value->size();
    b.pack_min = block.body_pack_min;
    b.pack_max = block.body_pack_max;
    b.id = block.id;
    KeptOfKind& kind =
        out.of(b.kind == RecordKind::http ? KeptKind::communications : KeptKind::sessions);
    widen(kind, b.start, b.end);
    kind.bytes += b.bytes;
    if (b.kind == RecordKind::http && b.pack_max >= std::max<std::uint64_t>(1, out.bodies_below))
      widen(out.of(KeptKind::bodies), b.start, b.end);
  }
  if (!it->status().ok()) return read_error(it->status());
  std::sort(out.blocks.begin(), out.blocks.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  std::sort(out.unreadable.begin(), out.unreadable.end());
  return {};
}

// First and last pack of frames; they come nearly in the order of their times.
base::Result<void> read_packets(const Database& database, Survey& out) {
  const auto it = database.iterate(Family::packet_index, nullptr);
  const std::string begin = format::source_begin(out.source);
  const std::string end = format::source_end(out.source);
  KeptOfKind& kind = out.of(KeptKind::packets);
  std::string first;
  format::PacketIndexHead head;
  const auto look = [&] {
    const auto value = Database::value(Family::packet_index, *it);
    if (value && format::decode_packet_index_head(*value, head) == format::ValueState::ok)
      widen(kind, head.first, head.last);
  };
  it->Seek(begin);
  if (it->Valid() && it->key().ToStringView() < end) {
    first = it->key().ToString();
    look();
    it->SeekForPrev(end);
    if (it->Valid() && it->key().ToStringView() >= begin) look();
  }
  if (!it->status().ok()) return read_error(it->status());
  if (first.empty()) return {};
  const auto key = format::parse_pack_key(first);
  for (const Family f : {Family::packet_index, Family::packet, Family::packet_file})
    kind.bytes += pack_bytes(database, f, out.source, key ? key->pack : 0);
  return {};
}

base::Result<void> read_quality(const Database& database, Survey& out) {
  const auto it = database.iterate(Family::quality, nullptr);
  const std::string begin = format::source_begin(out.source);
  const std::string end = format::source_end(out.source);
  KeptOfKind& kind = out.of(KeptKind::quality);
  const auto look = [&] {
    const auto minute = format::parse_quality_key(it->key().ToStringView());
    base::Time t;
    if (minute && !__builtin_mul_overflow(*minute, std::int64_t{60'000'000'000}, &t.ns))
      widen(kind, t, t);
  };
  it->Seek(begin);
  if (it->Valid() && it->key().ToStringView() < end) {
    look();
    it->SeekForPrev(end);
    if (it->Valid() && it->key().ToStringView() >= begin) look();
  }
  if (!it->status().ok()) return read_error(it->status());
  for (const Family f : {Family::quality, Family::quality_sum})
    kind.bytes += database.bytes_in_files(f, begin, end, true);
  return {};
}

}  // namespace

base::Result<Survey> make_survey(const Database& database, const SourceTable& sources,
                                 std::uint64_t pack_bound, model::SourceId source) {
  Survey out;
  out.source = source;
  out.pack_bound = pack_bound;
  if (const auto known = sources.find(source)) out.bodies_below = known->bodies_below;
  SPIDER_TRY(read_blocks(database, out));
  SPIDER_TRY(read_packets(database, out));
  SPIDER_TRY(read_quality(database, out));
  const std::string begin = format::source_begin(source);
  const std::string end = format::source_end(source);
  for (const Family f : {Family::body, Family::body_file})
    out.of(KeptKind::bodies).bytes += pack_bytes(database, f, source, out.bodies_below);
  out.of(KeptKind::communications).bytes +=
      database.bytes_in_files(Family::rollup, begin, end, true);
  return out;
}

bool keeps_anything(const Database& database, model::SourceId source) {
  const std::string end = format::source_end(source);
  for (const Family f : {Family::block, Family::packet_index, Family::quality}) {
    const auto it = database.iterate(f, nullptr);
    it->Seek(format::source_begin(source));
    if (it->Valid() ? it->key().ToStringView() < end : !it->status().ok()) return true;
  }
  return false;
}

void Survey::add(const Survey& other) noexcept {
  for (std::size_t i = 0; i < kept.size(); ++i) {
    kept[i].oldest = std::min(kept[i].oldest, other.kept[i].oldest);
    kept[i].newest = std::max(kept[i].newest, other.kept[i].newest);
    kept[i].bytes += other.kept[i].bytes;
  }
}

std::uint64_t Survey::bytes() const noexcept {
  std::uint64_t sum = 0;
  for (const KeptOfKind& k : kept) sum += k.bytes;
  return sum;
}

base::Time Survey::newest() const noexcept {
  base::Time out = base::Time::min();
  for (const KeptOfKind& k : kept) out = std::max(out, k.newest);
  return out;
}

base::Time Survey::mostly_before(base::Duration gap) const {
  std::vector<std::pair<base::Time, std::uint64_t>> ends;
  std::uint64_t all = 0;
  for (const SurveyedBlock& b : blocks) {
    ends.emplace_back(b.end, b.bytes);
    all += b.bytes;
  }
  // Without records the saved packets tell; of those only the first and the last are known.
  if (ends.empty()) return newest();
  std::sort(ends.begin(), ends.end());
  std::size_t count = ends.size();
  std::uint64_t behind = 0;
  for (std::size_t i = ends.size() - 1; i > 0; --i) {
    behind += ends[i].second;
    if (behind > all / 2) break;
    if (ends[i].first - ends[i - 1].first > gap) count = i;
  }
  std::uint64_t left = 0;
  for (std::size_t i = 0; i < count; ++i) left += ends[i].second;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    sum += ends[i].second;
    if (sum >= left - left / 10) return ends[i].first;
  }
  return ends[count - 1].first;
}

double Survey::bytes_per_second() const noexcept {
  const base::Time last = newest();
  base::Time first = base::Time::max();
  std::uint64_t all = 0;
  std::uint64_t late = 0;
  for (const SurveyedBlock& b : blocks) {
    first = std::min(first, b.start);
    all += b.bytes;
    // A block counts as much as it lies within the last hour.
    const base::Time from = std::max(b.start, last - kLately);
    if (b.end < from) continue;
    const double share = b.end > b.start ? static_cast<double>((b.end - from).ns) /
                                               static_cast<double>((b.end - b.start).ns)
                                         : 1.0;
    late += static_cast<std::uint64_t>(share * static_cast<double>(b.bytes));
  }
  if (all == 0 || first >= last) return 0;
  const double seconds = static_cast<double>(std::min(last - first, kLately).ns) / 1e9;
  // What lies beside the blocks, bodies above all, comes in the same measure as they do.
  const double each = static_cast<double>(bytes()) / static_cast<double>(all);
  return each * static_cast<double>(late) / seconds;
}

bool anything_before(const Survey& survey, KeptKind kind, base::Time time) {
  if (time == base::Time::min()) return false;
  const auto block_before = [&](RecordKind of) {
    return std::any_of(survey.blocks.begin(), survey.blocks.end(),
                       [&](const auto& b) { return b.kind == of && b.end < time; });
  };
  switch (kind) {
    case KeptKind::communications:
      return block_before(RecordKind::http);
    case KeptKind::sessions:
      return block_before(RecordKind::session);
    case KeptKind::bodies:
      return bodies_cut(survey, time) > survey.bodies_below;
    case KeptKind::packets:
      return survey.of(kind).oldest < time;
    case KeptKind::quality:
      return model::minute_of(survey.of(kind).oldest) < model::minute_of(time);
  }
  return false;
}

std::uint64_t bodies_cut(const Survey& survey, base::Time time,
                         std::optional<base::Duration> span_max) {
  if (survey.damaged) return 0;
  std::uint64_t kept_min = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t gone_max = 0;
  for (const SurveyedBlock& b : survey.blocks) {
    if (b.kind != RecordKind::http || b.pack_min == 0) continue;
    if (b.end < time) {
      gone_max = std::max(gone_max, b.pack_max);
    } else if (!span_max || b.start >= time || b.end - b.start <= *span_max) {
      kept_min = std::min(kept_min, b.pack_min);
    }
  }
  return gone_max == 0 ? 0 : std::min(kept_min, gone_max + 1);
}

std::optional<base::Time> size_step(const Survey& survey, std::uint64_t bytes_max) {
  const std::uint64_t all = survey.bytes();
  if (all <= bytes_max) return std::nullopt;
  if (survey.blocks.empty()) {
    const KeptOfKind& packets = survey.of(KeptKind::packets);
    if (packets.empty()) return std::nullopt;
    return packets.oldest + base::Duration{(packets.newest - packets.oldest).ns / 16 + 1};
  }
  std::vector<std::pair<base::Time, std::uint64_t>> ends;
  std::uint64_t in_blocks = 0;
  for (const SurveyedBlock& b : survey.blocks) {
    ends.emplace_back(b.end, b.bytes);
    in_blocks += b.bytes;
  }
  std::sort(ends.begin(), ends.end());
  // A little below the limit, so that not every block that comes makes one go.
  const std::uint64_t wanted = all - bytes_max + bytes_max / 50;
  const double share = std::min(1.0, static_cast<double>(wanted) / static_cast<double>(all)) / 2;
  const auto enough = static_cast<std::uint64_t>(share * static_cast<double>(in_blocks));
  std::uint64_t sum = 0;
  for (const auto& [end, bytes] : ends) {
    sum += bytes;
    if (sum >= enough) return end + base::Duration{1};
  }
  return ends.back().first + base::Duration{1};
}

}  // namespace spider::store
