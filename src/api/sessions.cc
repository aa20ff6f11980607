// TCP sessions: listing and one with its sums and parse log.

#include <algorithm>

#include <fmt/format.h>

#include "spider/api/codes.h"
#include "spider/query/engine.h"
#include "spider/store/codes.h"
#include "spider/store/store.h"

#include "api/asking.h"
#include "api/messages.h"
#include "api/not_saved.h"
#include "api/router.h"

namespace spider::api {
namespace {

constexpr std::uint64_t kPageDefault = 100;
constexpr std::uint64_t kPageMax = 10'000;
constexpr std::size_t kPieceRows = 4'096;

[[nodiscard]] std::string address_of(const model::SessionId& id) {
  return fmt::format("{}tcp-sessions/{}", kBase, model::to_text(id));
}

void write_packet_links(query::JsonWriter& json, const model::SessionId& id) {
  write_link(json, "packets", address_of(id) + "/packets");
  json.key("packets_pcap").begin_object().field("href", address_of(id) + "/packets.pcap");
  json.field("type", "application/vnd.tcpdump.pcap").end_object();
}

struct SessionQuestion {
  query::Filter filter;
  query::Order order = query::Order::newest_first;
  query::TimeForm form = query::TimeForm::both;
  std::size_t limit = kPageDefault;
  bool limited = false;
  bool lines = false;
  std::string cursor;
  std::optional<base::Time> start_at;  // begin there, not at the end of the window
};

[[nodiscard]] base::Result<SessionQuestion> read_question(const Context& context,
                                                          const Request& request) {
  const Parameters& p = request.parameters;
  SPIDER_TRY(p.only({"from", "to", "q", "whisperer", "upload", "client_ip", "server_ip",
                     "client_port", "server_port", "min_duration", "max_duration", "code",
                     "communications", "sort", "limit", "cursor", "start_at", "format", "time"}));
  SessionQuestion out;
  SPIDER_TRY_LET(filter, read_filter(context, p));
  SPIDER_TRY(query::check_of_sessions(filter));
  SPIDER_TRY_LET(found, p.choice("communications", {"any", "none", "some"}));
  if (found != 0) filter.with_communications = found == 2;
  out.filter = std::move(filter);
  SPIDER_TRY_LET(form, time_form(p));
  out.form = form;
  SPIDER_TRY_LET(sort, p.choice("sort", {"-start", "start"}));
  out.order = sort == 0 ? query::Order::newest_first : query::Order::oldest_first;
  SPIDER_TRY(p.choice("format", {"json", "jsonl"}));
  out.lines = wants_lines(request);
  SPIDER_TRY_LET(
      limit, p.number("limit", kPageDefault, 1, out.lines ? std::uint64_t{1} << 62U : kPageMax));
  out.limit = static_cast<std::size_t>(limit);
  out.limited = p.has("limit");
  out.cursor = p.text("cursor");
  SPIDER_TRY_LET(instant, p.time("start_at"));
  if (instant && p.has("cursor"))
    return base::fail(codes::bad_parameter, "start_at begins a list, cursor goes on: not both.");
  if (instant && out.lines)
    return base::fail(codes::bad_parameter, "start_at begins a page, not lines.");
  out.start_at = instant;
  return out;
}

struct LineStream {
  SessionQuestion question;
  std::shared_ptr<const store::StoreSnapshot> snapshot;
  query::Names names;
  std::size_t left;
  std::shared_ptr<Asking> asking;
  const query::Executor& executor;
};

[[nodiscard]] base::Result<bool> next_lines(LineStream& stream, std::string& out) {
  const std::size_t rows = std::min(kPieceRows, stream.left);
  SPIDER_TRY_LET(page, query::QueryEngine(*stream.snapshot, &stream.executor)
                           .sessions(stream.question.filter, stream.question.order,
                                     stream.question.cursor, rows));
  for (const query::SessionRow& row : page.rows) {
    query::JsonWriter json(out);
    json.begin_object();
    query::write_session(json, row, stream.names, stream.question.form);
    json.end_object();
    out += '\n';
  }
  stream.left -= page.rows.size();
  stream.question.cursor = page.next;
  const bool more = !page.next.empty() && stream.left > 0;
  if (!more) write_unreadable_line(out, *stream.snapshot);
  return more;
}

void write_time_or_null(query::JsonWriter& json, const std::string& name, base::Time time,
                        query::TimeForm form) {
  if (time != base::Time::min()) {
    query::write_time(json, name, time, form);
    return;
  }
  if (form != query::TimeForm::us) json.key(name).null();
  if (form != query::TimeForm::iso) json.key(name + "_us").null();
}

void write_stats(query::JsonWriter& json, std::string_view name, const model::StreamStats& s) {
  json.key(name).begin_object();
  json.field("packets", s.packets);
  json.field("payload_packets", s.payload_packets);
  json.field("payload_bytes", s.payload_bytes);
  json.field("delivered_bytes", s.delivered_bytes);
  json.field("duplicate_bytes", s.duplicate_bytes);
  json.field("retransmissions", s.retransmissions);
  json.field("out_of_order", s.out_of_order);
  json.field("gap_bytes", s.gap_bytes);
  json.field("gaps", s.gaps);
  json.field("keep_alives", s.keep_alives);
  json.field("zero_windows", s.zero_windows);
  json.field("mirror_duplicates", s.mirror_duplicates);
  json.end_object();
}

void write_notes(query::JsonWriter& json, const store::SessionDetail& detail,
                 const query::Names& names, query::TimeForm form) {
  json.key("parse_log").begin_array();
  for (const model::ParseNote& note : detail.notes) {
    const base::CodeInfo* info = names.code_info(note.code);
    json.begin_object();
    query::write_time(json, "time", note.time, form);
    json.field("from", note.direction == detail.session.client_direction ? "client" : "server");
    json.field("offset", note.offset);
    json.field("code", names.code(note.code));
    json.field("help", info == nullptr ? std::string_view{} : info->help);
    json.end_object();
  }
  json.end_array();
}

// Whisperers of which sessions were not saved at the range's end: why there are none of theirs.
void write_whisperers_without(query::JsonWriter& json, const Context& context,
                              const SessionQuestion& question) {
  const base::Time at = std::min(question.filter.to, base::Time::now());
  json.key("not_saved").begin_array();
  for (const store::SourceInfo& source : store::first_of_each_name(context.parts.store.sources())) {
    const auto& asked = question.filter.sources;
    if (source.type != "INTERFACE" ||
        (!asked.empty() && std::find(asked.begin(), asked.end(), source.id) == asked.end()))
      continue;
    const model::SavingAnswer answer = saving_of(context, source.id, at, model::Saved::sessions);
    if (answer.known == model::SavingAnswer::Known::off)
      write_not_saved(json, source.name, model::Saved::sessions, answer, question.form);
  }
  json.end_array();
}

}  // namespace

base::Result<Answer> list_sessions(const Context& context, const Request& request) {
  SPIDER_TRY_LET(question, read_question(context, request));
  Answer answer;
  if (question.lines) {
    const std::size_t left = question.limited ? question.limit : SIZE_MAX;
    auto stream = std::make_shared<LineStream>(
        LineStream{std::move(question), context.snapshot(), context.shown_names(), left,
                   request.asking, executor_of(context, request)});
    answer.type = "application/x-ndjson";
    answer.cache = "no-store";
    answer.pieces = [stream](std::string& piece) { return next_lines(*stream, piece); };
    return answer;
  }
  const auto snapshot = context.snapshot();
  const query::Names names = context.shown_names();
  const query::QueryEngine engine(*snapshot, &context.pool);
  SPIDER_TRY_LET(page, question.start_at ? engine.sessions_from(question.filter, question.order,
                                                                *question.start_at, question.limit)
                                         : engine.sessions(question.filter, question.order,
                                                           question.cursor, question.limit));
  query::JsonWriter json(answer.body);
  json.begin_object().key("items").begin_array();
  for (const query::SessionRow& row : page.rows) {
    json.begin_object();
    query::write_session(json, row, names, question.form);
    json.key("_links").begin_object();
    write_link(json, "self", address_of(row.id));
    if (row.packets_saved) write_packet_links(json, row.id);
    json.end_object().end_object();
  }
  json.end_array().field("count", std::uint64_t{page.rows.size()});
  json.key("next_cursor");
  page.next.empty() ? json.null() : json.text(page.next);
  json.key("previous_cursor");
  page.previous.empty() ? json.null() : json.text(page.previous);
  write_whisperers_without(json, context, question);
  SPIDER_TRY(write_range_completeness(json, context, *snapshot, question.filter));
  json.key("_links").begin_object();
  write_link(json, "self", request.target);
  if (!page.next.empty())
    write_link(json, "next",
               request.path + request.parameters.with({{"cursor", page.next}, {"start_at", ""}}));
  json.end_object().end_object();
  return answer;
}

namespace {

// Why there is no record: of a connection whose communications are stored that can be told.
[[nodiscard]] base::Error why_missing(const Context& context, const store::StoreSnapshot& snapshot,
                                      const model::SessionId& id, const base::Error& not_found) {
  const auto run = static_cast<std::uint32_t>(id.number >> model::kRunShift);
  const auto mark = context.parts.store.run_mark(id.source, run);
  const model::SavingAnswer off = off_of(context, id.source, id.start, model::Saved::sessions);
  const bool unsaved = off.known == model::SavingAnswer::Known::off;
  if (!unsaved && (!mark || !*mark)) return not_found;
  query::Filter filter;
  filter.sources = {id.source};
  filter.session_number = id.number;
  filter.from = id.start;
  const auto known = query::QueryEngine(snapshot, &context.pool)
                         .communications(filter, query::Order::oldest_first, std::string(), 1);
  if (!known || known->rows.empty() || known->rows.front().session != id) return not_found;
  if (unsaved)
    return {codes::session_unsaved,
            not_saved_text(context.names().whisperer(id.source), model::Saved::sessions, off)};
  const store::RunMark& found = **mark;
  const std::string what = found.live ? "capture" : "import";
  if (!found.lost)
    return {codes::session_open,
            fmt::format("The {} that began at {} is under way, and the connection has not ended in "
                        "it, or so lately that its end may still be repeated.",
                        what, base::to_iso(found.begun))};
  return {codes::session_lost,
          fmt::format("The {} that began at {} was not ended; that was found at {}.", what,
                      base::to_iso(found.begun), base::to_iso(found.found))};
}

}  // namespace

base::Result<Answer> get_session(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({"time"}));
  SPIDER_TRY_LET(form, time_form(request.parameters));
  SPIDER_TRY_LET(id, session_id(request));
  const auto snapshot = context.snapshot();
  const auto record = query::QueryEngine(*snapshot).session(id);
  if (!record && store::is_absent(record.error()))
    return tl::unexpected(why_missing(context, *snapshot, id, record.error()));
  if (!record) return tl::unexpected(record.error());
  const query::SessionRow& row = record->first;
  const store::SessionDetail& detail = record->second;
  const query::Names names = context.shown_names();
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object();
  query::write_session(json, row, names, form);
  write_time_or_null(json, "syn", detail.session.syn_time, form);
  write_time_or_null(json, "syn_ack", detail.session.syn_ack_time, form);
  write_time_or_null(json, "handshake", detail.session.handshake_time, form);
  write_stats(json, "client_stats", detail.session.client_stats);
  write_stats(json, "server_stats", detail.session.server_stats);
  json.field("overlap_conflicts", detail.session.overlap_conflicts);
  write_notes(json, detail, names, form);
  json.key("not_saved").begin_array();
  const std::string whisperer = names.whisperer(row.id.source);
  if (detail.packet_pack_first == 0)
    write_not_saved(json, whisperer, model::Saved::packets,
                    off_of(context, row.id.source, row.id.start, model::Saved::packets), form);
  const model::SavingAnswer parsing =
      off_of(context, row.id.source, row.id.start, model::Saved::parsing);
  if (detail.notes.empty() && parsing.known == model::SavingAnswer::Known::off)
    write_not_saved(json, whisperer, model::Saved::parsing, parsing, form);
  json.end_array();
  json.key("_links").begin_object();
  write_link(json, "self", address_of(row.id));
  if (detail.communications > 0)
    write_link(
        json, "communications",
        fmt::format("{}http-communications?session={}&sort=start", kBase, model::to_text(row.id)));
  if (detail.packet_pack_first != 0) write_packet_links(json, row.id);
  json.end_object().end_object();
  return answer;
}

}  // namespace spider::api
