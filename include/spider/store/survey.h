#pragma once
// Survey: what is kept of a source, block by block, and what may go by which instant. Plain data
// and plain functions of it; any thread. Taken by Store::survey(), used by StoreWriter::remove().
//
// The writer goes on while a survey is looked at: remove() judges blocks and packets again, and
// holds what came since the survey against what is to go.

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "spider/base/time.h"
#include "spider/model/ids.h"
#include "spider/model/retention.h"
#include "spider/store/schema.h"

namespace spider::store {

struct SurveyedBlock {
  RecordKind kind{};
  base::Time start;  // earliest of its records
  base::Time end;    // latest
  std::uint64_t bytes = 0;
  std::uint64_t pack_min = 0;  // body packs that its rows refer to; 0 for none
  std::uint64_t pack_max = 0;
  std::uint64_t id = 0;
};

struct KeptOfKind {
  base::Time oldest = base::Time::max();  // oldest > newest: there is nothing
  base::Time newest = base::Time::min();
  std::uint64_t bytes = 0;  // about: as RocksDB says of its files and memtables

  [[nodiscard]] bool empty() const noexcept { return oldest > newest; }
};

struct Survey {
  model::SourceId source{};
  std::vector<SurveyedBlock> blocks;      // by id
  std::vector<std::uint64_t> unreadable;  // ids of blocks whose summary is damaged, ascending
  bool damaged = false;                   // some block's age or packs are not known
  std::uint64_t blocks_end = 0;           // above every block that it looked at
  std::uint64_t pack_bound = 0;           // above every pack id that was given out
  std::uint64_t bodies_below = 0;         // packs below were removed before
  std::array<KeptOfKind, model::kKeptKinds> kept;

  [[nodiscard]] const KeptOfKind& of(model::KeptKind kind) const noexcept {
    return kept[static_cast<std::size_t>(kind)];
  }
  [[nodiscard]] KeptOfKind& of(model::KeptKind kind) noexcept {
    return kept[static_cast<std::size_t>(kind)];
  }
  [[nodiscard]] std::uint64_t bytes() const noexcept;
  // What another source of the same whisperer keeps comes to `kept`, and to nothing else.
  void add(const Survey& other) noexcept;
  // Latest instant of anything in it, books included.
  [[nodiscard]] base::Time newest() const noexcept;
  // The instant before which nine tenths of the records' bytes ended, without those at the end that
  // lie more than `gap` behind the others and are the smaller half: what a few odd time stamps
  // cannot move far.
  [[nodiscard]] base::Time mostly_before(base::Duration gap) const;
  // Bytes per second of packet time that came lately, of all kinds together; 0 when it is not
  // known.
  [[nodiscard]] double bytes_per_second() const noexcept;
};

// What is to go: of each kind what ended before an instant (min(): nothing).
struct Removal {
  std::array<base::Time, model::kKeptKinds> before;
  // Body packs below this id may go, unless something that came since refers to them.
  std::uint64_t bodies_below = 0;
  // Blocks that are still being filled and span more than this are closed, so that they can go.
  std::optional<base::Duration> open_span;

  Removal() {
    for (base::Time& t : before) t = base::Time::min();
  }
  [[nodiscard]] base::Time& of(model::KeptKind kind) noexcept {
    return before[static_cast<std::size_t>(kind)];
  }
  [[nodiscard]] base::Time of(model::KeptKind kind) const noexcept {
    return before[static_cast<std::size_t>(kind)];
  }
};

// Whether anything of the kind ended before `time`, as far as the survey can tell.
[[nodiscard]] bool anything_before(const Survey& survey, model::KeptKind kind, base::Time time);

// The lowest pack id that has to stay when the bodies of what ended before `time` are to go: no
// record that ended later refers to one below, and all below are older than a body of what ended
// before. With `span_max`, records that began before `time` and whose block spans more lose the
// older part of their bodies: one endless download must not hold all that came meanwhile. 0 when
// nothing can go, or when some block cannot be read: it may refer to anything.
[[nodiscard]] std::uint64_t bodies_cut(const Survey& survey, base::Time time,
                                       std::optional<base::Duration> span_max = std::nullopt);

// One step towards a limit of size: an instant before which about half of what is too much ended,
// one block at least. None when nothing is too much or no block is there.
[[nodiscard]] std::optional<base::Time> size_step(const Survey& survey, std::uint64_t bytes_max);

}  // namespace spider::store
