// Bodies: counted, given to the sink up to the cap, never kept. RFC 9112 6 and 7.

#include <algorithm>
#include <cstring>

#include "spider/parse/codes.h"

#include "parse/decoders/http1/message_parser.h"

namespace spider::parse::http1 {
namespace {
// Pieces of at least this size go to the sink as they come.
constexpr std::uint64_t kDirectMin = 1'024;
constexpr std::uint64_t kStageMin = 4'096;
constexpr std::uint64_t kStageMax = 65'536;
// A chunk's size line is kept until it proves to be one; more leading blanks are no size line.
constexpr std::size_t kSizeBlanksMax = 32;
// Far beyond any body, and far enough from the end of 64 bits that one digit more cannot wrap.
constexpr std::uint64_t kChunkMax = 1ULL << 56U;

// The longer a body, the larger its pieces: their number stays small.
[[nodiscard]] std::uint64_t piece_bytes(std::uint64_t saved) noexcept {
  return std::clamp(saved / 64, kStageMin, kStageMax);
}
[[nodiscard]] bool has_bare_line_feed(std::string_view lines) noexcept {
  for (std::size_t at = 0; (at = lines.find('\n', at)) != std::string_view::npos; ++at)
    if (at == 0 || lines[at - 1] != '\r') return true;
  return false;
}
}  // namespace

void MessageParser::take_body(Cursor& c, std::size_t n) {
  touch(c, n);
  message_->body_bytes += n;
  save(c.bytes.first(n));
  c.advance(n);
}

void MessageParser::save(base::Bytes bytes) {
  if (bytes.empty()) return;
  Message& m = *message_;
  const std::uint64_t taken = m.saved_bytes + stage_.size();
  const std::uint64_t cap = lane_.whisperer.save_bodies ? lane_.whisperer.body_max_bytes : 0;
  const std::uint64_t room = cap > taken ? cap - taken : 0;
  if (bytes.size() > room) {
    m.flags |= lane_.whisperer.save_bodies ? model::kMessageBodyCapped : model::kMessageBodyUnsaved;
    m.capped_bytes += bytes.size() - room;
    bytes = bytes.first(static_cast<std::size_t>(room));
    if (bytes.empty()) return;
  }
  const std::uint64_t piece = piece_bytes(m.saved_bytes);
  if (stage_.empty() && bytes.size() >= (piece == kStageMin ? kDirectMin : piece)) {
    m.add_extent(lane_.sink.save_body(bytes));
    return;
  }
  stage_.append(bytes);
  if (stage_.size() >= piece) flush_stage();
}

void MessageParser::flush_stage() {
  if (!stage_.empty()) message_->add_extent(lane_.sink.save_body(stage_.bytes()));
  stage_.clear();
}

void MessageParser::read_length(Cursor& c) {
  const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, c.bytes.size()));
  take_body(c, n);
  remaining_ -= n;
  if (remaining_ != 0) return;
  message_->whole = true;
  finish_message();
}

void MessageParser::read_until_close(Cursor& c) { take_body(c, c.bytes.size()); }

void MessageParser::begin_size_line() noexcept {
  state_ = State::chunk_size;
  size_phase_ = SizePhase::blanks;
  chunk_size_ = 0;
  line_end_cr_ = false;
  pending_.clear();
}

// False: no size line. Blanks around the digits are accepted, as many receivers do, and told where
// RFC 9112 7.1 has none: it allows them before an extension's semicolon only.
bool MessageParser::take_size_byte(char b) {
  const bool blank = b == ' ' || b == '\t';
  if (size_phase_ == SizePhase::blanks && blank) {
    message_->note(codes::chunk_line_odd);
    return pending_.size() < kSizeBlanksMax;
  }
  if (size_phase_ == SizePhase::blanks_behind) {
    if (blank) return true;
    if (b != ';') message_->note(codes::chunk_line_odd);
    line_end_cr_ = b == '\r';
    size_phase_ = SizePhase::rest;
    return true;
  }
  unsigned digit = 16;
  if (b >= '0' && b <= '9') digit = static_cast<unsigned>(b - '0');
  const char low = static_cast<char>(b | 0x20);
  if (low >= 'a' && low <= 'f') digit = static_cast<unsigned>(low - 'a') + 10;
  if (digit < 16) {
    size_phase_ = SizePhase::digits;
    if (chunk_size_ >= kChunkMax) return false;
    chunk_size_ = chunk_size_ * 16 + digit;
    return true;
  }
  if (size_phase_ != SizePhase::digits || !(blank || b == ';' || b == '\r')) return false;
  size_phase_ = blank ? SizePhase::blanks_behind : SizePhase::rest;
  line_end_cr_ = b == '\r';
  return true;
}

// Extensions mean nothing to us (RFC 9112 7.1.1). That they are read up to a line feed is told when
// it stands alone, or when a CR before it may have ended the line for somebody else.
void MessageParser::take_size_rest(Cursor& c) {
  const std::string_view text = c.text();
  const std::size_t lf = text.find('\n');
  const bool whole = lf != std::string_view::npos;
  const std::string_view rest = text.substr(0, lf);
  if (!rest.empty()) {
    const std::size_t cr = rest.find('\r');
    if (line_end_cr_ || (cr != std::string_view::npos && cr + 1 != rest.size()))
      message_->note(codes::chunk_line_odd);
    line_end_cr_ = rest.back() == '\r';
  }
  if (whole && !line_end_cr_) message_->note(codes::chunk_line_odd);
  const std::size_t n = whole ? lf + 1 : text.size();
  touch(c, n);
  c.advance(n);
  if (whole) size_line_done();
}

