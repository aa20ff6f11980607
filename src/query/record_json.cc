#include "spider/query/record_json.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "spider/query/filter.h"

#include "query/path_template.h"

namespace spider::query {
namespace {

using model::Quality;
using model::QualityKind;

void captured_or_null(JsonWriter& json, std::string_view key, std::string_view bytes,
                      bool present) {
  json.key(key);
  if (present) {
    json.captured(bytes);
  } else {
    json.null();
  }
}

void number_or_null(JsonWriter& json, std::string_view key, std::uint64_t value, bool present) {
  json.key(key);
  if (present) {
    json.number(value);
  } else {
    json.null();
  }
}

// How long `value` from `begin` on took by a clock that shows microseconds: spans that meet add up
// to the difference of the written times. Nothing when it was not seen.
void micros(JsonWriter& json, std::string_view key, base::Time begin,
            const std::optional<base::Duration>& value) {
  json.key(key);
  if (value) {
    json.number((begin + *value).us() - begin.us());
  } else {
    json.null();
  }
}

using Span = std::pair<std::string_view, std::optional<base::Duration>>;

// What microseconds cannot tell: the spans to the nanosecond, only when one of them needs it.
void write_nanoseconds(JsonWriter& json, bool needed, std::span<const Span> spans) {
  for (const auto& [key, value] : spans) needed = needed || (value && value->ns % 1'000 != 0);
  if (!needed) return;
  json.key("nanoseconds").begin_object();
  for (const auto& [key, value] : spans) {
    json.key(key);
    if (value) {
      json.number(value->ns);
    } else {
      json.null();
    }
  }
  json.end_object();
}

// The four spans of an exchange. The session began with its handshake when that was seen.
void write_spans(JsonWriter& json, const CommunicationRow& row) {
  const base::Duration none{};
  const base::Time begin = row.id.start;
  const base::Time asked = begin + row.request_transfer.value_or(none);
  const base::Time answer = asked + row.wait.value_or(none);
  micros(json, "connect_us", row.session.start, row.connect);
  micros(json, "request_us", begin, row.request_transfer);
  micros(json, "wait_us", asked, row.wait);
  micros(json, "response_us", answer, row.response_transfer);
  micros(json, "ended_after_us", row.end, row.ended_after);
  const Span spans[] = {{"duration", row.end - begin},       {"connect", row.connect},
                        {"request", row.request_transfer},   {"wait", row.wait},
                        {"response", row.response_transfer}, {"ended_after", row.ended_after}};
  write_nanoseconds(json, !begin.whole_us() || !row.end.whole_us(), spans);
}

void flags(JsonWriter& json, std::string_view key, std::uint16_t bits) {
  json.key(key).begin_array();
  each_flag(bits, [&](std::string_view name) { json.text(name); });
  json.end_array();
}

void write_codes(JsonWriter& json, std::span<const std::uint16_t> codes, const Names& names) {
  json.key("codes").begin_array();
  for (const std::uint16_t code : codes) json.text(names.code(code));
  json.end_array();
}

// "vlan 7 / ipv4 192.0.2.1 > 192.0.2.2 / vxlan 9": a layer is its kind, then its number, or two
// addresses.
void write_outer(JsonWriter& json, std::string_view text) {
  json.key("outer").begin_array();
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(" / "), text.size());
    std::string_view layer = text.substr(0, end);
    text.remove_prefix(std::min(end + 3, text.size()));
    const std::size_t blank = std::min(layer.find(' '), layer.size());
    json.begin_object().key("kind").captured(layer.substr(0, blank));
    layer.remove_prefix(std::min(blank + 1, layer.size()));
    const std::size_t arrow = layer.find(" > ");
    std::uint64_t number = 0;
    if (arrow != std::string_view::npos) {
      json.key("from_ip").captured(layer.substr(0, arrow));
      json.key("to_ip").captured(layer.substr(arrow + 3));
    } else if (std::from_chars(layer.data(), layer.data() + layer.size(), number).ec ==
               std::errc{}) {
      json.field("number", number);
    }
    json.end_object();
  }
  json.end_array();
}

void endpoints(JsonWriter& json, const model::Endpoint& client, const model::Endpoint& server) {
  json.field("client_ip", model::to_text(client.ip));
  json.field("client_port", std::uint64_t{client.port});
  json.field("server_ip", model::to_text(server.ip));
  json.field("server_port", std::uint64_t{server.port});
}

// "client_name" and "client_name_source"; nothing when the address has no name.
void write_name(JsonWriter& json, std::string_view end, const model::IpAddress& address,
                base::Time time, const Names& names) {
  const auto host = names.host(address, time);
  if (!host) return;
  json.field(fmt::format("{}_name", end), host->name);
  json.field(fmt::format("{}_name_source", end), store::name(host->source));
}

void names_of_ends(JsonWriter& json, const model::Endpoint& client, const model::Endpoint& server,
                   base::Time time, const Names& names) {
  write_name(json, "client", client.ip, time, names);
  write_name(json, "server", server.ip, time, names);
}

// part / whole as a share of what is fine; null when there was nothing.
// Of nothing all is there.
[[nodiscard]] double share(std::uint64_t part, std::uint64_t all) {
  return all == 0 ? 1 : static_cast<double>(part) / static_cast<double>(all);
}

void ratio(JsonWriter& json, std::string_view key, std::uint64_t fine, std::uint64_t all) {
  json.key(key);
  if (all == 0) {
    json.null();
  } else {
    json.number(share(fine, all));
  }
}

// Causes by which whole packets were lost. Other counters of the kind `lost` count bytes, holes or
// communications.
constexpr Quality kPacketLosses[] = {Quality::kernel_dropped,   Quality::interface_dropped,
                                     Quality::ring_dropped,     Quality::malformed,
                                     Quality::link_unsupported, Quality::fragment_dropped,
                                     Quality::flow_refused};
constexpr Quality kPacketsFiltered[] = {Quality::not_ip, Quality::not_tcp, Quality::filtered,
                                        Quality::mirror_duplicate, Quality::skipped_empty};

[[nodiscard]] std::string_view name_of(Quality q) {
  return model::kQualityInfo[static_cast<std::size_t>(q)].name;
}

// "name=value" lines as objects.
void entries(JsonWriter& json, std::string_view key, std::string_view list) {
  if (list.empty()) return;
  json.key(key).begin_array();
  while (!list.empty()) {
    const std::string_view entry = list.substr(0, list.find('\n'));
    list.remove_prefix(std::min(entry.size() + 1, list.size()));
    const std::size_t equals = std::min(entry.find('='), entry.size());
    json.begin_object().key("name").captured(entry.substr(0, equals));
    json.key("value").captured(entry.substr(std::min(equals + 1, entry.size()))).end_object();
  }
  json.end_array();
}

// Only what the heads tell; nearly always nothing.
void write_meaning(JsonWriter& json, const MeaningRow& meaning) {
  if (!meaning.any()) return;
  const auto text = [&](std::string_view key, std::string_view value) {
    if (!value.empty()) json.key(key).captured(value);
  };
  json.key("meaning").begin_object();
  text("origin", meaning.origin);
  if (!meaning.origin.empty())
    json.field("origin_header", meaning.origin_header == model::OriginHeader::forwarded
                                    ? "Forwarded"
                                    : "X-Forwarded-For");
  text("via", meaning.via);
  if (meaning.identity_kind != model::IdentityKind::none)
    json.field("identity_kind", name(meaning.identity_kind));
  text("identity", meaning.identity);
  entries(json, "claims", meaning.claims);
  entries(json, "correlation_ids", meaning.correlation);
  text("location", meaning.location);
  json.end_object();
}

// null: captured live, from a file of the configuration, or before uploads were kept apart.
void write_upload(JsonWriter& json, model::SourceId source, const Names& names) {
  number_or_null(json, "upload", static_cast<std::uint32_t>(source), names.is_upload(source));
}

}  // namespace

