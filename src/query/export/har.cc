// Communications as HAR 1.2. What was not captured is not made up: numbers are -1 and texts empty
// or absent, as the format allows, and fields of our own (with _ in front) say why. docs/formats.md
// lists them.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "spider/model/http_head.h"
#include "spider/query/base64.h"
#include "spider/query/content.h"
#include "spider/query/messages.h"
#include "spider/store/codes.h"

#include "query/export/har_parts.h"
#include "query/export/writer.h"

namespace spider::query {
namespace {

using store::MessageDetail;

// A body as far as it can be shown.
struct Body {
  std::vector<std::uint8_t> bytes;
  bool decoded = true;                // no content coding is on it any more
  bool cut = false;                   // some of it is not there
  std::string_view trouble;           // why it is not decoded, or not there
  std::string holes;                  // what was never captured of it, in words
  std::optional<std::int64_t> whole;  // its full length, decoded
};

class HarWriter final : public ExportWriter {
 public:
  explicit HarWriter(const ExportParts& parts) : parts_(parts) {}
  void begin(std::string& out) override;
  base::Result<void> row(const ExportRow& row, std::string& out) override;
  base::Result<void> end(std::string& out) override;

 private:
  [[nodiscard]] Body body_of(const ExportRow& row, const MessageDetail& message) const;
  void write_entry(JsonWriter& json, const ExportRow& row, const store::HttpDetail& detail) const;
  void write_request(JsonWriter& json, const ExportRow& row, const MessageDetail& m) const;
  void write_response(JsonWriter& json, const ExportRow& row, const MessageDetail& m) const;
  void write_text(JsonWriter& json, const Body& body, bool of_request) const;
  void write_ours(JsonWriter& json, const CommunicationRow& row) const;

