// Looking for start lines. Without a gap what is found does not depend on how the stream is cut:
// requests are looked for at line beginnings, responses at any byte. Behind a gap, and in a capture
// that begins mid-stream, a packet's beginning is a candidate as well, and responses are taken only
// there and at line beginnings, since a body may speak of HTTP.

#include <cstring>

#include "spider/parse/codes.h"

#include "parse/decoders/http1/message_parser.h"

namespace spider::parse::http1 {
namespace {
constexpr std::string_view kStatusStart = "HTTP/1.";

// Bytes at the end of `text` that may be the beginning of kStatusStart.
[[nodiscard]] std::size_t partial_tail(std::string_view text) noexcept {
  for (std::size_t n = std::min(text.size(), kStatusStart.size() - 1); n > 0; --n)
    if (text.substr(text.size() - n) == kStatusStart.substr(0, n)) return n;
  return 0;
}
}  // namespace

void MessageParser::mark_pending(const Cursor& c) {
  if (pending_.empty()) {
    pending_offset_ = c.offset;
    pending_time_ = pending_last_time_ = c.time;
    pending_packet_ = pending_last_packet_ = c.packet;
    pending_peer_offset_ = c.peer_offset;
    pending_packet_at_ = 0;
    return;
  }
  if (c.packet != pending_last_packet_) {
    pending_packet_at_ = pending_.size();
    pending_packet_time_ = c.time;
    pending_packet_peer_offset_ = c.peer_offset;
  }
  pending_last_time_ = std::max(pending_last_time_, c.time);
  pending_last_packet_ = std::max(pending_last_packet_, c.packet);
}

void MessageParser::keep_last_packet() {
  pending_offset_ += pending_packet_at_;
  pending_time_ = pending_last_time_ = pending_packet_time_;
  pending_packet_ = pending_last_packet_;
  pending_peer_offset_ = pending_packet_peer_offset_;
  pending_.remove_prefix(pending_packet_at_);
  pending_packet_at_ = 0;
  pending_at_line_ = false;
}

void MessageParser::foreign_bytes(std::uint64_t offset, base::Time time, std::uint64_t packet) {
  if (!joined_) events_.unreadable(role_, packet);
  if (!clean_) return;
  clean_ = false;
  // A stream that begins with something else is not HTTP in this direction, whatever a later line
  // looks like.
  dead_ = !began_;
  events_.note(role_, codes::bytes_between_messages, offset, time);
  events_.parse_error(role_, time);
}

// Bytes before the next response: behind a gap the rest of one, else nobody knows what.
void MessageParser::skipped_bytes(const Cursor& c, std::size_t bytes) {
  if (joined_) {
    events_.bytes_without_head(c.offset + bytes, c.time);
  } else {
    events_.unreadable(role_, c.packet);
  }
}

// RFC 9112 2.2: blank lines before a start line are passed over.
void MessageParser::skip_blank_lines(Cursor& c) {
  const std::string_view text = c.text();
  std::size_t n = 0;
  while (n < text.size() && (text[n] == '\r' || text[n] == '\n')) ++n;
  if (n == 0) return;
  c.advance(n);
  at_line_ = true;
}

void MessageParser::open_message(std::string_view first_bytes, std::uint16_t status) {
  Message& m = events_.begin_message(role_, status,
                                     {pending_offset_, pending_peer_offset_, pending_packet_});
  if (state_ == State::opaque) return;
  if (!clean_) events_.note(role_, codes::resynchronised, pending_offset_, pending_time_);
  message_ = &m;
  began_ = true;
  m.present = true;
  m.status = status;
  m.first_byte = pending_time_;
  m.last_byte = pending_last_time_;
  m.first_packet = pending_packet_;
  m.last_packet = pending_last_packet_;
  m.begin = pending_offset_;
  m.peer_offset = pending_peer_offset_;
  m.end = m.begin + first_bytes.size();
  m.wire_bytes = first_bytes.size();
  m.head.append(base::as_bytes(first_bytes));
  state_ = State::head;
  head_full_ = false;
  line_bytes_ = 0;
  line_is_cr_ = false;
}

void MessageParser::begin_request(std::string_view line, const RequestLine& parsed) {
  open_message(line, 0);
  if (message_ == nullptr) return;
  Message& m = *message_;
  m.minor = parsed.minor;
  m.method = {0, static_cast<std::uint32_t>(parsed.method_bytes)};
  m.target = {static_cast<std::uint32_t>(parsed.target_at),
              static_cast<std::uint32_t>(parsed.target_bytes)};
  if (parsed.odd) m.note(codes::request_line_odd);
  if (parsed.minor != model::kHttpVersionMissing) return;
  m.note(codes::version_missing);
  state_ = State::bare_head;
}

void MessageParser::begin_response(std::string_view prefix, const StatusPrefix& parsed) {
  open_message(prefix, parsed.status);
  if (message_ == nullptr) return;
  message_->minor = parsed.minor;
  message_->prefix_bytes = static_cast<std::uint32_t>(parsed.bytes);
  if (parsed.odd) message_->note(codes::status_line_odd);
  line_bytes_ = prefix.size();
}

// ---- requests

void MessageParser::find_request(Cursor& c) {
  if (!pending_.empty()) {
    continue_request_line(c);
    return;
  }
  if (clean_) {
    skip_blank_lines(c);
    if (c.empty()) return;
  }
  search_request_line(c);
}

void MessageParser::drop_line(bool at_line_after) {
  foreign_bytes(pending_offset_, pending_time_, pending_last_packet_);
  pending_.reset(0);
  at_line_ = at_line_after;
}

// At the beginning of a line any method is one, elsewhere only those that are well known.
bool MessageParser::pending_believed() const noexcept {
  return pending_at_line_ || begins_with_known_method(pending_.text());
}
bool MessageParser::pending_may_become_request() const noexcept {
  return pending_believed() && may_become_request_line(pending_.text());
}

void MessageParser::continue_request_line(Cursor& c) {
  const std::string_view text = c.text();
  const std::size_t lf = text.find('\n');
  const bool whole = lf != std::string_view::npos;
  const std::size_t n = whole ? lf + 1 : text.size();
  if (pending_.size() + n > head_max()) {
    drop_line(false);
    search_request_line(c);
    return;
  }
  mark_pending(c);
  pending_.append(c.bytes.first(n));
  c.advance(n);
  RequestLine parsed;
  // Behind a gap a packet that begins with a whole line is worth more than a vague one.
  const bool several = joined_ && pending_packet_at_ != 0;
  const std::string_view fresh = pending_.text().substr(several ? pending_packet_at_ : 0);
  if (several && begins_with_known_method(fresh) &&
      (whole ? parse_request_line(fresh, parsed) : !pending_may_become_request()))
    keep_last_packet();
  if (!whole) {
    if (!pending_may_become_request()) drop_line(false);
    return;
  }
  if (pending_believed() && (parse_request_line(pending_.text(), parsed) ||
                             (clean_ && parse_bare_request_line(pending_.text(), parsed)))) {
    begin_request(pending_.text(), parsed);
    pending_.reset(0);
  } else {
    drop_line(true);
  }
}

void MessageParser::search_request_line(Cursor& c) {
  while (!c.empty()) {
    const std::string_view text = c.text();
    const void* found = std::memchr(text.data(), '\n', text.size());
    const std::size_t n =
        found == nullptr
            ? text.size()
            : static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) + 1;
    // A packet may begin with the rest of a word; a well-known method is not that.
    const bool candidate =
        n <= head_max() &&
        (at_line_ || (joined_ && c.at_packet_start && begins_with_known_method(text)));
    if (found == nullptr) {
      if (candidate && may_become_request_line(text)) {
        mark_pending(c);
        pending_.append(c.bytes);
        pending_at_line_ = at_line_;
      } else {
        foreign_bytes(c.offset, c.time, c.packet);
        at_line_ = false;
      }
      c.advance(n);
      return;
    }
    RequestLine parsed;
    if (candidate && (parse_request_line(text.substr(0, n), parsed) ||
                      (clean_ && parse_bare_request_line(text.substr(0, n), parsed)))) {
      mark_pending(c);
      begin_request(text.substr(0, n), parsed);
      c.advance(n);
      return;
    }
    foreign_bytes(c.offset, c.time, c.packet);
    at_line_ = true;
    c.advance(dead_ ? c.bytes.size() : n);
  }
}

