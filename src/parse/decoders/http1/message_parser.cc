#include "parse/decoders/http1/message_parser.h"

#include <algorithm>
#include <cstring>

#include "spider/parse/codes.h"

#include "parse/blank_line.h"

namespace spider::parse::http1 {
namespace {
// Longer names of headers are not waited for.
constexpr std::size_t kBareNameMax = 64;
}  // namespace

void MessageParser::begin(Entry entry) noexcept {
  message_ = nullptr;
  pending_.reset(0);
  stage_.reset(0);
  last_packet_seen_ = 0;
  dead_ = false;
  began_ = entry != Entry::first_byte;
  unsure_ = false;
  look_for_start(entry == Entry::first_byte, entry == Entry::mid_stream);
}

void MessageParser::release() noexcept {
  pending_.reset(0);
  stage_.reset(0);
  message_ = nullptr;
}

void MessageParser::look_for_start(bool clean, bool joined) noexcept {
  state_ = State::start;
  clean_ = clean;
  joined_ = joined;
  at_line_ = clean;
  pending_.reset(0);
}

void MessageParser::on_chunk(const model::StreamChunk& chunk) {
  Cursor c{chunk.bytes,         chunk.offset,      chunk.time,
           chunk.packet_number, chunk.peer_offset, chunk.packet_number != last_packet_seen_};
  last_packet_seen_ = chunk.packet_number;
  read(c);
}

void MessageParser::read(Cursor& c) {
  while (!c.empty()) {
    switch (state_) {
      case State::start:
        if (dead_) {
          events_.unreadable(role_, c.packet);
          return;
        }
        if (role_ == Role::request) {
          find_request(c);
        } else {
          find_response(c);
        }
        break;
      case State::head:
        read_head(c);
        break;
      case State::bare_head:
        read_bare_head(c);
        break;
      case State::body_due:
        read_body_due(c);
        break;
      case State::length:
        read_length(c);
        break;
      case State::until_close:
        read_until_close(c);
        break;
      case State::chunk_size:
        read_chunk_size(c);
        break;
      case State::chunk_data:
        read_chunk_data(c);
        break;
      case State::chunk_end:
        read_chunk_end(c);
        break;
      case State::trailers:
        read_trailers(c);
        break;
      case State::opaque:
        return;
    }
  }
}

void MessageParser::touch(const Cursor& c, std::size_t n) noexcept {
  Message& m = *message_;
  m.last_byte = std::max(m.last_byte, c.time);
  m.last_packet = std::max(m.last_packet, c.packet);
  m.wire_bytes += n;
  m.end = c.offset + n;
}

std::size_t MessageParser::scan_lines(std::string_view text, bool& blank_line) noexcept {
  std::size_t at = 0;
  bool passed = false;
  while (at < text.size()) {
    if (line_bytes_ == 0 && !passed) {
      at += whole_lines(text.substr(at));
      passed = true;
    }
    const void* found = std::memchr(text.data() + at, '\n', text.size() - at);
    const std::size_t stop =
        found == nullptr ? text.size()
                         : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
    if (line_bytes_ == 0 && stop != at) line_is_cr_ = text[at] == '\r';
    line_bytes_ += stop - at;
    if (found == nullptr) return text.size();
    at = stop + 1;
    if (line_bytes_ == 0 || (line_bytes_ == 1 && line_is_cr_)) {
      blank_line = true;
      return at;
    }
    line_bytes_ = 0;
  }
  return at;
}

void MessageParser::read_head(Cursor& c) {
  bool whole = false;
  const std::size_t n = scan_lines(c.text(), whole);
  if (!head_full_ && message_->head.size() + n <= head_max()) {
    message_->head.append(c.bytes.first(n));
  } else {
    keep_overlong(c.bytes.first(n));
  }
  touch(c, n);
  c.advance(n);
  if (whole) {
    head_done();
  } else if (lane_.full()) {
    events_.out_of_memory();
  }
}

// HTTP/0.9 has no headers and no blank line: the request is over with its line. A program that
// forgot the version sends headers all the same. The first letters behind the line tell.
void MessageParser::read_bare_head(Cursor& c) {
  while (!c.empty()) {
    const auto b = static_cast<char>(c.bytes.front());
    if (is_token_char(b) && pending_.size() < kBareNameMax) {
      mark_pending(c);
      pending_.append(c.bytes.first(1));
      c.advance(1);
      continue;
    }
    if (pending_.empty() ? b == '\r' || b == '\n' : b == ':') {
      Message& m = *message_;
      state_ = State::head;
      line_bytes_ = pending_.size();
      m.head.append(pending_.bytes());
      m.wire_bytes += pending_.size();
      pending_.clear();
      return;
    }
    // Something else begins here.
    char next[kBareNameMax];
    const std::size_t n = pending_.size();
    if (n != 0) std::memcpy(next, pending_.bytes().data(), n);
    head_done();
    if (state_ != State::start) return;
    pending_.append(base::as_bytes(std::string_view(next, n)));
    pending_at_line_ = true;
    return;
  }
}

void MessageParser::head_done() {
  Message& m = *message_;
  m.head_whole = true;
  if (head_full_) {
    late_line_done();
  } else {
    read_fields(m, lane_.meaning.wanted());
  }
  pending_.reset(0);
  const BodyRule rule = events_.head_complete(role_, m);
  if (state_ == State::opaque) return;
  switch (rule.kind) {
    case BodyKind::none:
    case BodyKind::tunnel:
      m.whole = true;
      finish_message();
      break;
    case BodyKind::unknown:
      m.whole = true;
      finish_message();
      look_for_start(false, false);
      at_line_ = true;
      break;
    case BodyKind::length:
      remaining_ = rule.length;
      state_ = State::length;
      if (remaining_ == 0) {
        m.whole = true;
        finish_message();
      }
      break;
    case BodyKind::chunked:
      m.flags |= model::kMessageChunked;
      first_chunk_ = true;
      begin_size_line();
      break;
    case BodyKind::until_close:
      m.flags |= model::kMessageUntilClose;
      state_ = State::until_close;
      break;
  }
  if (rule.kind == BodyKind::tunnel) become_opaque(codes::tunnel);
  alone_ = rule.alone;
  unsure_ = rule.unsure && message_ != nullptr;
  if (unsure_) expect_body();
}

void MessageParser::finish_message() {
  flush_stage();
  Message& m = *message_;
  message_ = nullptr;
  m.done = true;
  look_for_start(true, false);
  events_.message_done(role_, m);
}

// The message ends before its time.
void MessageParser::cut_message(std::uint16_t flag, base::Code code) {
  Message& m = *message_;
  m.flags |= flag;
  m.note(code);
  if (!m.head_whole) {
    m.note(codes::head_incomplete);
    if (!head_full_) read_fields(m, lane_.meaning.wanted());
    // A response without a whole head may still be matched; its body is not known.
  }
  finish_message();
}

void MessageParser::on_gap(const model::Gap& gap) {
  if (state_ == State::opaque) return;
  if (state_ == State::body_due) body_begins();
  const bool surely = message_ == nullptr && state_ == State::start && clean_ && pending_.empty();
  if (message_ != nullptr) {
    if (gap_in_body(gap)) {
      if (unsure_ && message_ != nullptr && message_->body_bytes == 0) expect_body();
      return;
    }
    events_.note(role_, codes::gap_in_message, gap.offset, gap.time);
    cut_message(model::kMessageGap, codes::gap_in_message);
    if (state_ == State::opaque) return;
  } else if (!pending_.empty() && clean_) {
    events_.note(role_, codes::start_line_incomplete, gap.offset, gap.time);
    events_.parse_error(role_, gap.time);
  }
  look_for_start(false, true);
  dead_ = false;
  began_ = true;
  events_.note(role_, codes::gap_between_messages, gap.offset, gap.time);
  events_.messages_lost(role_, gap, surely);
}

void MessageParser::on_end(base::Time time, bool closed) {
  if (state_ == State::body_due) body_begins();
  if (state_ == State::opaque) return;
  if (message_ == nullptr) {
    if (!pending_.empty() && clean_) {
      events_.note(role_, codes::start_line_incomplete, pending_offset_, time);
      events_.parse_error(role_, time);
      if (role_ == Role::request) events_.unreadable(role_, pending_last_packet_);
    }
  } else if (state_ == State::bare_head) {
    if (!pending_.empty()) events_.note(role_, codes::start_line_incomplete, pending_offset_, time);
    head_done();
  } else if (state_ == State::until_close && closed) {
    message_->whole = true;
    finish_message();
  } else {
    if (!message_->head_whole) events_.note(role_, codes::head_incomplete, message_->begin, time);
    cut_message(model::kMessageCut, codes::message_cut);
  }
  // Nothing follows an end; what is delivered all the same belongs to no message.
  if (state_ != State::opaque) look_for_start(false, false);
}

void MessageParser::become_opaque(base::Code reason) {
  if (message_ != nullptr) cut_message(model::kMessageCut, reason);
  state_ = State::opaque;
  release();
}

}  // namespace spider::parse::http1