void each_flag(std::uint16_t bits, const std::function<void(std::string_view)>& visit) {
  constexpr std::pair<std::uint16_t, std::string_view> kNames[] = {
      {model::kMessageGap, "gap"},
      {model::kMessageCut, "cut"},
      {model::kMessageUntilClose, "until_close"},
      {model::kMessageChunked, "chunked"},
      {model::kMessageBodyCapped, "body_capped"},
      {model::kMessageBodyUnsaved, "body_unsaved"},
      {model::kMessageUpgrade, "upgrade"},
      {model::kMessageFramingOdd, "framing_odd"},
  };
  for (const auto& [bit, name] : kNames)
    if ((bits & bit) != 0) visit(name);
}

Names::Names(std::span<const base::CodeInfo> codes) {
  for (const base::CodeInfo& info : codes) codes_.emplace(info.number, info);
}

void Names::set_sources(const std::vector<store::SourceInfo>& sources) {
  sources_.clear();
  for (const store::SourceInfo& source : sources)
    sources_.emplace(source.id, Source{source.name, source.upload.has_value()});
}

std::string Names::whisperer(model::SourceId id) const {
  const auto it = sources_.find(id);
  return it != sources_.end() ? it->second.whisperer
                              : std::to_string(static_cast<std::uint32_t>(id));
}

