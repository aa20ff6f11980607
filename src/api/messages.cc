#include "api/messages.h"

#include <fmt/format.h>

#include "spider/model/http_head.h"
#include "spider/store/codes.h"

namespace spider::api {
namespace {

[[nodiscard]] base::Error not_found(const std::string& id) {
  return {store::codes::not_found, fmt::format("There is no record {}.", id.substr(0, 100))};
}

void write_headers(query::JsonWriter& json, std::string_view lines, bool with_start_line) {
  // HttpHead takes the first line for the start line; trailers have none.
  const std::string text = with_start_line ? std::string{} : "-\r\n" + std::string(lines);
  model::HttpHead head(with_start_line ? lines : std::string_view(text));
  json.begin_array();
  for (model::HttpHeader header; head.next(header);) {
    json.begin_object();
    json.key("name").captured(header.name);
    json.key("value").captured(header.folded ? model::unfold(header.value)
                                             : std::string(header.value));
    if (header.folded) json.field("folded", true);
    if (!header.colon) json.field("no_colon", true);
    json.end_object();
  }
  json.end_array();
}

// The head that most programs would have written for the same lines.
[[nodiscard]] std::string written_plainly(std::string_view text) {
  model::HttpHead head(text);
  std::string out(head.start_line());
  out += "\r\n";
  for (model::HttpHeader header; head.next(header);) {
    out.append(header.name).append(": ");
    out += header.folded ? model::unfold(header.value) : std::string(header.value);
    out += "\r\n";
  }
  return out += "\r\n";
}

void write_captured_or_null(query::JsonWriter& json, std::string_view name,
                            const std::string& value) {
  json.key(name);
  value.empty() ? json.null() : json.captured(value);
}

void write_flags(query::JsonWriter& json, std::uint16_t flags) {
  json.begin_array();
  query::each_flag(flags, [&](std::string_view flag) { json.text(flag); });
  json.end_array();
}

}  // namespace

base::Result<model::CommunicationId> communication_id(const Request& request) {
  const auto id = model::parse_communication_id(request.parts.front());
  if (!id) return tl::unexpected(not_found(request.parts.front()));
  return *id;
}

base::Result<model::SessionId> session_id(const Request& request) {
  const auto id = model::parse_session_id(request.parts.front());
  if (!id) return tl::unexpected(not_found(request.parts.front()));
  return *id;
}

void write_head(query::JsonWriter& json, const store::MessageDetail& message) {
  json.key("start_line").captured(model::HttpHead(message.head).start_line());
  json.key("headers");
  write_headers(json, message.head, true);
  if (written_plainly(message.head) != message.head) json.key("head").captured(message.head);
  json.key("trailers");
  write_headers(json, message.trailers, false);
}

base::Result<void> check_body(const Context& context, const store::StoreSnapshot& snapshot,
                              model::SourceId source, const store::MessageDetail& message) {
  if (message.body.empty()) return {};
  std::uint64_t below = 0;
  for (const store::SourceInfo& s : context.parts.store.sources())
    if (s.id == source) below = s.bodies_below;
  for (const model::BodyExtent& extent : message.body) {
    if (extent.pack >= below) continue;
    // Some came later than the removal: only looking tells.
    std::vector<std::uint8_t> byte;
    const auto read = snapshot.read_body(source, std::span(&extent, 1), 0, 1, byte);
    if (!read && read.error().code == store::codes::removed) return read;
  }
  return {};
}

void write_message(query::JsonWriter& json, const store::MessageDetail& message,
                   std::string_view state, query::TimeForm form) {
  if (!message.present) {
    json.null();
    return;
  }
  json.begin_object();
  write_head(json, message);
  query::write_time(json, "first_byte", message.first_byte, form);
  query::write_time(json, "last_byte", message.last_byte, form);
  json.field("first_packet", message.first_packet);
  json.field("last_packet", message.last_packet);
  json.field("wire_bytes", message.wire_bytes);
  json.field("head_bytes", std::uint64_t{message.head.size()});
  json.field("body_bytes", message.body_bytes);
  json.field("saved_body_bytes", message.saved_body_bytes());
  json.field("body_state", state);
  json.field("missing_bytes", message.missing_bytes);
  query::write_holes(json.key("holes"), message);
  json.field("more_holes", message.more_holes);
  json.field("retransmitted_bytes", message.retransmitted_bytes);
  write_captured_or_null(json, "content_type", header(message, "Content-Type"));
  write_captured_or_null(json, "content_encoding", header(message, "Content-Encoding"));
  json.key("flags");
  write_flags(json, message.flags);
  json.end_object();
}

void write_code(query::JsonWriter& json, const base::CodeInfo& code) {
  json.begin_object();
  json.field("number", std::uint64_t{code.number});
  json.field("name", code.name);
  json.field("log_id", code.log_id);
  json.field("severity", base::name(code.severity));
  json.field("help", code.help);
  json.end_object();
}

}  // namespace spider::api
