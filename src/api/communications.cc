// HTTP communications: listing, streaming, one with its headers.

#include <fmt/format.h>

#include "spider/api/codes.h"
#include "spider/model/http_head.h"
#include "spider/query/engine.h"
#include "spider/query/live.h"
#include "spider/query/look.h"

#include "api/asking.h"
#include "api/messages.h"
#include "api/not_saved.h"
#include "api/router.h"

namespace spider::api {
namespace {

constexpr std::uint64_t kPageDefault = 100;
constexpr std::uint64_t kPageMax = 10'000;
// Rows of a streamed piece: about a block, so that none is read twice often.
constexpr std::size_t kPieceRows = 4'096;

[[nodiscard]] std::string address_of(const model::CommunicationId& id) {
  return fmt::format("{}http-communications/{}", kBase, model::to_text(id));
}

struct ListQuestion {
  query::Filter filter;
  query::Order order = query::Order::newest_first;
  std::optional<query::Sort> by;       // instead of the start
  std::optional<base::Time> start_at;  // begin there, not at the end of the window
  query::TimeForm form = query::TimeForm::both;
  std::size_t limit = kPageDefault;
  bool limited = false;
  bool lines = false;
  std::string cursor;
};

[[nodiscard]] base::Result<void> read_order(const Parameters& p, ListQuestion& out) {
  using query::SortField;
  SPIDER_TRY_LET(at, p.choice("sort", {"-start", "start", "-duration", "duration", "-status",
                                       "status", "-request_bytes", "request_bytes",
                                       "-response_bytes", "response_bytes"}));
  constexpr SortField kFields[] = {SortField::duration, SortField::status, SortField::request_bytes,
                                   SortField::response_bytes};
  const bool descending = at % 2 == 0;
  out.order = descending ? query::Order::newest_first : query::Order::oldest_first;
  if (at >= 2) out.by = query::Sort{kFields[at / 2 - 1], descending};
  SPIDER_TRY_LET(instant, p.time("start_at"));
  if (instant && out.by) return base::fail(codes::bad_parameter, "start_at needs a list by start.");
  if (instant && p.has("cursor"))
    return base::fail(codes::bad_parameter, "start_at begins a list, cursor goes on: not both.");
  out.start_at = instant;
  return {};
}

[[nodiscard]] base::Result<query::Page<query::CommunicationRow>> ask_page(
    const query::QueryEngine& engine, const ListQuestion& q) {
  if (q.by) return engine.communications_by(q.filter, *q.by, q.cursor, q.limit);
  if (q.start_at) return engine.communications_from(q.filter, q.order, *q.start_at, q.limit);
  return engine.communications(q.filter, q.order, q.cursor, q.limit);
}

[[nodiscard]] base::Result<ListQuestion> read_question(const Context& context,
                                                       const Request& request) {
  const Parameters& p = request.parameters;
  SPIDER_TRY(p.only(kFilterParameters, {"sort", "limit", "cursor", "start_at", "format", "time"}));
  ListQuestion out;
  SPIDER_TRY_LET(filter, read_filter(context, p));
  out.filter = std::move(filter);
  SPIDER_TRY_LET(form, time_form(p));
  out.form = form;
  SPIDER_TRY(read_order(p, out));
  SPIDER_TRY(p.choice("format", {"json", "jsonl"}));
  out.lines = wants_lines(request);
  SPIDER_TRY_LET(
      limit, p.number("limit", kPageDefault, 1, out.lines ? std::uint64_t{1} << 62U : kPageMax));
  out.limit = static_cast<std::size_t>(limit);
  out.limited = p.has("limit");
  if (out.lines && out.by)
    return base::fail(codes::bad_parameter, "Lines come by start: sort must be start or -start.");
  out.cursor = p.text("cursor");
  return out;
}

// Everything that matches, one object per line, page by page from one snapshot.
struct LineStream {
  ListQuestion question;
  std::shared_ptr<const store::StoreSnapshot> snapshot;
  query::Names names;
  std::size_t left;
  std::shared_ptr<Asking> asking;
  const query::Executor& executor;
};

[[nodiscard]] base::Result<bool> next_lines(LineStream& stream, std::string& out) {
  const std::size_t rows = std::min(kPieceRows, stream.left);
  SPIDER_TRY_LET(page, query::QueryEngine(*stream.snapshot, &stream.executor)
                           .communications(stream.question.filter, stream.question.order,
                                           stream.question.cursor, rows));
  for (const query::CommunicationRow& row : page.rows) {
    query::JsonWriter json(out);
    json.begin_object();
    query::write_communication(json, row, stream.names, stream.question.form);
    json.end_object();
    out += '\n';
  }
  stream.left -= page.rows.size();
  stream.question.cursor = page.next;
  const bool more = !page.next.empty() && stream.left > 0;
  if (!more) write_unreadable_line(out, *stream.snapshot);
  return more;
}

[[nodiscard]] Answer stream_lines(const Context& context, const Request& request,
                                  ListQuestion question) {
  const std::size_t left = question.limited ? question.limit : SIZE_MAX;
  auto stream = std::make_shared<LineStream>(LineStream{std::move(question), context.snapshot(),
                                                        context.shown_names(), left, request.asking,
                                                        executor_of(context, request)});
  Answer answer;
  answer.type = "application/x-ndjson";
  answer.cache = "no-store";
  answer.pieces = [stream](std::string& piece) { return next_lines(*stream, piece); };
  return answer;
}

}  // namespace

base::Result<Answer> list_communications(const Context& context, const Request& request) {
  SPIDER_TRY_LET(question, read_question(context, request));
  if (question.lines) return stream_lines(context, request, std::move(question));
  const auto snapshot = context.snapshot();
  const query::Names names = context.shown_names();
  const query::Executor& executor = executor_of(context, request);
  limit_reading(context, request, question.filter);
  // Sorted by a value, the last row looked at may be the first one told.
  query::Looked looked;
  if (question.by) {
    SPIDER_TRY_LET(far, query::look(*snapshot, question.filter, executor));
    looked = far;
  }
  SPIDER_TRY_LET(page, ask_page(query::QueryEngine(*snapshot, &executor), question));
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object().key("items").begin_array();
  for (const query::CommunicationRow& row : page.rows) {
    json.begin_object();
    query::write_communication(json, row, names, question.form);
    write_self(json, address_of(row.id));
    json.end_object();
  }
  json.end_array().field("count", std::uint64_t{page.rows.size()});
  json.key("next_cursor");
  page.next.empty() ? json.null() : json.text(page.next);
  json.key("previous_cursor");
  page.previous.empty() ? json.null() : json.text(page.previous);
  SPIDER_TRY_LET(newest, snapshot->newest_block(store::RecordKind::http));
  json.field("live_cursor",
             query::to_text(query::LiveCursor{context.parts.store.number(), newest, {}}));
  const bool forward = !question.by && question.order == query::Order::oldest_first;
  write_partial(json, context, question.by ? looked.after : page.stopped_at, forward,
                question.form);
  SPIDER_TRY(write_range_completeness(json, context, *snapshot, question.filter));
  json.key("_links").begin_object();
  write_link(json, "self", request.target);
  if (!page.next.empty())
    write_link(json, "next",
               request.path + request.parameters.with({{"cursor", page.next}, {"start_at", ""}}));
  const auto link = [&](std::string_view name, std::string_view format) {
    const auto query = request.parameters.with(
        {{"cursor", ""}, {"start_at", ""}, {"limit", ""}, {"sort", ""}, {"format", format}});
    write_link(json, name, fmt::format("{}{}{}", kBase, name, query));
  };
  link("timeline", "");
  link("export", "ndjson");
  json.end_object().end_object();
  return answer;
}

namespace {

struct Found {
  std::shared_ptr<const store::StoreSnapshot> snapshot;
  query::CommunicationRow row;
  store::HttpDetail detail;
};

// Why bodies, the session or its packets are not there, where the reason is that they were not
// saved. A session that is off for no known reason may be open still, or gone: nothing is said.
void write_what_is_not_saved(query::JsonWriter& json, const Context& context, const Found& found,
                             const query::Names& names, bool bodies, query::TimeForm form) {
  const std::string whisperer = names.whisperer(found.row.id.source);
  const base::Time time = found.row.id.start;
  const auto tell = [&](model::Saved what, bool certain) {
    const model::SavingAnswer answer = off_of(context, found.row.id.source, time, what);
    if (certain || answer.known == model::SavingAnswer::Known::off)
      write_not_saved(json, whisperer, what, answer, form);
  };
  json.key("not_saved").begin_array();
  if (bodies) tell(model::Saved::bodies, true);
  const auto session = query::QueryEngine(*found.snapshot).detail(found.row.session);
  if (!session) tell(model::Saved::sessions, false);
  if (!session || session->packet_pack_first == 0) tell(model::Saved::packets, session.has_value());
  json.end_array();
}

void write_detail_links(query::JsonWriter& json, const Found& found) {
  const std::string self = address_of(found.row.id);
  json.key("_links").begin_object();
  write_link(json, "self", self);
  write_link(json, "headers", self + "/headers");
  const auto body_links = [&](std::string_view side, const store::MessageDetail& message) {
    if (!message.present || message.saved_body_bytes() == 0) return;
    write_link(json, fmt::format("{}_body", side), fmt::format("{}/{}/body", self, side));
    if (decodable(message))
      write_link(json, fmt::format("{}_body_decoded", side),
                 fmt::format("{}/{}/body?decoded=true", self, side));
  };
  body_links("request", found.detail.request);
  body_links("response", found.detail.response);
  // The session's record is written when it ends, and only when sessions are saved.
  if (const auto session = query::QueryEngine(*found.snapshot).detail(found.row.session)) {
    const std::string address =
        fmt::format("{}tcp-sessions/{}", kBase, model::to_text(found.row.session));
    write_link(json, "session", address);
    if (session->packet_pack_first != 0) {
      write_link(json, "packets", address + "/packets");
      json.key("packets_pcap").begin_object().field("href", address + "/packets.pcap");
      json.field("type", "application/vnd.tcpdump.pcap").end_object();
    }
  }
  json.end_object();
}

[[nodiscard]] base::Result<Found> find(const Context& context, const Request& request) {
  SPIDER_TRY_LET(id, communication_id(request));
  Found found{context.snapshot(), {}, {}};
  SPIDER_TRY_LET(record, query::QueryEngine(*found.snapshot).communication(id));
  found.row = std::move(record.first);
  found.detail = std::move(record.second);
  return found;
}

}  // namespace

base::Result<Answer> get_communication(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({"time"}));
  SPIDER_TRY_LET(form, time_form(request.parameters));
  SPIDER_TRY_LET(found, find(context, request));
  const query::Names names = context.shown_names();
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object();
  query::write_communication(json, found.row, names, form);
  json.field("interim_responses", std::uint64_t{found.detail.interim_responses});
  const auto state = [&](const store::MessageDetail& message) -> std::string_view {
    return check_body(context, *found.snapshot, found.row.id.source, message) ? body_state(message)
                                                                              : "removed";
  };
  const std::string_view states[] = {state(found.detail.request), state(found.detail.response)};
  json.key("request");
  write_message(json, found.detail.request, states[0], form);
  json.key("response");
  write_message(json, found.detail.response, states[1], form);
  json.key("oddities").begin_array();
  for (const std::uint16_t number : found.row.codes)
    if (const base::CodeInfo* info = names.code_info(number)) write_code(json, *info);
  json.end_array();
  const auto unsaved = [&](std::size_t i, const store::MessageDetail& message) {
    return message.present && states[i] == "not_saved";
  };
  write_what_is_not_saved(json, context, found, names,
                          unsaved(0, found.detail.request) || unsaved(1, found.detail.response),
                          form);
  write_detail_links(json, found);
  json.end_object();
  return answer;
}

base::Result<Answer> get_headers(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({}));
  SPIDER_TRY_LET(id, communication_id(request));
  const auto snapshot = context.snapshot();
  SPIDER_TRY_LET(detail, query::QueryEngine(*snapshot).detail(id));
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object().field("id", model::to_text(id));
  const auto head = [&](std::string_view side, const store::MessageDetail& message) {
    json.key(side);
    if (!message.present) {
      json.null();
      return;
    }
    json.begin_object();
    write_head(json, message);
    json.end_object();
  };
  head("request", detail.request);
  head("response", detail.response);
  json.key("_links").begin_object();
  write_link(json, "self", request.target);
  write_link(json, "communication", address_of(id));
  json.end_object().end_object();
  return answer;
}

}  // namespace spider::api
