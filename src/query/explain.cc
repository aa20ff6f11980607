// What the store knows about a question: records in either order of the ends, and the books around.
#include "spider/query/explain.h"

#include <algorithm>

#include "spider/query/engine.h"

namespace spider::query {
namespace {

constexpr std::int64_t kMinuteNs = 60'000'000'000;
constexpr base::Duration kAround = base::Duration::from_s(24 * 3'600);

template <class T>
void one(std::vector<T>& out, const std::optional<T>& value) {
  if (value) out.push_back(*value);
}

[[nodiscard]] Filter filter_of(const ExplainQuestion& q, store::Sources sources, bool swapped) {
  Filter out;
  out.from = q.from;
  out.to = q.to;
  out.sources.assign(sources.begin(), sources.end());
  one(out.client_ips, swapped ? q.server : q.client);
  one(out.server_ips, swapped ? q.client : q.server);
  one(out.client_ports, swapped ? q.server_port : q.client_port);
  one(out.server_ports, swapped ? q.client_port : q.server_port);
  return out;
}

[[nodiscard]] bool symmetric(const ExplainQuestion& q) {
  return q.client == q.server && q.client_port == q.server_port;
}

// Ends of one address, or of which little is given, are found in either order.
template <class Row>
void one_more(std::vector<Row>& rows, Row& row) {
  if (std::none_of(rows.begin(), rows.end(), [&](const Row& r) { return r.id == row.id; }))
    rows.push_back(std::move(row));
}

void add_codes(std::vector<std::uint16_t>& out, const std::vector<model::ParseNote>& notes) {
  for (const model::ParseNote& note : notes)
    if (std::find(out.begin(), out.end(), note.code) == out.end()) out.push_back(note.code);
}

[[nodiscard]] bool shows_life(const model::QualityCounts& books) {
  return books[model::Quality::packets_received] != 0 || books[model::Quality::listening_ms] != 0;
}

[[nodiscard]] base::Result<void> read_books(const store::StoreSnapshot& snapshot,
                                            store::Sources sources, const ExplainQuestion& q,
                                            ExplainFindings& out) {
  const std::int64_t first = model::minute_of(q.from);
  const std::int64_t last = model::minute_of(q.to - base::Duration{1});
  SPIDER_TRY_LET(rows, snapshot.quality(sources, q.from - kAround, q.to + kAround));
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.minute.minute < b.minute.minute; });
  for (const store::QualityRow& row : rows) {
    const std::int64_t minute = row.minute.minute;
    if (minute >= first && minute <= last) {
      out.books += row.minute.counts;
      if (!out.first_life && shows_life(row.minute.counts))
        out.first_life = base::Time{minute * kMinuteNs};
    } else if (!shows_life(row.minute.counts)) {
      continue;
    } else if (minute < first) {
      out.before = base::Time{(minute + 1) * kMinuteNs};
    } else if (!out.after) {
      out.after = base::Time{minute * kMinuteNs};
    }
  }
  return {};
}

}  // namespace

base::Result<ExplainFindings> gather(const store::StoreSnapshot& snapshot,
                                     const std::vector<store::SourceInfo>& sources,
                                     const ExplainQuestion& question) {
  ExplainFindings out;
  std::vector<model::SourceId> ids;
  for (const store::SourceInfo& source : sources) {
    ids.push_back(source.id);
    out.purged_before = std::max(out.purged_before, source.purged_before);
  }
  const QueryEngine engine(snapshot);
  for (const bool swapped : {false, true}) {
    if (swapped && symmetric(question)) break;
    const Filter filter = filter_of(question, ids, swapped);
    SPIDER_TRY_LET(communications,
                   engine.communications(filter, Order::oldest_first, "", kExplainRecords));
    for (CommunicationRow& row : communications.rows) one_more(out.communications, row);
    SPIDER_TRY_LET(sessions, engine.sessions(filter, Order::oldest_first, "", kExplainRecords));
    for (SessionRow& row : sessions.rows) one_more(out.sessions, row);
  }
  for (const SessionRow& row : out.sessions) {
    if (row.communications != 0) continue;
    SPIDER_TRY_LET(detail, engine.detail(row.id));
    add_codes(out.session_codes, detail.notes);
  }
  SPIDER_TRY(read_books(snapshot, ids, question, out));
  return out;
}

}  // namespace spider::query
