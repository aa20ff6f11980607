// Turning an Exchange into the Communication that the store keeps.

#include <algorithm>

#include "spider/model/http_head.h"
#include "spider/parse/codes.h"

#include "parse/decoders/http1/connection.h"

namespace spider::parse::http1 {
namespace {

// "Text/HTML; charset=x" -> "text/html"; `lower` is used only when a letter has to change.
[[nodiscard]] std::string_view media_type(std::string_view value, std::string& lower) {
  value = model::trim_blanks(value.substr(0, value.find(';')));
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (std::none_of(value.begin(), value.end(), upper)) return value;
  lower.assign(value);
  for (char& c : lower)
    if (upper(c)) c = static_cast<char>(c + ('a' - 'A'));
  return lower;
}

void fill(model::HttpMessage& out, const Message& m) {
  out.present = m.present;
  out.first_byte = m.first_byte;
  out.last_byte = m.last_byte;
  out.head = m.head.text();
  out.trailers = m.trailers.text();
  out.flags = m.flags;
  out.wire_bytes = m.wire_bytes;
  out.body_bytes = m.body_bytes;
  out.missing_bytes = m.missing_bytes;
  out.retransmitted_bytes = m.retransmitted_bytes;
  out.body = m.extents;
  out.holes = m.holes;
  out.more_holes = m.more_holes;
  out.first_packet = m.first_packet;
  out.last_packet = m.last_packet;
}

[[nodiscard]] model::CommunicationState state_of(const Exchange& e) {
  if (!e.response.present) return model::CommunicationState::no_response;
  if (!e.request.present) return model::CommunicationState::no_request;
  return e.request.intact() && e.response.intact() ? model::CommunicationState::complete
                                                   : model::CommunicationState::partial;
}

[[nodiscard]] bool has(std::uint64_t bits, base::Code code) {
  return (bits >> (code.number() - 4001U) & 1U) != 0;
}

// The one reason under which a partial communication is booked.
[[nodiscard]] model::Quality reason_of(const Exchange& e, model::CommunicationState state) {
  using model::Quality;
  const std::uint64_t bits = e.codes | e.request.codes | e.response.codes;
  if (has(bits, codes::memory_full) || has(bits, codes::pipeline_full))
    return Quality::partial_limit;
  if (state == model::CommunicationState::no_response)
    return has(bits, codes::response_in_gap) ? Quality::partial_response_in_gap
                                             : Quality::partial_no_response;
  if (state == model::CommunicationState::no_request)
    return has(bits, codes::request_in_gap) ? Quality::partial_request_in_gap
                                            : Quality::partial_no_request;
  const bool gap = ((e.request.flags | e.response.flags) & model::kMessageGap) != 0;
  return gap ? Quality::partial_gap : Quality::partial_cut;
}

void book_bodies(const Message& m, model::QualityCounts& books) {
  if (!m.present || m.body_bytes == 0) return;
  books[model::Quality::body_bytes] += m.body_bytes;
  books[model::Quality::body_bytes_capped] += m.capped_bytes;
  for (const model::BodyExtent& e : m.extents) books[model::Quality::body_bytes_saved] += e.bytes;
}

void add_codes(model::Communication& c, std::uint64_t bits) {
  for (std::size_t i = 0; bits != 0 && i < c.codes.size(); ++i) {
    const auto bit = static_cast<unsigned>(__builtin_ctzll(bits));
    c.codes[i] = static_cast<std::uint16_t>(4001U + bit);
    bits &= bits - 1;
  }
}

}  // namespace

void Connection::emit(Exchange& e) {
  const model::TcpSession& session = *flow_->session;
  model::Communication c;
  c.session = session.id;
  c.ordinal = e.ordinal;
  const bool as_session = client_ == session.client_direction;
  c.client = as_session ? session.client : session.server;
  c.server = as_session ? session.server : session.client;
  const Message& first = e.request.present ? e.request : e.response;
  const Message& last = e.response.present ? e.response : e.request;
  c.start = first.first_byte;
  // Packets may have come in disorder; what ends is never before what began.
  c.end = std::max(c.start, last.last_byte);
  if (e.ordinal == 0 && session.syn_time != base::Time::min() &&
      session.handshake_time != base::Time::min())
    c.connect = session.handshake_time - session.syn_time;
  c.state = state_of(e);
  if (e.request.present) {
    const std::string_view head = e.request.head.text();
    c.method = e.request.method.in(head);
    c.target = e.request.target.in(head);
    c.host = e.request.host.in(head);
    c.request_type = media_type(e.request.type.in(head), request_type_);
    c.http_minor = e.request.minor;
    fill(c.request, e.request);
  }
  if (e.response.present) {
    const std::string_view head = e.response.head.text();
    c.status = e.response.status;
    c.response_type = media_type(e.response.type.in(head), response_type_);
    c.response_encoding = e.response.encoding.in(head);
    c.http_minor = e.response.minor;
    fill(c.response, e.response);
  }
  c.meaning =
      lane_.meaning.read(c.request.head, e.request.marks, c.response.head, e.response.marks);
  c.interim_responses = e.interim;
  const std::uint64_t bits = e.codes | e.request.codes | e.response.codes;
  if (has(bits, codes::response_not_seen) || has(bits, codes::message_cut)) {
    e.note(who_ended());
    if (first_end_) c.ended_after = first_end_->time - c.end;
  }
  add_codes(c, bits | e.codes);
  model::QualityCounts& books = lane_.quality.at(c.end);
  if (c.state == model::CommunicationState::complete) {
    ++books[model::Quality::communications_complete];
  } else {
    ++books[model::Quality::communications_partial];
    ++books[reason_of(e, c.state)];
  }
  book_bodies(e.request, books);
  book_bodies(e.response, books);
  ++flow_->emitted;
  lane_.sink.on_communication(c);
}

}  // namespace spider::parse::http1
