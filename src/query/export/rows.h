#pragma once
// ExportRows: where the rows of an export come from, batch by batch, oldest first. Owned by one
// export; one thread at a time.

#include <cstdint>
#include <memory>
#include <vector>

#include "spider/base/result.h"
#include "spider/query/executor.h"
#include "spider/query/filter.h"
#include "spider/query/records.h"
#include "spider/store/store_reader.h"

#include "query/merge.h"
#include "query/row_reader.h"

namespace spider::query {

struct ExportRow {
  CommunicationRow row;
  store::RowRef place;  // where its details are
};

class ExportRows {
 public:
  virtual ~ExportRows() = default;
  // The next ones; none at the end. Damaged rows are passed over; the snapshot notes them.
  [[nodiscard]] virtual base::Result<std::vector<ExportRow>> next() = 0;
};

// Everything that answers a filter, by one walk over the blocks.
class FilteredRows final : public ExportRows {
 public:
  // `snapshot` and `executor` outlive it.
  FilteredRows(const store::StoreSnapshot& snapshot, Filter filter, const Executor& executor)
      : snapshot_(snapshot),
        filter_(std::move(filter)),
        merge_(snapshot_, filter_, store::RecordKind::http, Order::oldest_first, std::nullopt,
               executor),
        rows_(snapshot_, store::RecordKind::http) {}
  [[nodiscard]] base::Result<std::vector<ExportRow>> next() override;

 private:
  const store::StoreSnapshot& snapshot_;
  const Filter filter_;  // merge_ refers to it
  BlockMerge merge_;
  RowReader rows_;
  bool begun_ = false;
  bool ended_ = false;
};

// The communications of a list of ids, which were found before.
class ListedRows final : public ExportRows {
 public:
  ListedRows(const store::StoreSnapshot& snapshot, std::vector<BlockMerge::Item> items)
      : snapshot_(snapshot), items_(std::move(items)), rows_(snapshot_, store::RecordKind::http) {}
  [[nodiscard]] base::Result<std::vector<ExportRow>> next() override;

 private:
  const store::StoreSnapshot& snapshot_;
  const std::vector<BlockMerge::Item> items_;
  RowReader rows_;
  std::size_t at_ = 0;
};

}  // namespace spider::query
