// Reads a file of packets into a run, and says what came of it.

#include <fmt/format.h>

#include "spider/pipeline/codes.h"

#include "pipeline/distributor.h"
#include "pipeline/whisperer_thread.h"

namespace spider::pipeline {

base::Result<ImportResult> read_to_end(capture::PacketSource& source, Run& run,
                                       const Standing& standing, const Pipeline::Progress& progress,
                                       const WasCut& was_cut) {
  Distributor distributor(run);
  model::QualityLog quality;
  ImportResult result;
  for (;;) {
    standing.make_way();
    const auto outcome = source.poll(distributor, quality);
    if (!outcome) {
      result.trouble = outcome.error();
      break;
    }
    if (*outcome == capture::PollOutcome::end) break;
    if (*outcome == capture::PollOutcome::idle) distributor.flush(source.clock(), quality);
    if (progress && !progress(source.bytes_read(), source.bytes_total())) {
      result.trouble = base::Error{codes::import_stopped,
                                   "The import was stopped; what was read before is stored."};
      break;
    }
  }
  source.finish(quality);
  if (!result.trouble && was_cut && was_cut()) {
    result.trouble = base::Error{codes::import_interrupted, "The file did not come to its end."};
    // As in a file that ends inside a record: no minute is known before the first packet.
    if (source.clock() > base::Time::min())
      quality.add(source.clock(), model::Quality::import_truncated);
  }
  distributor.end(source.clock(), quality);
  run.wait_done();
  result.books = run.books();
  result.bytes = source.bytes_read();
  result.first = distributor.first();
  result.last = distributor.last();
  if (const auto failure = run.failure())
    result.trouble =
        base::Error{codes::import_lossy,
                    fmt::format("{} communications and {} sessions could not be stored: {} {}",
                                result.books[model::Quality::communications_unstored],
                                result.books[model::Quality::sessions_unstored], failure->detail,
                                failure->code.help())};
  return result;
}

}  // namespace spider::pipeline