  const ExportParts parts_;
  mutable std::string base64_;
  bool first_ = true;
};

void HarWriter::begin(std::string& out) {
  out += R"({"log":{"version":"1.2","creator":)";
  JsonWriter json(out);
  json.begin_object().field("name", "Spider").field("version", parts_.request.version).end_object();
  out += ",\"entries\":[\n";
}

base::Result<void> HarWriter::end(std::string& out) {
  out += "]";
  const bool damaged = parts_.snapshot.unreadable().count > 0;
  if (damaged || parts_.missing > 0) {
    out += ",\"_spider\":";
    JsonWriter json(out);
    json.begin_object();
    if (parts_.missing > 0) json.field("missing", parts_.missing);
    if (damaged) write_unreadable_values(json, parts_.snapshot);
    json.end_object();
  }
  out += "}}\n";
  return {};
}

base::Result<void> HarWriter::row(const ExportRow& row, std::string& out) {
  const auto detail = parts_.snapshot.http_detail(*row.place.block, row.place.row);
  if (!detail) {
    if (parts_.snapshot.pass_over(detail.error())) return {};
    return tl::unexpected(detail.error());
  }
  if (!first_) out += ",\n";
  first_ = false;
  JsonWriter json(out);
  write_entry(json, row, *detail);
  return {};
}

[[nodiscard]] std::string hole_words(const MessageDetail& message, bool coded) {
  if (message.missing_bytes == 0) return {};
  const std::string what =
      fmt::format("{} bytes of the body were never captured", message.missing_bytes);
  if (message.holes.empty()) return what + "; where they belong is not known.";
  const std::uint64_t at = message.holes.front().offset;
  if (coded) return fmt::format("{}; it is decoded up to byte {}.", what, at);
  return fmt::format("{} (at byte {}{}); the text goes on behind them without a mark.", what, at,
                     message.holes.size() > 1 ? " and behind" : "");
}

Body HarWriter::body_of(const ExportRow& row, const MessageDetail& message) const {
  Body out;
  const std::string coding = header(message, "Content-Encoding");
  const std::string_view state = body_state(message);
  const std::uint64_t limit = parts_.request.body_bytes_max;
  out.holes = hole_words(message, !coding.empty());
  const bool capped = state != "whole" && state != "none";
  out.cut = capped || message.missing_bytes > 0;
  if (state == "none") out.whole = 0;
  if (coding.empty() && message.missing_bytes == 0)
    out.whole = static_cast<std::int64_t>(message.body_bytes);
  if (state == "none") return out;
  if (state == "not_saved") {
    out.trouble = "not saved";
    return out;
  }
  const std::uint64_t saved = message.saved_body_bytes();
  std::vector<std::uint8_t> raw;
  const auto read =
      parts_.snapshot.read_body(row.row.id.source, message.body, 0, std::min(saved, limit), raw);
  if (!read) {
    static_cast<void>(parts_.snapshot.pass_over(read.error()));
    out.cut = true;
    out.trouble = read.error().code == store::codes::removed ? "removed by retention"
                  : store::is_absent(read.error())           ? "not in the store any more"
                                                             : "damaged in the store";
    return out;
  }
  out.cut = out.cut || saved > limit;
  if (coding.empty()) {
    out.bytes = std::move(raw);
    return out;
  }
  // Behind a hole no coding can be read on.
  const std::uint64_t readable = std::min<std::uint64_t>(raw.size(), bytes_before_hole(message));
  DecodedContent content =
      decode_content(base::Bytes(raw).first(static_cast<std::size_t>(readable)), coding,
                     static_cast<std::size_t>(limit));
  if (content.outcome == ContentOutcome::corrupt ||
      content.outcome == ContentOutcome::unsupported) {
    out.bytes = std::move(raw);
    out.decoded = false;
    out.trouble = content.outcome == ContentOutcome::corrupt ? "not what its coding says"
                                                             : "its coding is not known";
    return out;
  }
  out.cut = out.cut || content.outcome != ContentOutcome::whole;
  out.bytes = std::move(content.bytes);
  if (!out.cut) out.whole = static_cast<std::int64_t>(out.bytes.size());
  return out;
}

// UTF-8 as text, everything else in base64. HAR knows no encoding of postData, so there the field
// is our own.
void HarWriter::write_text(JsonWriter& json, const Body& body, bool of_request) const {
  if (!body.bytes.empty()) {
    const std::string_view text = base::as_text(body.bytes);
    if (body.decoded && is_utf8(text)) {
      json.field("text", text);
    } else {
      base64_.assign(1, '"');
      append_base64(base64_, body.bytes);
      base64_ += '"';
      json.key(of_request ? "_base64" : "text").raw(base64_);
      if (!of_request) json.field("encoding", "base64");
    }
  }
  if (body.cut) json.field("_cut", true);
  if (!body.decoded) json.field("_encoded", true);
  std::string comment;
  if (!body.trouble.empty()) comment = "The body: " + std::string(body.trouble) + ".";
  if (!body.holes.empty()) comment += (comment.empty() ? "" : " ") + body.holes;
  if (!comment.empty()) json.field("comment", comment);
}

void write_side(JsonWriter& json, const MessageDetail& m, std::uint16_t bits) {
  // Up to and including the empty line; a head that ends before it has no size to tell.
  const bool whole = m.head.ends_with("\n\r\n") || m.head.ends_with("\n\n");
  json.field("headersSize", whole ? static_cast<std::int64_t>(m.head.size()) : std::int64_t{-1});
  json.field("bodySize", static_cast<std::int64_t>(m.body_bytes));
  json.field("_transferSize", m.wire_bytes);
  if (m.missing_bytes > 0) {
    json.field("_missingBytes", m.missing_bytes);
    write_holes(json.key("_holes"), m);
    if (m.more_holes > 0) json.field("_moreHoles", m.more_holes);
  }
  if (m.retransmitted_bytes > 0) json.field("_retransmittedBytes", m.retransmitted_bytes);
  if (m.saved_body_bytes() < m.body_bytes) json.field("_savedBodyBytes", m.saved_body_bytes());
  if (!m.trailers.empty()) {
    json.key("_trailers").captured(m.trailers);
  }
  if (bits == 0) return;
  json.key("_flags").begin_array();
  each_flag(bits, [&](std::string_view flag) { json.text(flag); });
  json.end_array();
}

void HarWriter::write_request(JsonWriter& json, const ExportRow& row,
                              const MessageDetail& m) const {
  const CommunicationRow& r = row.row;
  json.key("request").begin_object();
  if (!m.present) {
    json.field("method", "").field("url", "").field("httpVersion", "");
    for (const char* list : {"cookies", "headers", "queryString"})
      json.key(list).begin_array().end_array();
    json.field("headersSize", -1).field("bodySize", -1).field("_missing", true).end_object();
    return;
  }
  const model::HttpStartLine line = model::split_start_line(model::HttpHead(m.head).start_line());
  json.key("method").captured(r.method);
  json.field("url", har_url(r));
  if (!r.target.starts_with('/')) json.key("_target").captured(r.target);
  json.key("httpVersion").captured(line.third);
  har_request_cookies(json, m);
  har_headers(json, m);
  har_query(json, r.target);
  if (m.body_bytes > 0) {
    json.key("postData").begin_object();
    json.key("mimeType").captured(header(m, "Content-Type"));
    write_text(json, body_of(row, m), true);
    json.end_object();
  }
  write_side(json, m, r.request_flags);
  json.end_object();
}

void HarWriter::write_response(JsonWriter& json, const ExportRow& row,
                               const MessageDetail& m) const {
  json.key("response").begin_object();
  if (!m.present) {
    json.field("status", 0).field("statusText", "").field("httpVersion", "");
    for (const char* list : {"cookies", "headers"}) json.key(list).begin_array().end_array();
    json.key("content").begin_object().field("size", -1).field("mimeType", "").end_object();
    json.field("redirectURL", "").field("headersSize", -1).field("bodySize", -1);
    json.field("_missing", true).field("_error", "No response was captured.").end_object();
    return;
  }
  const model::HttpStartLine line = model::split_start_line(model::HttpHead(m.head).start_line());
  json.field("status", std::uint64_t{row.row.status});
  json.key("statusText").captured(line.third);
  json.key("httpVersion").captured(line.first);
  har_response_cookies(json, m);
  har_headers(json, m);
  const Body body = body_of(row, m);
  json.key("content").begin_object().field("size", body.whole.value_or(-1));
  if (body.whole && *body.whole > 0 && !header(m, "Content-Encoding").empty())
    json.field("compression", *body.whole - static_cast<std::int64_t>(m.body_bytes));
  json.key("mimeType").captured(header(m, "Content-Type"));
  write_text(json, body, false);
  json.end_object();
  json.key("redirectURL").captured(header(m, "Location"));
  write_side(json, m, row.row.response_flags);
  json.end_object();
}

// Spans that were not seen are -1; so is a wait below nothing (the answer began before the request
// had ended), which `_wait` tells. `time` is the sum of the others, as the format wants it.
void write_timings(JsonWriter& json, const CommunicationRow& row) {
  base::Duration sum{};
  const std::optional<base::Duration> spans[] = {row.request_transfer, row.wait,
                                                 row.response_transfer};
  for (const auto& span : spans)
    if (span && span->ns >= 0) sum.ns += span->ns;
  json.key("time").raw(har_milliseconds(sum));
  json.key("timings").begin_object();
  for (const char* none : {"blocked", "dns", "connect", "ssl"}) json.field(none, -1);
  const auto span = [&](std::string_view name, const std::optional<base::Duration>& value) {
    json.key(name).raw(value && value->ns >= 0 ? har_milliseconds(*value) : "-1");
  };
  span("send", row.request_transfer);
  span("wait", row.wait);
  span("receive", row.response_transfer);
  if (row.wait && row.wait->ns < 0) json.key("_wait").raw(har_milliseconds(*row.wait));
  json.end_object();
}

void HarWriter::write_ours(JsonWriter& json, const CommunicationRow& r) const {
  json.field("_id", model::to_text(r.id)).field("_whisperer", parts_.names.whisperer(r.id.source));
  json.field("_state", name(r.state));
  json.field("_clientIPAddress", model::to_text(r.client.ip));
  json.field("_clientPort", std::uint64_t{r.client.port});
  json.field("_serverPort", std::uint64_t{r.server.port});
  json.key("_duration").raw(har_milliseconds(r.end - r.id.start));
  // The handshake of the connection, for its first exchange. It lies before startedDateTime.
  if (r.connect) {
    json.field("_connectionStart", base::to_iso_exact(r.session.start));
    json.key("_connect").raw(har_milliseconds(*r.connect));
  }
  if (r.ended_after) json.key("_endedAfter").raw(har_milliseconds(*r.ended_after));
  json.key("_codes").begin_array();
  for (const std::uint16_t code : r.codes) json.text(parts_.names.code(code));
  json.end_array();
}

void HarWriter::write_entry(JsonWriter& json, const ExportRow& row,
                            const store::HttpDetail& detail) const {
  const CommunicationRow& r = row.row;
  json.begin_object();
  json.field("startedDateTime", base::to_iso_exact(r.id.start));
  write_timings(json, r);
  write_request(json, row, detail.request);
  write_response(json, row, detail.response);
  json.key("cache").begin_object().end_object();
  json.field("serverIPAddress", model::to_text(r.server.ip));
  json.field("connection", model::to_text(r.session));
  if (detail.interim_responses > 0)
    json.field("_interimResponses", std::uint64_t{detail.interim_responses});
  write_ours(json, r);
  json.end_object();
}

}  // namespace

std::unique_ptr<ExportWriter> har_writer(const ExportParts& parts) {
  return std::make_unique<HarWriter>(parts);
}

}  // namespace spider::query
