#include "query/language/fields.h"

#include <algorithm>
#include <vector>

#include "spider/model/communication.h"

#include "query/find_folded.h"

namespace spider::query::language {
namespace {

using store::ColumnId;
using T = FieldType;

[[nodiscard]] constexpr Field plain(std::string_view name, std::string_view alias, T type,
                                    ColumnId column, std::string_view help,
                                    std::string_view example) {
  Field out{name, alias, type, help, example};
  out.column = column;
  return out;
}
[[nodiscard]] constexpr Field of_two(std::string_view name, std::string_view alias, T type,
                                     Join join, ColumnId column, ColumnId second,
                                     std::string_view help, std::string_view example) {
  Field out = plain(name, alias, type, column, help, example);
  out.second = second;
  out.join = join;
  return out;
}
[[nodiscard]] constexpr Field part_of(std::string_view name, T type, ColumnId column, TextPart part,
                                      bool named, bool name_needed, std::string_view help,
                                      std::string_view example) {
  Field out = plain(name, "", type, column, help, example);
  out.part = part;
  out.named = named;
  out.name_needed = name_needed;
  return out;
}
[[nodiscard]] constexpr Field message(std::string_view name, T type, Side side, bool named,
                                      std::string_view help, std::string_view example) {
  Field out{name, "", type, help, example};
  out.side = side;
  out.named = named;
  return out;
}

constexpr Field kFields[] = {
    plain("status", "", T::status, ColumnId::status, "Status of the response.", "status:>=500"),
    plain("method", "", T::text, ColumnId::method, "Method of the request.", "method:POST"),
    plain("host", "", T::text, ColumnId::host, "Host header of the request.", "host:api.*"),
    plain("uri", "target", T::part, ColumnId::target,
          "Request target as on the wire, path and query together.", "uri:/login"),
    part_of("path", T::text, ColumnId::target, TextPart::path, false, false,
            "Request target up to its question mark.", "path:/api/*/orders"),
    part_of("template", T::text, ColumnId::target, TextPart::path_template, false, false,
            "Path with its numbers, ids and dates replaced: {n}, {date}, {uuid}, {hex}, {token}.",
            "template:/users/{n}"),
    part_of("query", T::part, ColumnId::target, TextPart::query, false, false,
            "Request target behind its question mark.", "query:debug"),
    part_of("param", T::text, ColumnId::target, TextPart::parameter, true, true,
            "Decoded value of a parameter of the query; its name follows the point.",
            "param.page:2"),
    of_two("type", "content.type", T::part, Join::either, ColumnId::request_type,
           ColumnId::response_type, "Media type of the request or the response.", "type:json"),
    plain("request.type", "", T::part, ColumnId::request_type, "Media type of the request.",
          "request.type:form"),
    plain("response.type", "", T::part, ColumnId::response_type, "Media type of the response.",
          "response.type:image/"),
    plain("encoding", "response.encoding", T::part, ColumnId::response_encoding,
          "Content-Encoding of the response.", "encoding:gzip"),
    plain(
        "duration", "", T::duration, ColumnId::duration,
        "From the first byte to the last of what was seen of the exchange; with has:wait, of those "
        "with both messages, as in the statistics.",
        "duration:>200ms"),
    plain("connect", "", T::duration, ColumnId::connect,
          "TCP handshake; only the first exchange of a session has one.", "connect:>50ms"),
    plain("request.time", "", T::duration, ColumnId::request_transfer,
          "First to last byte of the request.", "request.time:>1s"),
    plain("wait", "", T::duration, ColumnId::wait,
          "Last byte of the request to the first of the response.", "wait:100ms..1s"),
    plain("response.time", "", T::duration, ColumnId::response_transfer,
          "First to last byte of the response.", "response.time:>1s"),
    plain("ended.after", "", T::duration, ColumnId::ended_after,
          "Of what is not whole: its last byte to the first FIN or RST of its connection; how long "
          "a client waited before it gave up.",
          "ended.after:>5s"),
    of_two("size", "", T::size, Join::sum, ColumnId::request_wire_bytes,
           ColumnId::response_wire_bytes, "Captured bytes of the request and the response.",
           "size:>1MB"),
    plain("request.size", "", T::size, ColumnId::request_wire_bytes,
          "Captured bytes of the request, head and framing with it.", "request.size:>64KiB"),
    plain("response.size", "", T::size, ColumnId::response_wire_bytes,
          "Captured bytes of the response, head and framing with it.", "response.size:>1MB"),
    plain("request.body.size", "", T::size, ColumnId::request_body_bytes,
          "Bytes of the request's body as on the wire, transfer coding taken off.",
          "request.body.size:0"),
    plain("response.body.size", "", T::size, ColumnId::response_body_bytes,
          "Bytes of the response's body as on the wire, transfer coding taken off.",
          "response.body.size:1kB..1MB"),
    plain("missing", "missing.bytes", T::size, ColumnId::missing_bytes,
          "Bytes that were sent but never captured.", "missing:>0"),
    plain("retransmitted", "retransmitted.bytes", T::size, ColumnId::retransmitted_bytes,
          "Bytes that were seen more than once.", "retransmitted:>0"),
    of_two("ip", "address", T::address, Join::either, ColumnId::client_ip, ColumnId::server_ip,
           "Address of the client or the server.", "ip:10.0.0.0/8"),
    plain("client.ip", "client", T::address, ColumnId::client_ip, "Address of the client.",
          "client.ip:192.0.2.7"),
    plain("server.ip", "server", T::address, ColumnId::server_ip, "Address of the server.",
          "server.ip:2001:db8::/32"),
    of_two("name", "host.name", T::host, Join::either, ColumnId::client_ip, ColumnId::server_ip,
           "Name of the client's or the server's address: any that it has, from whatever source.",
           "name:*.internal"),
    plain("client.name", "", T::host, ColumnId::client_ip, "Name of the client's address.",
          "client.name:web-1*"),
    plain("server.name", "", T::host, ColumnId::server_ip, "Name of the server's address.",
          "server.name:db-1.internal"),
    of_two("port", "", T::number, Join::either, ColumnId::client_port, ColumnId::server_port,
           "Port of the client or the server.", "port:8080"),
    plain("client.port", "", T::number, ColumnId::client_port, "Port of the client.",
          "client.port:>50000"),
    plain("server.port", "", T::number, ColumnId::server_port, "Port of the server.",
          "server.port:80,8080"),
    plain("whisperer", "", T::whisperer, ColumnId::start, "Whisperer that captured it.",
          "whisperer:live"),
    plain("upload", "", T::upload, ColumnId::start,
          "Upload that it was read from: its id, or the name of its file.", "upload:*.pcapng"),
    plain("session", "", T::session, ColumnId::session_number, "Id of the TCP session.",
          "session:1-17c2f0a4b6d3e800-2a"),
    plain("id", "", T::communication, ColumnId::session_number, "Id of the communication.",
          "id:1-17c2f0a4b6d3e800-2a-0"),
    plain("ordinal", "", T::number, ColumnId::ordinal,
          "How many exchanges its session had before it.", "ordinal:0"),
    plain("start", "", T::instant, ColumnId::start, "Time of the first byte.",
          "start:>=2026-11-21T03:00:00Z"),
    of_two("end", "", T::instant, Join::sum, ColumnId::start, ColumnId::duration,
           "Time of the last byte.", "end:<2026-11-21T03:00:00Z"),
    plain("state", "", T::word, ColumnId::state, "How much of the exchange was seen.",
          "state:partial"),
    message("mark", T::mark, Side::either, false,
            "What is special about the framing of the request or the response.", "mark:chunked"),
    message("request.mark", T::mark, Side::request, false,
            "What is special about the framing of the request.", "request.mark:cut"),
    message("response.mark", T::mark, Side::response, false,
            "What is special about the framing of the response.", "response.mark:gap"),
    plain("code", "", T::code, ColumnId::codes, "Code that was noted, by its name.", "code:gap_*"),
    plain("version", "http.version", T::word, ColumnId::http_minor, "Version of HTTP.",
          "version:1.0"),
    plain("origin", "", T::text, ColumnId::origin,
          "Who asked first, as proxies say (Forwarded, X-Forwarded-For).", "origin:203.0.113.*"),
    plain("via", "", T::part, ColumnId::via, "Via of the request.", "via:squid"),
    plain("identity", "", T::text, ColumnId::identity,
          "User, subject of a token, or name of an API key.", "identity:alice"),
    plain("identity.kind", "", T::word, ColumnId::identity_kind, "How the client says who it is.",
          "identity.kind:jwt"),
    part_of("claim", T::text, ColumnId::claims, TextPart::entries, true, false,
            "Kept claim of a token: its value, or name=value.", "claim.role:admin"),
    part_of("correlation", T::text, ColumnId::correlation, TextPart::entries, true, false,
            "Correlation id: its value, or name=value.", "correlation.traceparent:*4bf92f*"),
    plain("location", "", T::text, ColumnId::location, "Location of the response, absolute.",
          "location:*/login*"),
    message("header", T::header, Side::either, true,
            "Header line of either message; or, after a point, the values of that header.",
            "header.x-request-id:\"abc\""),
    message("request.header", T::header, Side::request, true, "The same, of the request.",
            "request.header.user-agent:curl"),
    message("response.header", T::header, Side::response, true, "The same, of the response.",
            "response.header.set-cookie:*"),
    message("body", T::body, Side::either, false, "Saved body of either message, decoded.",
            "body:\"out of stock\""),
    message("request.body", T::body, Side::request, false, "Saved body of the request, decoded.",
            "request.body:password"),
    message("response.body", T::body, Side::response, false, "Saved body of the response, decoded.",
            "response.body:\"\\\"error\\\"\""),
    message("has", T::field, Side::either, false, "Has a value of the field named.", "has:wait"),
};

constexpr Word kStates[] = {
    {"complete", static_cast<int>(model::CommunicationState::complete)},
    {"partial", static_cast<int>(model::CommunicationState::partial)},
    {"no_response", static_cast<int>(model::CommunicationState::no_response)},
    {"no_request", static_cast<int>(model::CommunicationState::no_request)},
};
constexpr Word kVersions[] = {{"1.0", 0}, {"1.1", 1}};
constexpr Word kIdentityKinds[] = {
    {"basic", static_cast<int>(model::IdentityKind::basic)},
    {"jwt", static_cast<int>(model::IdentityKind::jwt)},
    {"bearer", static_cast<int>(model::IdentityKind::bearer)},
    {"digest", static_cast<int>(model::IdentityKind::digest)},
    {"api_key", static_cast<int>(model::IdentityKind::api_key)},
    {"other", static_cast<int>(model::IdentityKind::other)},
};
constexpr Word kMarks[] = {
    {"gap", model::kMessageGap},
    {"cut", model::kMessageCut},
    {"until_close", model::kMessageUntilClose},
    {"chunked", model::kMessageChunked},
    {"body_capped", model::kMessageBodyCapped},
    {"body_unsaved", model::kMessageBodyUnsaved},
    {"upgrade", model::kMessageUpgrade},
    {"framing_odd", model::kMessageFramingOdd},
};

[[nodiscard]] std::string dotted(std::string_view text) {
  std::string out = lower_case(text);
  std::replace(out.begin(), out.end(), '_', '.');
  return out;
}

// Steps (a letter more, less, another, two exchanged) from one word to the other. Words are short.
[[nodiscard]] std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::vector<std::size_t> next(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t other = row[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, other});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        next[j] = std::min(next[j], before[j - 2] + 1);
    }
    before.swap(row);
    row.swap(next);
  }
  return row[b.size()];
}

}  // namespace

