// Search by heads and bodies, bit by bit: hits and progress as lines.

#include "spider/query/search.h"

#include <functional>

#include <fmt/format.h>

#include "api/asking.h"
#include "api/not_saved.h"
#include "api/router.h"

namespace spider::api {
namespace {

constexpr std::uint64_t kHitsDefault = 1'000;
constexpr std::uint64_t kHitsMax = 100'000;
// How long the asker waits for a line: what a stop takes to be noticed, too.
constexpr base::Duration kStep{250'000'000};

// Why a body is not there, in a sentence; empty when it is not known.
[[nodiscard]] std::string why_not_saved(const Context& context, const query::UnsavedBody& body) {
  const auto source = context.parts.store.find_source(body.source);
  const model::SavingAnswer answer = off_of(context, body.source, body.start, model::Saved::bodies);
  if (!source || answer.known != model::SavingAnswer::Known::off) return {};
  return not_saved_text(source->name, model::Saved::bodies, answer);
}

struct Stream {
  std::shared_ptr<Asking> asking;
  std::unique_ptr<query::Search> search;
  std::shared_ptr<const store::StoreSnapshot> snapshot;
  query::Names names;
  query::TimeForm form;
  std::function<std::string(const query::UnsavedBody&)> why;
  bool begun = false;
};

void write_progress(query::JsonWriter& json, const Stream& stream) {
  const query::SearchProgress& p = stream.search->progress();
  json.begin_object().key("progress").begin_object();
  json.field("blocks", p.blocks).field("blocks_done", p.blocks_done).field("rows", p.rows);
  json.field("rows_looked", p.rows_looked).field("rows_total", p.rows_total);
  json.field("candidates", p.candidates);
  json.field("bodies_saved", p.bodies_saved).field("bodies_unsaved", p.bodies_unsaved);
  json.field("bodies_partial", p.bodies_partial);
  json.key("not_saved");
  p.unsaved ? json.text(stream.why(*p.unsaved)) : json.null();
  json.field("hits", p.hits);
  query::write_time(json, "reached", p.reached, stream.form);
  json.field("done", p.done).end_object().end_object();
}

[[nodiscard]] base::Result<bool> next_lines(Stream& stream, std::string& out) {
  std::vector<query::CommunicationRow> hits;
  // The first rows are told as soon as some were looked at.
  SPIDER_TRY(stream.search->step(stream.begun ? kStep : base::Duration{0}, hits));
  stream.begun = true;
  for (const query::CommunicationRow& row : hits) {
    query::JsonWriter json(out);
    json.begin_object().key("hit").begin_object();
    query::write_communication(json, row, stream.names, stream.form);
    write_self(json, fmt::format("{}http-communications/{}", kBase, model::to_text(row.id)));
    json.end_object().end_object();
    out += '\n';
  }
  query::JsonWriter json(out);
  write_progress(json, stream);
  out += '\n';
  const bool more = !stream.search->progress().done;
  if (!more) write_unreadable_line(out, *stream.snapshot);
  return more;
}

}  // namespace

base::Result<Answer> get_search(const Context& context, const Request& request) {
  const Parameters& p = request.parameters;
  SPIDER_TRY(p.only(kFilterParameters, {"limit", "time"}));
  SPIDER_TRY_LET(filter, read_filter(context, p));
  SPIDER_TRY_LET(form, time_form(p));
  SPIDER_TRY_LET(limit, p.number("limit", kHitsDefault, 1, kHitsMax));
  const std::shared_ptr<const store::StoreSnapshot> snapshot = context.snapshot();
  SPIDER_TRY(close_range(*snapshot, filter));
  SPIDER_TRY_LET(search, query::Search::begin(snapshot, std::move(filter), limit,
                                              executor_of(context, request)));
  auto stream = std::make_shared<Stream>(
      Stream{request.asking, std::move(search), snapshot, context.shown_names(), form,
             [&context](const query::UnsavedBody& body) { return why_not_saved(context, body); }});
  Answer answer;
  answer.type = "application/x-ndjson";
  answer.cache = "no-store";
  answer.pieces = [stream](std::string& piece) { return next_lines(*stream, piece); };
  return answer;
}

}  // namespace spider::api
