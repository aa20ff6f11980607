#pragma once
// ExportWriter: one format. Told of the rows in order; appends to a string. Owned by one export.

#include <memory>
#include <string>
#include <vector>

#include "spider/base/result.h"
#include "spider/query/export.h"

#include "query/export/rows.h"

namespace spider::query {

class ExportWriter {
 public:
  virtual ~ExportWriter() = default;
  // Before anything is written, with the first rows: whether the format can tell them at all.
  [[nodiscard]] virtual base::Result<void> ready(const std::vector<ExportRow>&) { return {}; }
  virtual void begin(std::string& out) = 0;
  // Damaged parts are passed over, which the snapshot notes.
  [[nodiscard]] virtual base::Result<void> row(const ExportRow& row, std::string& out) = 0;
  // A piece of what is left of the last row; true when there is more.
  [[nodiscard]] virtual base::Result<bool> more(std::string&) { return false; }
  [[nodiscard]] virtual base::Result<void> end(std::string& out) = 0;
};

// What every writer needs. The references outlive it.
struct ExportParts {
  const store::StoreSnapshot& snapshot;
  const Names& names;
  const ExportRequest& request;
  std::uint64_t missing = 0;  // ids that are not stored
};

[[nodiscard]] std::unique_ptr<ExportWriter> lines_writer(const ExportParts& parts);
[[nodiscard]] base::Result<std::unique_ptr<ExportWriter>> csv_writer(const ExportParts& parts);
[[nodiscard]] std::unique_ptr<ExportWriter> packets_writer(const ExportParts& parts);
[[nodiscard]] std::unique_ptr<ExportWriter> har_writer(const ExportParts& parts);

// "unreadable": {...}, the damaged values that the snapshot met so far.
void write_unreadable_values(JsonWriter& json, const store::StoreSnapshot& snapshot);

}  // namespace spider::query
