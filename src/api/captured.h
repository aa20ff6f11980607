#pragma once
// Captured: when something was captured, as far as it is known, so that books, which are kept by
// whole minutes, claim nothing for the rest of a minute.
//
// Of an INTERFACE it is known from its states (store/status_book.h): while it was `capturing`. A
// kill leaves the last sign of life; what was stored after that proves more. Of an upload it is the
// time from its first packet to its last. Where nothing of the kind is known, as of books that are
// older than the states, the minutes that have books stand for themselves.
//
// Owned by one request; reads the states of a whisperer once.

#include <map>
#include <string>
#include <vector>

#include "spider/base/result.h"
#include "spider/base/time.h"
#include "spider/query/explain.h"
#include "spider/query/filter.h"
#include "spider/query/json_writer.h"
#include "spider/store/store_reader.h"

#include "api/context.h"

namespace spider::api {

struct TimePart {
  base::Time from;
  base::Time to;  // not included
};

// An INTERFACE whisperer captured before it and after it, and did not meanwhile.
struct CaptureHole {
  std::string whisperer;
  TimePart part;
};

class Captured {
 public:
  static constexpr std::size_t kPartsMax = 100;

  // `range`: what is asked of. What ended outside of it is told to the last sign of life only.
  Captured(const Context& context, const store::StoreSnapshot& snapshot, const TimePart& range)
      : context_(context), snapshot_(snapshot), range_(range), now_(base::Time::now()) {}

  // The parts of a stretch in which this source has books: all of it when nothing else is known.
  [[nodiscard]] base::Result<std::vector<TimePart>> within(model::SourceId source,
                                                           const TimePart& stretch);
  // Of the live whisperers among these (none: of all), those that touch the range; by their
  // beginning, at most kPartsMax.
  [[nodiscard]] base::Result<std::vector<CaptureHole>> holes(store::Sources sources,
                                                             const TimePart& range);
  // When the whisperer of these did not capture, between its first capture and now: what touches
  // the range, whole; by time, at most kPartsMax.
  [[nodiscard]] base::Result<std::vector<query::CaptureGap>> gaps(store::Sources sources,
                                                                  const TimePart& range);
  // The parts of the range, up to now, in which nothing was captured: neither by the states of the
  // live whisperers among these nor in `parts`, which within() told of it. None when no live one
  // captured in it: files claim no time but that of their packets. At most kPartsMax + 1.
  [[nodiscard]] base::Result<std::vector<TimePart>> uncaptured(store::Sources sources,
                                                               const TimePart& range,
                                                               std::vector<TimePart> parts);

 private:
  struct Known {
    std::string name;
    bool live = false;
    bool books = false;             // of what is asked: within() was
    std::vector<TimePart> parts;    // in order, each apart from the next
    std::vector<TimePart> perhaps;  // between a last sign of life and the latest possible kill
  };
  [[nodiscard]] base::Result<Known*> known(model::SourceId source);
  [[nodiscard]] base::Result<std::vector<const Known*>> live_ones(store::Sources sources);
  [[nodiscard]] base::Result<base::Time> last_proof(model::SourceId source, base::Time after,
                                                    base::Time before) const;

  const Context& context_;
  const store::StoreSnapshot& snapshot_;
  const TimePart range_;
  const base::Time now_;  // of the request: what lasts ends here, whenever it is looked at
  std::map<model::SourceId, Known> known_;
};

// In order, each apart from the next, at most Captured::kPartsMax: of more, the shortest times
// between two are taken in.
[[nodiscard]] std::vector<TimePart> put_together(std::vector<TimePart> parts);

// An array of {from, to}.
void write_parts(query::JsonWriter& json, const std::vector<TimePart>& parts, query::TimeForm form);

}  // namespace spider::api
