#pragma once
// BlockRuns: blocks of a question cut into runs that are the same ones the next time, whatever the
// range then is, so that what the question comes to in a run may be kept: blocks never change. A
// run ends where the id of a block says so, one in so many, not by counting from the first: blocks
// that come in or fall out change the run that they are in and no other (as rsync-like tools cut
// files: Muthitacharoen, Chen and Mazieres, "A Low-bandwidth Network File System", 2001). Runs come
// in two lengths, the longer ones made of the shorter, for a range that cuts a long one. Those of
// which nothing is kept where others are, as new blocks came or the range moved, are made of tiny
// ones.
//
// A name tells the question and the blocks of a run by their ids. Owned by one query.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "spider/query/filter.h"
#include "spider/store/store_reader.h"

namespace spider::query {

struct BlockRun {
  std::span<const store::BlockInfo* const> blocks;
  std::uint64_t rows = 0;  // of them all
  base::Time start_min;    // of them all
  base::Time start_max;
  store::StoreSnapshot::KeptAnswer kept;  // after look_up()
  bool keep = false;                      // the answer is to be made and kept
  bool inner = false;                     // both ends are where ids say so, not the range
  bool tiny = false;
  std::vector<BlockRun> shorter;  // all of it, when it is made of such

  [[nodiscard]] bool known() const noexcept { return kept != nullptr && !kept->empty(); }
};

class BlockRuns {
 public:
  static constexpr std::size_t kShort = 64;  // blocks of a run, on average
  static constexpr std::size_t kLong = 512;
  static constexpr std::size_t kTiny = 8;

  // Of a question that depends on nothing but the name and the rows: `name`, which is followed by
  // the whisperers of the blocks when it asks for them. `blocks` outlive this. `at_once`: runs
  // whose ends the range does not choose are kept the first time that they are asked for, not the
  // second.
  BlockRuns(const store::StoreSnapshot& snapshot, std::string name, bool by_whisperer,
            bool at_once = false)
      : snapshot_(snapshot),
        name_(std::move(name)),
        by_whisperer_(by_whisperer),
        at_once_(at_once) {}

  // What a question is made of: a run, or a block alone.
  struct Unit {
    const BlockRun* run = nullptr;
    const store::BlockInfo* block = nullptr;
  };
  // Cuts those of the blocks that lie in the filter's window as a whole; the others stay alone.
  void cut(std::span<const store::BlockPtr> blocks, const Filter& filter);
  // The runs whose answer is kept or to be kept, of those that `fits` allows, and all other blocks
  // alone; what takes longest first. Good until cut() or units() is called again.
  using Fits = std::function<bool(const BlockRun& run)>;
  [[nodiscard]] const std::vector<Unit>& units(const Fits& fits);
  // Whether units() gave any run.
  [[nodiscard]] bool any() const noexcept { return any_; }

  // Keeps the answer of a run; an empty one: it is not worth it, do not ask again. Any thread.
  void keep(const BlockRun& run, std::string answer) const {
    snapshot_.keep_answer(name_of(run), std::move(answer));
  }
  // Of a run to be made, all of it: known(run) for what is kept of it, blocks(span) for the rest.
  // Either may end it by an error.
  template <class Known, class Blocks>
  [[nodiscard]] static base::Result<void> each_part(const BlockRun& run, Known&& known,
                                                    Blocks&& blocks) {
    if (run.shorter.empty()) return blocks(run.blocks);
    for (const BlockRun& part : run.shorter)
      SPIDER_TRY(part.known() ? known(part) : each_part(part, known, blocks));
    return {};
  }

 private:
  using Blocks = std::span<const store::BlockInfo* const>;
  [[nodiscard]] static BlockRun run_of(Blocks blocks);
  // Into tiny ones.
  static void split(BlockRun& run);
  // Looks for what is kept of the parts of a run.
  void look_into(BlockRun& run) const;
  [[nodiscard]] std::string name_of(const BlockRun& run) const;
  // False: its answer is not kept, and not to be kept.
  [[nodiscard]] bool look_up(BlockRun& run) const;

  const store::StoreSnapshot& snapshot_;
  const std::string name_;
  const bool by_whisperer_;
  const bool at_once_;
  std::vector<const store::BlockInfo*> whole_;   // in the window
  std::vector<const store::BlockInfo*> others_;  // partly
  std::vector<BlockRun> runs_;                   // long ones, of whole_
  std::vector<Unit> units_;
  bool any_ = false;
  bool splits_ = false;  // runs of which nothing is kept, into tiny ones
};

}  // namespace spider::query
