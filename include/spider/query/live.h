#pragma once
// LiveFeed: the communications that became queryable since a cursor, in the order in which they
// were committed. The cursor is made of the ids of the store alone (docs/decisions/0025), so it
// stays good when the process ends and another one opens the store.
//
// The store itself is the queue: a feed holds a snapshot and the places of what it is to give out,
// at most kLiveBehindMax; who falls further behind is told from when on to read the list again.
// Owned by one listener; one thread at a time. Errors: those of the store.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spider/base/result.h"
#include "spider/query/filter.h"
#include "spider/query/records.h"
#include "spider/store/store_reader.h"

namespace spider::query {

inline constexpr std::size_t kLiveBehindMax = 50'000;     // communications to be given out
inline constexpr std::uint64_t kLiveScanMax = 1'000'000;  // rows to be searched at once

// Everything up to a block of the store is known, and of that block everything up to `last`.
struct LiveCursor {
  std::uint64_t store = 0;  // which store: another one's blocks have the same numbers
  std::uint64_t block = 0;
  std::optional<model::CommunicationId> last;
};
[[nodiscard]] std::string to_text(const LiveCursor& cursor);
[[nodiscard]] std::optional<LiveCursor> parse_live_cursor(std::string_view text);

struct LiveRow {
  CommunicationRow row;
  LiveCursor cursor;  // behind it
};

// What a listener will not be told one by one; it reads [from, to) of the list again.
struct LiveGap {
  std::string_view reason;  // behind, unknown_cursor, damaged
  base::Time from = base::Time::min();
  base::Time to = base::Time::max();
};

struct LivePage {
  std::vector<LiveRow> rows;
  std::optional<LiveGap> gap;
  LiveCursor cursor;  // behind all of the page
  bool more = false;  // there is more at once
};

class LiveFeed {
 public:
  // `store`: a number that tells this store from others. Without `after` the feed begins with what
  // is committed from now on. `reader` outlives the feed.
  LiveFeed(const store::StoreReader& reader, std::uint64_t store, Filter filter,
           std::optional<LiveCursor> after);
  ~LiveFeed();
  LiveFeed(const LiveFeed&) = delete;
  LiveFeed& operator=(const LiveFeed&) = delete;

  // At most `limit` rows. Cheap when nothing was committed since.
  [[nodiscard]] base::Result<LivePage> next(std::size_t limit);

 private:
  struct Item;
  struct Search;
  [[nodiscard]] base::Result<std::optional<LiveGap>> look();
  [[nodiscard]] base::Result<void> take(std::size_t limit, LivePage& page);

  const store::StoreReader& reader_;
  const std::uint64_t store_;
  const Filter filter_;
  LiveCursor cursor_;
  const bool from_now_;
  bool begun_ = false;                                    // the cursor is one of this store
  std::uint64_t version_ = 0;                             // of the snapshot that was looked at last
  std::uint64_t newest_ = 0;                              // block of that snapshot
  std::shared_ptr<const store::StoreSnapshot> snapshot_;  // while items wait
  std::vector<Item> items_;
  std::size_t at_ = 0;
};

}  // namespace spider::query