// ---- responses

void MessageParser::find_response(Cursor& c) {
  if (!pending_.empty()) {
    if (!continue_status_prefix(c)) return;
  }
  if (clean_) {
    skip_blank_lines(c);
    if (c.empty()) return;
    StatusPrefix parsed;
    switch (match_status_prefix(c.text(), parsed)) {
      case Match::yes:
        mark_pending(c);
        begin_response(c.text().substr(0, parsed.bytes), parsed);
        c.advance(parsed.bytes);
        return;
      case Match::maybe:
        mark_pending(c);
        pending_.append(c.bytes);
        c.advance(c.bytes.size());
        return;
      case Match::no:
        foreign_bytes(c.offset, c.time, c.packet);
        break;
    }
  }
  search_status_line(c);
}

// Goes on with a prefix that was cut. True: the search goes on in `c`.
bool MessageParser::continue_status_prefix(Cursor& c) {
  // Pending bytes are few: at most a prefix.
  char joined[2 * kStatusPrefixMax];
  const std::size_t had = pending_.size();
  const std::size_t more = std::min(c.bytes.size(), kStatusPrefixMax);
  std::memcpy(joined, pending_.bytes().data(), had);
  std::memcpy(joined + had, c.bytes.data(), more);
  StatusPrefix parsed;
  Match match = match_status_prefix({joined, had + more}, parsed);
  if (parsed.tab && !clean_) match = Match::no;
  switch (match) {
    case Match::yes: {
      const std::size_t n = parsed.bytes > had ? parsed.bytes - had : 0;
      mark_pending(c);
      begin_response({joined, parsed.bytes}, parsed);
      pending_.reset(0);
      c.advance(n);
      return false;
    }
    case Match::maybe:
      mark_pending(c);
      pending_.append(c.bytes.first(more));
      c.advance(more);
      return false;
    case Match::no:
      break;
  }
  foreign_bytes(pending_offset_, pending_time_, pending_last_packet_);
  pending_.clear();
  at_line_ = false;
  // What was kept could still become a prefix, so it holds no second "H": the next one stands in
  // `c`.
  return true;
}

