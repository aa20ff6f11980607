#pragma once
// QueryEngine: answers questions from one snapshot of the store. Lists come in order of start by
// merging blocks lazily: blocks whose summary cannot match are not read, of the others only the
// columns that the filter names, and all columns only of blocks that gave a row.
//
// Any thread; each call works on the snapshot it is given. Errors: those of the store, bad_query,
// bad_cursor, cancelled. Lists and sums go on after damaged values, which the snapshot notes
// (unreadable()).

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spider/base/result.h"
#include "spider/model/quality.h"
#include "spider/query/executor.h"
#include "spider/query/filter.h"
#include "spider/query/records.h"
#include "spider/store/store_reader.h"

namespace spider::query {

enum class GroupField : std::uint8_t;  // statistics.h

enum class Order : std::uint8_t { oldest_first, newest_first };

template <class Row>
struct Page {
  std::vector<Row> rows;
  std::string next;  // cursor of the next page; empty on the last
  // Cursor of the other order for what comes before the first row; empty when there is no row, or
  // the order has no other.
  std::string previous;
  // The executor was out of time: only what begins before this instant in the order of the list
  // was looked at. `next` goes on from there; it is empty when not even one block was looked
  // through.
  std::optional<base::Time> stopped_at;
};

// What a list is sorted by other than the start. A communication without the value (no response:
// its status) comes last in both directions; ties go by start, in the same direction.
enum class SortField : std::uint8_t { duration, status, request_bytes, response_bytes };
struct Sort {
  SortField field = SortField::duration;
  bool descending = true;
};

// By `values`: the communications of each value that the request names, those without one, and all
// others.
enum class Split : std::uint8_t { none, status_class, method, whisperer, values };

struct TimelineRequest {
  base::Time from;
  base::Time to;
  base::Duration bucket;
  Split split = Split::none;
  // Of Split::values: a field that is a text, and what is told by itself, as on the wire.
  GroupField field{};
  std::vector<std::string> values{};
};

enum class SeriesKind : std::uint8_t { value, none, others };

struct TimelineSeries {
  std::string key;  // "2xx", "none", "other"; "GET"; a source's number; "" without split
  std::vector<std::uint64_t> counts;    // communications that touch each bucket
  std::uint64_t total = 0;              // distinct ones that touch the whole window
  SeriesKind kind = SeriesKind::value;  // of Split::values: none and others have no key
};

struct Timeline {
  base::Time from;  // of the first bucket
  base::Duration bucket;
  std::size_t buckets = 0;
  std::vector<TimelineSeries> series;
  std::uint64_t total = 0;  // communications that touch the whole window, each once
  bool from_rollups = false;
};

inline constexpr std::size_t kTimelineBucketsMax = 20'000;
inline constexpr std::size_t kTimelineValuesMax = 16;
// Values times buckets: what a question by values may keep, whatever it names.
inline constexpr std::size_t kTimelineCellsMax = 100'000;

class QueryEngine {
 public:
  // `executor`: where many blocks may be scanned at once; without one, the caller does it all. Both
  // outlive the engine.
  explicit QueryEngine(const store::StoreSnapshot& snapshot, const Executor* executor = nullptr)
      : snapshot_(snapshot), executor_(executor == nullptr ? caller_alone() : *executor) {}

  // `cursor` is Page::next of the page before, or empty. Stable: rows that arrive meanwhile neither
  // repeat nor hide others.
  [[nodiscard]] base::Result<Page<CommunicationRow>> communications(const Filter& filter,
                                                                    Order order,
                                                                    const std::string& cursor,
                                                                    std::size_t limit) const;
  // The same, but begins at an instant: rows that start at it or beyond it in the order.
  [[nodiscard]] base::Result<Page<CommunicationRow>> communications_from(const Filter& filter,
                                                                         Order order,
                                                                         base::Time instant,
                                                                         std::size_t limit) const;
  // By a value. Every page scans all blocks that may match; memory is bounded by `limit`.
  [[nodiscard]] base::Result<Page<CommunicationRow>> communications_by(const Filter& filter,
                                                                       const Sort& sort,
                                                                       const std::string& cursor,
                                                                       std::size_t limit) const;
  [[nodiscard]] base::Result<Page<SessionRow>> sessions(const Filter& filter, Order order,
                                                        const std::string& cursor,
                                                        std::size_t limit) const;
  [[nodiscard]] base::Result<Page<SessionRow>> sessions_from(const Filter& filter, Order order,
                                                             base::Time instant,
                                                             std::size_t limit) const;
  // Every match in order, one at a time; stops when visit returns false.
  [[nodiscard]] base::Result<void> each_communication(
      const Filter& filter, Order order,
      const std::function<bool(const CommunicationRow&)>& visit) const;

  // not_found when there is none.
  [[nodiscard]] base::Result<std::pair<CommunicationRow, store::HttpDetail>> communication(
      const model::CommunicationId& id) const;
  [[nodiscard]] base::Result<std::pair<SessionRow, store::SessionDetail>> session(
      const model::SessionId& id) const;

  // What lies beside the search columns alone: reads a fifth of what the above read.
  [[nodiscard]] base::Result<store::HttpDetail> detail(const model::CommunicationId& id) const;
  [[nodiscard]] base::Result<store::SessionDetail> detail(const model::SessionId& id) const;

  // Exact at any bucket. From roll-ups when the filter is counted_only() and their cells can tell
  // (5xx, not 404), everything lies on whole seconds and none of them is damaged, else from the
  // columns; a split by values always from the columns. Series by values come in the order in which
  // the request names them, then those without, then the others; no series is empty. The filter's
  // window is ignored in favour of the request's.
  [[nodiscard]] base::Result<Timeline> timeline(const TimelineRequest& request,
                                                const Filter& filter) const;

  // The books of the minutes that touch [from, to), summed.
  [[nodiscard]] base::Result<model::QualityCounts> books(store::Sources sources, base::Time from,
                                                         base::Time to) const;

 private:
  const store::StoreSnapshot& snapshot_;
  const Executor& executor_;
};

}  // namespace spider::query
