#pragma once
// Export: communications as a file, piece by piece, from one snapshot. The formats are
//
//   jsonl   one JSON object per line, as the API lists them
//   csv     RFC 4180, one line per communication, columns of one's choice
//   har     HAR 1.2, with heads and decoded bodies
//   pcapng  the packets that carried them
//
// docs/formats.md says what stands where. Nothing is held but the rows of a batch and one
// communication's bodies, whatever the answer's size. Owned by one request; one thread at a time.
// Errors: bad_query (an unknown column), not_found (none of the ids), no_packets, those of the
// store.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spider/base/result.h"
#include "spider/query/executor.h"
#include "spider/query/filter.h"
#include "spider/query/record_json.h"
#include "spider/store/store_reader.h"

namespace spider::query {

enum class ExportFormat : std::uint8_t { jsonl, csv, har, pcapng };
// ndjson is jsonl by its other name.
inline constexpr std::string_view kExportFormats[] = {"jsonl", "ndjson", "csv", "har", "pcapng"};
[[nodiscard]] std::optional<ExportFormat> parse_export_format(std::string_view word) noexcept;

// Ids that one export may list.
inline constexpr std::size_t kExportIdsMax = 10'000;

struct ExportRequest {
  ExportFormat format = ExportFormat::jsonl;
  Filter filter;
  // Instead of the filter: exactly these.
  std::optional<std::vector<model::CommunicationId>> ids;
  TimeForm times = TimeForm::both;            // jsonl
  std::vector<std::string> columns;           // csv; empty: the usual ones
  std::uint64_t body_bytes_max = 64U << 20U;  // har: of a body, decoded
  std::string version;                        // har, pcapng: of the program
};

// Type and suffix of a file of that format.
[[nodiscard]] std::string_view media_type_of(ExportFormat format) noexcept;
[[nodiscard]] std::string_view suffix_of(ExportFormat format) noexcept;

// Names of all columns a CSV file may have, with commas: for messages.
[[nodiscard]] std::string csv_column_names();
// Error: bad_query when one is none of them.
[[nodiscard]] base::Result<void> check_csv_columns(const std::vector<std::string>& names);

class Export {
 public:
  // `names` is copied; `executor` (if any) outlives the export.
  [[nodiscard]] static base::Result<std::unique_ptr<Export>> begin(
      std::shared_ptr<const store::StoreSnapshot> snapshot, const Names& names,
      ExportRequest request, const Executor* executor = nullptr);
  ~Export();
  Export(const Export&) = delete;
  Export& operator=(const Export&) = delete;

  // How many communications the export will have, damaged ones included: from roll-ups where they
  // can tell, else by counting.
  [[nodiscard]] base::Result<std::uint64_t> count() const;
  // Ids that were listed but are not stored.
  [[nodiscard]] std::uint64_t missing() const noexcept;
  // Appends the next piece, of a bounded size and made in a bounded time; it may be empty before
  // the end. False after the last one.
  [[nodiscard]] base::Result<bool> next(std::string& out);
  // Communications that were written so far.
  [[nodiscard]] std::uint64_t written() const noexcept;

 private:
  struct Impl;
  explicit Export(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace spider::query