void MessageParser::search_status_line(Cursor& c) {
  if (dead_) {
    events_.unreadable(role_, c.packet);
    c.advance(c.bytes.size());
    return;
  }
  const std::string_view text = c.text();
  std::size_t from = 0;
  for (;;) {
    std::size_t at = text.find(kStatusStart, from);
    const bool partial = at == std::string_view::npos;
    if (partial) at = text.size() - partial_tail(text);
    if (at >= text.size()) break;
    const bool line = at == 0 ? at_line_ : text[at - 1] == '\n';
    const bool allowed = !joined_ || line || (at == 0 && c.at_packet_start);
    StatusPrefix parsed;
    const Match match =
        allowed ? match_status_prefix(text.substr(at, kStatusPrefixMax), parsed) : Match::no;
    if (match == Match::no || parsed.tab) {
      if (partial) break;
      from = at + 1;
      continue;
    }
    if (at != 0) skipped_bytes(c, at);
    c.advance(at);
    mark_pending(c);
    if (match == Match::yes) {
      begin_response(text.substr(at, parsed.bytes), parsed);
      c.advance(parsed.bytes);
    } else {
      pending_.append(c.bytes);
      c.advance(c.bytes.size());
    }
    return;
  }
  at_line_ = text.empty() ? at_line_ : text.back() == '\n';
  if (!text.empty()) skipped_bytes(c, text.size());
  c.advance(text.size());
}

}  // namespace spider::parse::http1