bool Names::is_upload(model::SourceId id) const {
  const auto it = sources_.find(id);
  return it != sources_.end() && it->second.is_upload;
}

std::optional<store::HostName> Names::host(const model::IpAddress& address, base::Time time) const {
  return hosts_ == nullptr ? std::nullopt : hosts_->name_at(address, time);
}

std::string Names::code(std::uint16_t number) const {
  const base::CodeInfo* info = code_info(number);
  return info != nullptr ? std::string(info->name) : fmt::format("code_{}", number);
}

const base::CodeInfo* Names::code_info(std::uint16_t number) const {
  const auto it = codes_.find(number);
  return it != codes_.end() ? &it->second : nullptr;
}

void write_holes(JsonWriter& json, const store::MessageDetail& message) {
  if (message.missing_bytes > 0 && message.holes.empty()) {
    json.null();
    return;
  }
  json.begin_array();
  for (const model::BodyHole& hole : message.holes)
    json.begin_object().field("offset", hole.offset).field("length", hole.bytes).end_object();
  json.end_array();
}

void write_time(JsonWriter& json, const std::string& name, base::Time time, TimeForm form) {
  if (form != TimeForm::us) json.field(name, base::to_iso_exact(time));
  if (form != TimeForm::iso) json.field(name + "_us", time.us());
}

void write_communication(JsonWriter& json, const CommunicationRow& row, const Names& names,
                         TimeForm form) {
  const bool request = row.has_request();
  const bool response = row.has_response();
  json.field("id", model::to_text(row.id))
      .field("proto", "http1")
      .field("whisperer", names.whisperer(row.id.source));
  write_upload(json, row.id.source, names);
  json.field("session_id", model::to_text(row.session))
      .field("ordinal", std::uint64_t{row.id.ordinal});
  json.field("state", name(row.state));
  write_time(json, "start", row.id.start, form);
  write_time(json, "end", row.end, form);
  // Of the written times, so that a reader's sum is right to the last microsecond.
  json.field("duration_us", row.end.us() - row.id.start.us());
  endpoints(json, row.client, row.server);
  names_of_ends(json, row.client, row.server, row.id.start, names);
  captured_or_null(json, "method", row.method, request);
  captured_or_null(json, "path", row.target, request);
  std::string scratch;
  captured_or_null(json, "template", template_of(row.target, scratch), request);
  captured_or_null(json, "host", row.host, request && !row.host.empty());
  number_or_null(json, "status", row.status, response);
  if (row.http_minor == model::kHttpVersionMissing) {
    json.key("http_version").null();
  } else {
    json.field("http_version", fmt::format("1.{}", row.http_minor));
  }
  captured_or_null(json, "request_type", row.request_type, !row.request_type.empty());
  captured_or_null(json, "response_type", row.response_type, !row.response_type.empty());
  captured_or_null(json, "response_encoding", row.response_encoding,
                   !row.response_encoding.empty());
  number_or_null(json, "request_body_bytes", row.request_body_bytes, request);
  number_or_null(json, "response_body_bytes", row.response_body_bytes, response);
  number_or_null(json, "request_wire_bytes", row.request_wire_bytes, request);
  number_or_null(json, "response_wire_bytes", row.response_wire_bytes, response);
  write_spans(json, row);
  json.field("missing_bytes", row.missing_bytes)
      .field("retransmitted_bytes", row.retransmitted_bytes);
  write_codes(json, row.codes, names);
  flags(json, "request_flags", row.request_flags);
  flags(json, "response_flags", row.response_flags);
  write_meaning(json, row.meaning);
}