std::span<const Field> fields() noexcept { return kFields; }

std::string_view name(FieldType type) noexcept {
  switch (type) {
    case T::number:
      return "number";
    case T::status:
      return "status";
    case T::duration:
      return "duration";
    case T::size:
      return "size";
    case T::instant:
      return "time";
    case T::text:
      return "text";
    case T::part:
      return "part of a text";
    case T::address:
      return "address";
    case T::host:
      return "name of an address";
    case T::word:
      return "word";
    case T::mark:
      return "mark";
    case T::code:
      return "code";
    case T::whisperer:
      return "whisperer";
    case T::upload:
      return "upload";
    case T::session:
    case T::communication:
      return "id";
    case T::header:
      return "header";
    case T::body:
      return "body";
    case T::field:
      return "field";
  }
  return "text";
}

std::string_view value_help(FieldType type) noexcept {
  switch (type) {
    case T::number:
      return "a whole number, a span (80..90) or a comparison (>1024)";
    case T::status:
      return "a status (404), a class (5xx), a span (500..599), a comparison (>=500) or none";
    case T::duration:
      return "a length of time with its unit: us, ms, s, m, h (200ms, >1.5s, 1ms..5ms)";
    case T::size:
      return "bytes, or a number with B, kB, KiB, MB, MiB, GB or GiB (>10kB, 1MB..2MB)";
    case T::instant:
      return "a comparison or a span of times (>=2026-11-21T03:00:00Z)";
    case T::text:
      return "the whole text; * stands for any characters, ? for one";
    case T::part:
      return "a part of the text; * stands for any characters, ? for one, = before it asks for the "
             "whole";
    case T::address:
      return "an address, a network (10.0.0.0/8) or a pattern (192.0.2.*)";
    case T::host:
      return "the whole name of an address; * stands for any characters, ? for one";
    case T::word:
    case T::mark:
      return "one of its words";
    case T::code:
      return "a code's name, or a pattern (gap_*)";
    case T::whisperer:
      return "a whisperer's name, or a pattern";
    case T::upload:
      return "an upload's id (3), its file's name, or a pattern (*.pcap)";
    case T::session:
      return "a session's id";
    case T::communication:
      return "a communication's id";
    case T::header:
    case T::body:
      return "a part of the text; * stands for any characters, ? for one";
    case T::field:
      return "a field's name";
  }
  return "a value";
}

