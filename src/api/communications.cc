// HTTP communications: listing, streaming, one with its headers.

#include <fmt/format.h>

#include "spider/api/codes.h"
#include "spider/model/http_head.h"
#include "spider/query/engine.h"

#include "api/messages.h"
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
  query::TimeForm form = query::TimeForm::both;
  std::size_t limit = kPageDefault;
  bool limited = false;
  bool lines = false;
  std::string cursor;
};

[[nodiscard]] base::Result<ListQuestion> read_question(const Context& context,
                                                       const Request& request) {
  const Parameters& p = request.parameters;
  SPIDER_TRY(p.only({"from",      "to",          "whisperer",   "method",       "status",
                     "host",      "uri",         "state",       "code",         "client_ip",
                     "server_ip", "client_port", "server_port", "min_duration", "max_duration",
                     "session",   "origin",      "via",         "identity",     "identity_kind",
                     "claim",     "correlation", "location",    "sort",         "limit",
                     "cursor",    "format",      "time"}));
  ListQuestion out;
  SPIDER_TRY_LET(filter, read_filter(context, p));
  out.filter = std::move(filter);
  SPIDER_TRY_LET(form, time_form(p));
  out.form = form;
  SPIDER_TRY_LET(sort, p.choice("sort", {"-start", "start"}));
  out.order = sort == 0 ? query::Order::newest_first : query::Order::oldest_first;
  SPIDER_TRY_LET(format, p.choice("format", {"json", "jsonl"}));
  out.lines = format == 1 || request.accept.find("application/x-ndjson") != std::string::npos;
  SPIDER_TRY_LET(
      limit, p.number("limit", kPageDefault, 1, out.lines ? std::uint64_t{1} << 62U : kPageMax));
  out.limit = static_cast<std::size_t>(limit);
  out.limited = p.has("limit");
  out.cursor = p.text("cursor");
  return out;
}

// Everything that matches, one object per line, page by page from one snapshot.
struct LineStream {
  ListQuestion question;
  std::shared_ptr<const store::StoreSnapshot> snapshot;
  query::Names names;
  std::size_t left;
};

[[nodiscard]] base::Result<bool> next_lines(LineStream& stream, std::string& out) {
  const std::size_t rows = std::min(kPieceRows, stream.left);
  SPIDER_TRY_LET(page, query::QueryEngine(*stream.snapshot)
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

[[nodiscard]] Answer stream_lines(const Context& context, ListQuestion question) {
  const std::size_t left = question.limited ? question.limit : SIZE_MAX;
  auto stream = std::make_shared<LineStream>(
      LineStream{std::move(question), context.snapshot(), context.names(), left});
  Answer answer;
  answer.type = "application/x-ndjson";
  answer.cache = "no-store";
  answer.pieces = [stream](std::string& piece) { return next_lines(*stream, piece); };
  return answer;
}

}  // namespace

base::Result<Answer> list_communications(const Context& context, const Request& request) {
  SPIDER_TRY_LET(question, read_question(context, request));
  if (question.lines) return stream_lines(context, std::move(question));
  const auto snapshot = context.snapshot();
  const query::Names names = context.names();
  SPIDER_TRY_LET(
      page, query::QueryEngine(*snapshot, &context.pool)
                .communications(question.filter, question.order, question.cursor, question.limit));
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
  SPIDER_TRY(write_range_completeness(json, *snapshot, question.filter));
  json.key("_links").begin_object();
  write_link(json, "self", request.target);
  if (!page.next.empty())
    write_link(json, "next", request.path + request.parameters.with({{"cursor", page.next}}));
  write_link(json, "timeline",
             fmt::format("{}timeline{}", kBase,
                         request.parameters.with(
                             {{"cursor", ""}, {"limit", ""}, {"sort", ""}, {"format", ""}})));
  json.end_object().end_object();
  return answer;
}

namespace {

struct Found {
  std::shared_ptr<const store::StoreSnapshot> snapshot;
  query::CommunicationRow row;
  store::HttpDetail detail;
};

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
  if (const auto session = query::QueryEngine(*found.snapshot).session(found.row.session)) {
    const std::string address =
        fmt::format("{}tcp-sessions/{}", kBase, model::to_text(found.row.session));
    write_link(json, "session", address);
    if (session->second.packet_pack_first != 0) {
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
  const query::Names names = context.names();
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object();
  query::write_communication(json, found.row, names, form);
  json.field("interim_responses", std::uint64_t{found.detail.interim_responses});
  json.key("request");
  write_message(json, found.detail.request, form);
  json.key("response");
  write_message(json, found.detail.response, form);
  json.key("oddities").begin_array();
  for (const std::uint16_t number : found.row.codes)
    if (const base::CodeInfo* info = names.code_info(number)) write_code(json, *info);
  json.end_array();
  write_detail_links(json, found);
  json.end_object();
  return answer;
}

base::Result<Answer> get_headers(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({}));
  SPIDER_TRY_LET(found, find(context, request));
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object().field("id", model::to_text(found.row.id));
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
  head("request", found.detail.request);
  head("response", found.detail.response);
  json.key("_links").begin_object();
  write_link(json, "self", request.target);
  write_link(json, "communication", address_of(found.row.id));
  json.end_object().end_object();
  return answer;
}

}  // namespace spider::api