void write_session(JsonWriter& json, const SessionRow& row, const Names& names, TimeForm form) {
  json.field("id", model::to_text(row.id)).field("whisperer", names.whisperer(row.id.source));
  write_upload(json, row.id.source, names);
  write_time(json, "start", row.id.start, form);
  write_time(json, "end", row.end, form);
  json.field("duration_us", row.end.us() - row.id.start.us());
  endpoints(json, row.client, row.server);
  names_of_ends(json, row.client, row.server, row.id.start, names);
  json.field("close", name(row.close)).field("mid_stream", row.mid_stream);
  number_or_null(json, "vlan", row.vlan, row.vlan != 0);
  captured_or_null(json, "decoder", row.decoder, !row.decoder.empty());
  json.field("communications", row.communications);
  json.field("client_packets", row.client_packets).field("server_packets", row.server_packets);
  json.field("client_bytes", row.client_bytes).field("server_bytes", row.server_bytes);
  json.field("gaps", row.gaps).field("missing_bytes", row.missing_bytes);
  json.field("retransmissions", row.retransmissions)
      .field("retransmitted_bytes", row.retransmitted_bytes);
  micros(json, "connect_us", row.id.start, row.connect);
  const Span spans[] = {{"duration", row.end - row.id.start}, {"connect", row.connect}};
  write_nanoseconds(json, !row.id.start.whole_us() || !row.end.whole_us(), spans);
  json.field("packets_saved", row.packets_saved);
  write_codes(json, row.codes, names);
  write_outer(json, row.outer);
}

void write_books(JsonWriter& json, const model::QualityCounts& books) {
  for (std::size_t i = 0; i < model::kQualityCount; ++i)
    json.field(model::kQualityInfo[i].name, books.values[i]);
}

void write_completeness(JsonWriter& json, base::Time from, base::Time to,
                        const model::QualityCounts& books, const std::function<void()>& more) {
  const std::uint64_t seen = books[Quality::packets_received] + books[Quality::kernel_dropped] +
                             books[Quality::interface_dropped];
  std::uint64_t lost = 0;
  for (const Quality q : kPacketLosses) lost += books[q];
  std::uint64_t filtered = 0;
  for (const Quality q : kPacketsFiltered) filtered += books[q];
  const std::uint64_t fine = seen > lost ? seen - lost : 0;

  json.begin_object();
  write_time(json, "from", from, TimeForm::both);
  write_time(json, "to", to, TimeForm::both);
  json.key("packets").begin_object();
  json.field("seen", seen).field("received", books[Quality::packets_received]);
  json.field("filtered", filtered).field("lost", lost);
  json.key("lost_by").begin_object();
  for (const Quality q : kPacketLosses)
    if (books[q] != 0) json.field(name_of(q), books[q]);
  json.end_object();
  ratio(json, "ratio", fine, seen);
  json.end_object();
  json.key("bytes").begin_object();
  json.field("payload", books[Quality::tcp_payload_bytes])
      .field("delivered", books[Quality::delivered_bytes]);
  json.field("missing", books[Quality::gap_bytes]).field("refused", books[Quality::refused_bytes]);
  json.end_object();
  const std::uint64_t complete = books[Quality::communications_complete];
  const std::uint64_t partial = books[Quality::communications_partial];
  const std::uint64_t unstored =
      std::min(books[Quality::communications_unstored], complete + partial);
  const std::uint64_t kept = complete > unstored ? complete - unstored : 0;  // at least
  json.key("communications").begin_object();
  json.field("complete", complete)
      .field("partial", partial)
      .field("unstored", books[Quality::communications_unstored]);
  ratio(json, "ratio", kept, complete + partial);
  json.end_object();
  // The least of what came of packets, of payload, and of communications to the store.
  const std::uint64_t sent = books[Quality::delivered_bytes] + books[Quality::gap_bytes];
  json.key("ratio");
  if (seen == 0) {
    json.null();
  } else {
    json.number(std::min({share(fine, seen), share(books[Quality::delivered_bytes], sent),
                          share(complete + partial - unstored, complete + partial)}));
  }
  if (more) more();
  json.end_object();
}

std::string_view name(model::CloseReason reason) noexcept {
  switch (reason) {
    case model::CloseReason::open:
      return "open";
    case model::CloseReason::fin:
      return "fin";
    case model::CloseReason::reset:
      return "reset";
    case model::CloseReason::idle:
      return "idle";
    case model::CloseReason::evicted:
      return "evicted";
    case model::CloseReason::end_of_input:
      return "end_of_input";
    case model::CloseReason::port_reuse:
      return "port_reuse";
  }
  return "unknown";
}

}  // namespace spider::query
