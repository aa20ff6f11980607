// Whether a body comes that the head announces. A response to HEAD has none (RFC 9112 6.3), so
// where its request is not known for certain the next response may stand where the body would.

#include "spider/parse/codes.h"

#include "parse/decoders/http1/message_parser.h"

namespace spider::parse::http1 {

void MessageParser::expect_body() noexcept {
  body_state_ = state_;
  state_ = State::body_due;
}

void MessageParser::read_body_due(Cursor& c) {
  // Behind a gap only a packet's beginning is as good as the place where the head ended.
  const bool behind_gap = (message_->flags & model::kMessageGap) != 0;
  char text[2 * kStatusPrefixMax];
  const std::size_t had = pending_.text().copy(text, kStatusPrefixMax);
  if (alone_ || (behind_gap && had == 0 && !c.at_packet_start)) {
    body_begins();
    return;
  }
  const std::size_t more = base::as_text(c.bytes).copy(text + had, kStatusPrefixMax);
  StatusPrefix parsed;
  Match match = match_status_prefix({text, had + more}, parsed);
  if (parsed.odd) match = Match::no;
  switch (match) {
    case Match::yes:
      no_body_came(c.time);
      // Still where they were marked: the search goes on with them.
      if (state_ == State::start) pending_.append(base::as_bytes(std::string_view(text, had)));
      return;
    case Match::maybe:
      mark_pending(c);
      pending_.append(c.bytes.first(more));
      c.advance(more);
      return;
    case Match::no:
      body_begins();
      return;
  }
}

void MessageParser::no_body_came(base::Time time) {
  Message& m = *message_;
  const model::Gap gap{m.begin + m.wire_bytes, m.end - m.begin - m.wire_bytes, time};
  m.end = gap.offset;
  m.forget_holes();
  m.whole = gap.bytes == 0;
  finish_message();
  if (gap.bytes == 0 || state_ != State::start) return;
  events_.note(role_, codes::gap_between_messages, gap.offset, gap.time);
  events_.messages_lost(role_, gap, false);
}

void MessageParser::body_begins() {
  char text[kStatusPrefixMax];
  const std::size_t had = pending_.text().copy(text, sizeof text);
  pending_.clear();
  state_ = body_state_;
  Cursor c{base::as_bytes(std::string_view(text, had)),
           pending_offset_,
           pending_last_time_,
           pending_last_packet_,
           pending_peer_offset_,
           false};
  read(c);
}

void MessageParser::answered_up_to(std::uint64_t offset) {
  if (state_ == State::body_due && pending_.empty() && message_->end == offset &&
      (message_->flags & model::kMessageGap) == 0)
    no_body_came(message_->last_byte);
}

}  // namespace spider::parse::http1
