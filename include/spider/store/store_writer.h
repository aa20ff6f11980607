#pragma once
// StoreWriter: takes batches in, writes blocks out. Owned by the one writer thread.
//
// add() packs communications and sessions into open blocks and writes full ones; commit() makes
// everything added so far durable against a crash of the process and visible to readers, in one
// atomic step (rows of blocks that are not full go into small blocks, which a full one replaces
// later). A failed commit (disk full) keeps what was added and may be called again; when
// `pending()` passes its bound, add() refuses and says so.

#include <cstddef>
#include <functional>
#include <memory>

#include "spider/base/result.h"
#include "spider/model/record_batch.h"
#include "spider/store/survey.h"

namespace spider::store {

class StoreWriter {
 public:
  virtual ~StoreWriter() = default;
  // Encodes the batch's packs unless a PackEncoder has. The batch may be reused when the call
  // returns. Writes to the database when enough has gathered.
  [[nodiscard]] virtual base::Result<void> add(model::RecordBatch& batch) = 0;
  [[nodiscard]] virtual base::Result<void> commit() = 0;
  // The same without waiting for the disk when much was added: true when it is done, else
  // end_commit() is to be asked until it is. What is added meanwhile belongs to the next commit.
  [[nodiscard]] virtual base::Result<bool> begin_commit() = 0;
  [[nodiscard]] virtual base::Result<bool> end_commit() = 0;
  // Makes full blocks of what is open, commits, and begins to write memtables to files (without
  // waiting: a commit is as safe): what an import calls at its end.
  [[nodiscard]] virtual base::Result<void> flush() = 0;
  [[nodiscard]] virtual std::size_t bytes_pending() const noexcept = 0;
  // `pause` is called by the thread that calls the others, between two steps of long work (some ten
  // microseconds each), where it holds no lock. Before anything else; empty: nothing is called.
  virtual void pause_with(std::function<void()> pause) = 0;
  // To be called now and then: memory that was not needed since the last call is given back.
  virtual void rest() = 0;

  // Removes everything of the source in one atomic step: after a crash it is there or gone. An
  // upload is forgotten as well, and nothing of it may be on its way to the writer;
  // Store::reclaim() gives its space back. Any other source stays known, says what was there, and
  // keeps what is added later; its space comes back in the background. Commits first.
  [[nodiscard]] virtual base::Result<void> purge(model::SourceId source) = 0;
  // One bounded step of a removal, atomic; true when it is done. A record goes only when all that
  // lies in its block ended before its time. What came since the survey is judged as well, and
  // blocks that are still being filled stay (SourceInfo tells readers what went).
  [[nodiscard]] virtual base::Result<bool> remove(const Survey& survey, const Removal& removal) = 0;
  // Removes what ended before `time`, block by block: a block with one younger record stays whole.
  // Counts of [time, ...) stay exact. Commits first. SourceInfo::purged_before tells queries.
  [[nodiscard]] virtual base::Result<void> purge_before(model::SourceId source,
                                                        base::Time time) = 0;
};

}  // namespace spider::store
