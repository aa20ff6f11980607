#include "spider/query/export.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "spider/query/codes.h"
#include "spider/query/engine.h"
#include "spider/store/codes.h"

#include "query/export/writer.h"

namespace spider::query {
namespace {

constexpr std::size_t kPieceBytes = 256U << 10U;
constexpr auto kPieceTime = std::chrono::milliseconds(25);

struct Found {
  std::vector<BlockMerge::Item> items;
  std::uint64_t missing = 0;
};

// Where the listed ones are, oldest first, each once.
[[nodiscard]] base::Result<Found> find(const store::StoreSnapshot& snapshot,
                                       std::vector<model::CommunicationId> ids) {
  const auto key = [](const model::CommunicationId& id) {
    return RowKey{id.start, id.source, id.session_number, id.ordinal};
  };
  std::sort(ids.begin(), ids.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  Found out;
  for (const model::CommunicationId& id : ids) {
    auto place = snapshot.find(id);
    if (place) {
      out.items.push_back({std::move(place->block), place->row, key(id)});
    } else if (store::is_absent(place.error()) || snapshot.pass_over(place.error())) {
      ++out.missing;
    } else {
      return tl::unexpected(std::move(place).error());
    }
  }
  if (!out.items.empty()) return out;
  return base::fail(store::codes::not_found, "None of the listed communications is stored.");
}

// A whole second at or before, at or after: a count from roll-ups needs such.
[[nodiscard]] std::int64_t second_down(std::int64_t ns) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  return ns / kSecond * kSecond - (ns % kSecond < 0 ? kSecond : 0);
}

}  // namespace

std::optional<ExportFormat> parse_export_format(std::string_view word) noexcept {
  if (word == "jsonl" || word == "ndjson") return ExportFormat::jsonl;
  if (word == "csv") return ExportFormat::csv;
  if (word == "har") return ExportFormat::har;
  if (word == "pcapng") return ExportFormat::pcapng;
  return std::nullopt;
}

std::string_view media_type_of(ExportFormat format) noexcept {
  switch (format) {
    case ExportFormat::jsonl:
      return "application/x-ndjson";
    case ExportFormat::csv:
      return "text/csv; charset=utf-8; header=present";
    case ExportFormat::har:
      return "application/json";
    case ExportFormat::pcapng:
      return "application/x-pcapng";
  }
  return "application/octet-stream";
}

std::string_view suffix_of(ExportFormat format) noexcept {
  switch (format) {
    case ExportFormat::jsonl:
      return "jsonl";
    case ExportFormat::csv:
      return "csv";
    case ExportFormat::har:
      return "har";
    case ExportFormat::pcapng:
      return "pcapng";
  }
  return "bin";
}

void write_unreadable_values(JsonWriter& json, const store::StoreSnapshot& snapshot) {
  const store::Unreadable lost = snapshot.unreadable();
  json.key("unreadable").begin_object().field("values", lost.count);
  json.key("first").begin_array();
  for (const std::string& value : lost.named) json.text(value);
  json.end_array().end_object();
}

struct Export::Impl {
  std::shared_ptr<const store::StoreSnapshot> snapshot;
  Names names;
  ExportRequest request;
  const Executor& executor;
  std::uint64_t listed = 0;
  std::uint64_t missing = 0;
  std::unique_ptr<ExportRows> rows;
  std::unique_ptr<ExportWriter> writer;
  std::vector<ExportRow> batch;
  std::size_t at = 0;
  std::uint64_t written = 0;
  bool begun = false;
  bool row_open = false;  // the writer has more of the last row
};

Export::Export(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Export::~Export() = default;

base::Result<std::unique_ptr<Export>> Export::begin(
    std::shared_ptr<const store::StoreSnapshot> snapshot, const Names& names, ExportRequest request,
    const Executor* executor) {
  auto impl = std::unique_ptr<Impl>(new Impl{std::move(snapshot),
                                             names,
                                             std::move(request),
                                             executor == nullptr ? caller_alone() : *executor,
                                             0,
                                             0,
                                             nullptr,
                                             nullptr,
                                             {}});
  if (impl->request.ids) {
    SPIDER_TRY_LET(found, find(*impl->snapshot, *impl->request.ids));
    impl->listed = found.items.size();
    impl->missing = found.missing;
    impl->rows = std::make_unique<ListedRows>(*impl->snapshot, std::move(found.items));
  } else {
    impl->rows =
        std::make_unique<FilteredRows>(*impl->snapshot, impl->request.filter, impl->executor);
  }
  const ExportParts parts{*impl->snapshot, impl->names, impl->request, impl->missing};
  switch (impl->request.format) {
    case ExportFormat::jsonl:
      impl->writer = lines_writer(parts);
      break;
    case ExportFormat::csv: {
      SPIDER_TRY_LET(writer, csv_writer(parts));
      impl->writer = std::move(writer);
      break;
    }
    case ExportFormat::har:
      impl->writer = har_writer(parts);
      break;
    case ExportFormat::pcapng: {
      impl->writer = packets_writer(parts);
      SPIDER_TRY_LET(first, impl->rows->next());
      SPIDER_TRY(impl->writer->ready(first));
      impl->batch = std::move(first);
      break;
    }
  }
  return std::unique_ptr<Export>(new Export(std::move(impl)));
}

base::Result<std::uint64_t> Export::count() const {
  if (impl_->request.ids) return impl_->listed;
  const Filter& filter = impl_->request.filter;
  const bool open_from = filter.from == base::Time::min();
  const bool open_to = filter.to == base::Time::max();
  base::Time from = filter.from;
  base::Time to = filter.to;
  if (open_from || open_to) {
    SPIDER_TRY_LET(span, impl_->snapshot->time_span(store::RecordKind::http, filter.sources));
    if (span.empty()) return 0;
    // Nothing lies beyond the span, so where an end is open it may as well be a whole second.
    if (open_from) from = base::Time{second_down(std::min(span.first, to).ns)};
    if (open_to) to = base::Time{second_down(std::max(span.last, from).ns) + 1'000'000'000};
  }
  if (to <= from) return 0;
  SPIDER_TRY_LET(sums, QueryEngine(*impl_->snapshot, &impl_->executor)
                           .timeline({from, to, to - from, Split::none}, filter));
  return sums.total;
}

std::uint64_t Export::missing() const noexcept { return impl_->missing; }
std::uint64_t Export::written() const noexcept { return impl_->written; }

base::Result<bool> Export::next(std::string& out) {
  Impl& i = *impl_;
  const auto begun = std::chrono::steady_clock::now();
  if (!i.begun) i.writer->begin(out);
  i.begun = true;
  const std::size_t full = out.size() + kPieceBytes;
  for (;;) {
    if (i.row_open) {
      SPIDER_TRY_LET(more, i.writer->more(out));
      i.row_open = more;
      if (out.size() >= full || std::chrono::steady_clock::now() - begun > kPieceTime) return true;
      continue;
    }
    if (i.at == i.batch.size()) {
      i.at = 0;
      i.batch.clear();
      SPIDER_TRY_LET(batch, i.rows->next());
      i.batch = std::move(batch);
      if (i.batch.empty()) {
        SPIDER_TRY(i.writer->end(out));
        return false;
      }
    }
    SPIDER_TRY(i.writer->row(i.batch[i.at], out));
    i.row_open = true;
    ++i.at;
    ++i.written;
    if (out.size() >= full || std::chrono::steady_clock::now() - begun > kPieceTime) return true;
  }
}

namespace {

class LinesWriter final : public ExportWriter {
 public:
  explicit LinesWriter(const ExportParts& parts) : parts_(parts) {}
  void begin(std::string&) override {}
  base::Result<void> row(const ExportRow& row, std::string& out) override {
    JsonWriter json(out);
    json.begin_object();
    write_communication(json, row.row, parts_.names, parts_.request.times);
    json.end_object();
    out += '\n';
    return {};
  }
  // A line of its own, when any value was damaged.
  base::Result<void> end(std::string& out) override {
    if (parts_.snapshot.unreadable().count == 0) return {};
    JsonWriter json(out);
    json.begin_object();
    write_unreadable_values(json, parts_.snapshot);
    json.end_object();
    out += '\n';
    return {};
  }

 private:
  const ExportParts parts_;
};

}  // namespace

std::unique_ptr<ExportWriter> lines_writer(const ExportParts& parts) {
  return std::make_unique<LinesWriter>(parts);
}

}  // namespace spider::query