void MessageParser::read_chunk_size(Cursor& c) {
  while (!c.empty()) {
    if (size_phase_ == SizePhase::rest) {
      take_size_rest(c);
      if (state_ != State::chunk_size) return;
      continue;
    }
    const auto b = static_cast<char>(c.bytes.front());
    if (b == '\n' &&
        (size_phase_ == SizePhase::digits || size_phase_ == SizePhase::blanks_behind)) {
      message_->note(codes::chunk_line_odd);
      touch(c, 1);
      c.advance(1);
      size_line_done();
      return;
    }
    if (!take_size_byte(b)) {
      bad_chunk(c);
      return;
    }
    // Zeros in front are worth nothing: the line kept stays short.
    if (pending_.size() < 2 * kSizeBlanksMax) pending_.append(c.bytes.first(1));
    touch(c, 1);
    c.advance(1);
  }
}

void MessageParser::size_line_done() {
  pending_.clear();
  first_chunk_ = false;
  if (chunk_size_ == 0) {
    state_ = State::trailers;
    line_bytes_ = 0;
    line_is_cr_ = false;
    return;
  }
  remaining_ = chunk_size_;
  state_ = State::chunk_data;
}

void MessageParser::read_chunk_data(Cursor& c) {
  const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, c.bytes.size()));
  take_body(c, n);
  remaining_ -= n;
  if (remaining_ == 0) {
    state_ = State::chunk_end;
    line_end_cr_ = false;
  }
}

void MessageParser::read_chunk_end(Cursor& c) {
  const auto b = static_cast<char>(c.bytes.front());
  if (b == '\n' || (b == '\r' && !line_end_cr_)) {
    if (b == '\n' && !line_end_cr_) message_->note(codes::chunk_line_odd);
    line_end_cr_ = true;
    touch(c, 1);
    c.advance(1);
    if (b == '\n') begin_size_line();
    return;
  }
  bad_chunk(c);
}

// The sender said chunked and sent something else. When not even the first chunk is one, the coding
// was never applied: the body is what the other rules make of it. Later the place is lost.
void MessageParser::bad_chunk(Cursor& c) {
  Message& m = *message_;
  m.flags |= model::kMessageFramingOdd;
  m.note(codes::chunk_invalid);
  events_.note(role_, codes::chunk_invalid, c.offset, c.time);
  if (!first_chunk_ || role_ == Role::request) {
    pending_.reset(0);
    finish_message();
    if (state_ != State::opaque) {
      at_line_ = false;
      foreign_bytes(c.offset, c.time, c.packet);
    }
    return;
  }
  m.flags = static_cast<std::uint16_t>(m.flags & ~unsigned{model::kMessageChunked});
  remaining_ = UINT64_MAX;
  state_ = State::until_close;
  if (m.framing.has_length && !m.framing.length_bad) {
    remaining_ = m.framing.length;
    state_ = State::length;
  } else {
    m.flags |= model::kMessageUntilClose;
  }
  const std::uint64_t kept = std::min<std::uint64_t>(remaining_, pending_.size());
  m.body_bytes += kept;
  save(pending_.bytes().first(static_cast<std::size_t>(kept)));
  if (state_ == State::length) remaining_ -= kept;
  pending_.reset(0);
  if (remaining_ == 0) {
    m.whole = true;
    finish_message();
  }
}

void MessageParser::read_trailers(Cursor& c) {
  bool whole = false;
  const std::size_t n = scan_lines(c.text(), whole);
  Message& m = *message_;
  // The blank line that ends them is framing, not a trailer; its CR may have come in an earlier
  // cut.
  std::size_t keep = n;
  if (whole) {
    if (line_bytes_ == 0) m.note(codes::bare_line_feed);
    const auto blank = static_cast<std::size_t>(line_bytes_ + 1);
    keep -= std::min(n, blank);
    if (blank > n && m.trailers.text().ends_with('\r')) m.trailers.truncate(m.trailers.size() - 1);
  }
  const std::size_t room = head_max() - std::min(head_max(), m.trailers.size());
  if (keep > room) m.note(codes::trailers_too_long);
  m.trailers.append(c.bytes.first(std::min(keep, room)));
  touch(c, n);
  c.advance(n);
  if (whole && has_bare_line_feed(m.trailers.text())) m.note(codes::bare_line_feed);
  if (!whole) {
    if (lane_.full()) events_.out_of_memory();
    return;
  }
  m.whole = true;
  finish_message();
}

bool MessageParser::gap_in_body(const model::Gap& gap) {
  Message& m = *message_;
  const bool counted = state_ == State::length || state_ == State::chunk_data;
  if (!counted && state_ != State::until_close) return false;
  m.flags |= model::kMessageGap;
  m.note(codes::gap_in_message);
  if (state_ == State::until_close) {
    m.add_hole(gap.bytes);
    m.end = gap.offset + gap.bytes;
    return true;
  }
  if (gap.bytes > remaining_) {
    m.add_hole(remaining_);
    if (state_ == State::length) {
      // It certainly ended inside the gap.
      m.whole = true;
      finish_message();
      look_for_start(false, true);
      events_.note(role_, codes::gap_between_messages, gap.offset, gap.time);
      events_.messages_lost(role_, gap, true);
      return true;
    }
    return false;
  }
  m.add_hole(gap.bytes);
  m.end = gap.offset + gap.bytes;
  remaining_ -= gap.bytes;
  events_.note(role_, codes::gap_in_message, gap.offset, gap.time);
  if (remaining_ != 0) return true;
  if (state_ == State::chunk_data) {
    state_ = State::chunk_end;
    line_end_cr_ = false;
    return true;
  }
  m.whole = true;
  finish_message();
  return true;
}

}  // namespace spider::parse::http1