bool ordered(FieldType type) noexcept {
  return type == T::number || type == T::status || type == T::duration || type == T::size ||
         type == T::instant;
}

bool textual(FieldType type) noexcept {
  return type == T::text || type == T::part || type == T::header || type == T::body;
}

bool comma_lists(const Field& field) noexcept {
  switch (field.type) {
    case T::part:
    case T::header:
    case T::body:
      return field.name == "type" || field.name == "request.type" || field.name == "response.type";
    case T::text:
      return field.name == "method" || field.name == "host";
    default:
      return true;
  }
}

std::optional<FieldRef> find_field(std::string_view text) {
  const std::string asked = dotted(text);
  for (const Field& field : kFields)
    if (asked == field.name || (!field.alias.empty() && asked == field.alias))
      return FieldRef{&field, {}};
  for (const Field& field : kFields) {
    const std::size_t own = field.name.size();
    if (field.named && asked.size() > own + 1 && asked.starts_with(field.name) && asked[own] == '.')
      return FieldRef{&field, std::string(text.substr(own + 1))};
  }
  return std::nullopt;
}

std::string nearest(std::string_view text, std::span<const std::string_view> words) {
  std::string_view best;
  std::size_t steps = text.size() < 4 ? 2 : 3;  // fewer than these
  if (text.size() > 64) return {};
  for (const std::string_view word : words) {
    const std::size_t d = distance(text, word);
    if (d < steps) {
      steps = d;
      best = word;
    }
  }
  if (!best.empty() || text.size() < 2) return std::string(best);
  const auto at = std::find_if(words.begin(), words.end(), [&](std::string_view word) {
    return word.starts_with(text) || (text.size() > 3 && word.find(text) != word.npos);
  });
  return at == words.end() ? std::string{} : std::string(*at);
}

std::string nearest_field(std::string_view text) {
  std::vector<std::string_view> words;
  for (const Field& field : kFields) {
    words.push_back(field.name);
    if (!field.alias.empty()) words.push_back(field.alias);
  }
  return nearest(dotted(text), words);
}

std::span<const Word> words_of(const Field& field) noexcept {
  if (field.type == T::mark) return kMarks;
  if (field.column == ColumnId::state) return kStates;
  if (field.column == ColumnId::http_minor) return kVersions;
  if (field.column == ColumnId::identity_kind) return kIdentityKinds;
  return {};
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = folded(c);
  return out;
}

}  // namespace spider::query::language
