#include "parse/flow_parser.h"

#include <algorithm>
#include <utility>

#include "spider/parse/codes.h"

#include "parse/other_protocols.h"

namespace spider::parse {
namespace {
using model::Direction;
using model::index;
using model::opposite;

// A first line that is longer is not waited for.
constexpr std::size_t kHeldMax = 8'192;
// Proxies (SOCKS and the like) speak a few packets of their own first. After so many in one
// direction the flow is taken for something else for good.
constexpr std::uint8_t kPacketsLookedAt = 16;
}  // namespace

void FlowParser::begin(const model::TcpSession& session) {
  flow_.session = &session;
  flow_.lost_first = {};
  flow_.communications = 0;
  flow_.emitted = 0;
  flow_.notes.reset(FlowContext::kNotesAlways);
  flow_.notes_max = lane_.whisperer.save_parsing ? lane_.config.notes_max : 0;
  decoder_ = nullptr;
  decoder_name_ = {};
  begins_as_ = {};
  state_ = State::probing;
  sides_ = {};
  if (session.mid_stream) sides_[0].entry = sides_[1].entry = Entry::mid_stream;
}

void FlowParser::finish(model::TcpSession& session) {
  for (const Direction d : {Direction::low_to_high, Direction::high_to_low}) line_unfinished(d);
  if (decoder_ != nullptr) end_decoder();
  if (session.mid_stream && !decoder_name_.empty() && client_ != session.client_direction) {
    std::swap(session.client, session.server);
    std::swap(session.client_stats, session.server_stats);
    session.client_direction = client_;
  }
  // On the session too, so that lists tell it and can be asked for it.
  for (const base::Code code : begins_as_)
    if (code != base::Code{} && decoder_name_.empty()) session.note(code);
  lane_.sink.on_session(session, decoder_name_, flow_.emitted, flow_.notes.all());
  flow_.notes.reset(FlowContext::kNotesAlways);
  flow_.session = nullptr;
}

void FlowParser::end_decoder() {
  decoder_->finish();
  if (decoder_->recognised()) {
    decoder_name_ = decoder_table()[row_]->name;
    client_ = decoder_->client_direction();
  }
  lanes_[row_]->close(decoder_);
  decoder_ = nullptr;
  state_ = State::opaque;
}

void FlowParser::out_of_memory() {
  if (state_ == State::decoding) {
    decoder_->out_of_memory();
    if (decoder_->done()) end_decoder();
    return;
  }
  for (const Direction d : {Direction::low_to_high, Direction::high_to_low}) {
    if (held_[index(d)] == nullptr) continue;
    const Held::Piece& first = held_[index(d)]->pieces.front();
    first_line_lost(d, first.offset, first.time);
    not_recognised(d);
  }
}

void FlowParser::first_line_lost(Direction direction, std::uint64_t offset, base::Time time) {
  flow_.note(codes::memory_full, direction, offset, time);
  lane_.quality.add(time, model::Quality::parse_errors);
}

// A line that was due and stays unfinished does not vanish with a flow that nobody recognises; what
// was looked at in the middle of something was a guess.
void FlowParser::line_unfinished(Direction direction) {
  const Held* const held = held_[index(direction)].get();
  if (held == nullptr) return;
  const Side& side = sides_[index(direction)];
  const base::Bytes bytes = held->bytes.bytes();
  const bool blank =
      std::all_of(bytes.begin(), bytes.end(), [](auto b) { return b == '\r' || b == '\n'; });
  if (side.entry == Entry::first_byte && !blank) {
    const base::Time time = side.ended ? side.end : flow_.session->end;
    flow_.note(codes::start_line_incomplete, direction, held->pieces.front().offset, time);
    // Any word may begin a line of another protocol: it is noted, and no loss of ours.
    if (ask(bytes, true).probe != Probe::no) lane_.quality.add(time, model::Quality::parse_errors);
  }
  drop_held(direction);
}

void FlowParser::on_chunk(Direction direction, const model::StreamChunk& chunk) {
  heard_ = true;
  if (lane_.crowded() && state_ != State::opaque) [[unlikely]] {
    lane_.room.make_room(*this);
    // Nobody else had anything to give.
    if (lane_.full()) out_of_memory();
  }
  switch (state_) {
    case State::opaque:
      return;
    case State::probing:
      probe(direction, chunk);
      return;
    case State::decoding:
      decoder_->on_chunk(direction, chunk);
      if (decoder_->done()) end_decoder();
      return;
  }
}

void FlowParser::on_gap(Direction direction, const model::Gap& gap) {
  if (state_ == State::decoding) {
    decoder_->on_gap(direction, gap);
    if (decoder_->done()) end_decoder();
    return;
  }
  if (state_ == State::opaque || sides_[index(direction)].given_up) return;
  line_unfinished(direction);
  sides_[index(direction)].entry = Entry::mid_stream;
  flow_.lost_first[index(direction)] = true;
}

void FlowParser::on_retransmission(Direction direction, std::uint64_t offset, std::uint64_t bytes) {
  if (decoder_ != nullptr) {
    decoder_->on_retransmission(direction, offset, bytes);
    return;
  }
  Held* const held = held_[index(direction)].get();
  if (held != nullptr && held->repeats.size() < Held::kRepeatsMost)
    held->repeats.push_back({offset, bytes});
}

void FlowParser::on_end(Direction direction, base::Time time, model::StreamEnd how) {
  if (state_ == State::decoding) {
    decoder_->on_end(direction, time, how);
  } else if (state_ == State::probing) {
    // What is held is all there is. It was not enough, but the other side may yet answer it.
    Side& side = sides_[index(direction)];
    side.ended = true;
    side.end = time;
    side.how = how;
    give_up(direction);
  }
}

FlowParser::Answer FlowParser::ask(base::Bytes first, bool joined) {
  Answer answer;
  const auto table = decoder_table();
  for (std::size_t row = 0; row < table.size(); ++row) {
    const Probe probe = table[row]->probe(first, joined);
    if (probe == Probe::client || probe == Probe::server) return {probe, row};
    if (probe == Probe::maybe && answer.probe != Probe::maybe) answer = {probe, row};
  }
  return answer;
}

void FlowParser::probe(Direction direction, const model::StreamChunk& chunk) {
  Side& side = sides_[index(direction)];
  if (side.given_up || chunk.bytes.empty()) return;
  const bool joined = side.entry != Entry::first_byte;
  const bool same_packet = chunk.packet_number == side.last_packet;
  side.last_packet = chunk.packet_number;
  const bool holding = held_[index(direction)] != nullptr;
  // Only where a packet begins a message may begin, unless its first bytes are already held.
  if (joined && same_packet && !holding) return;
  if (holding && held_[index(direction)]->bytes.size() + chunk.bytes.size() > kHeldMax &&
      long_line(direction, held_[index(direction)]->bytes.bytes(), nullptr)) {
    if (state_ == State::decoding) decoder_->on_chunk(direction, chunk);
    if (decoder_ != nullptr && decoder_->done()) end_decoder();
    return;
  }
  if (holding && !hold(direction, chunk)) {
    not_recognised(direction);
    return;
  }
  Answer answer = ask(holding ? held_[index(direction)]->bytes.bytes() : chunk.bytes, joined);
  if (holding && joined && held_[index(direction)]->last_packet_at != 0) {
    // A packet's beginning is a better place to join than the middle of what came before.
    Held& held = *held_[index(direction)];
    const Answer fresh = ask(held.bytes.bytes().subspan(held.last_packet_at), joined);
    if (fresh.found() || answer.probe == Probe::no) {
      answer = fresh;
      held.keep_last_packet();
    }
  }
  if (answer.found()) {
    const Direction client = answer.probe == Probe::client ? direction : opposite(direction);
    decode(answer.row, direction, client, holding ? nullptr : &chunk);
  } else if (answer.probe == Probe::no) {
    not_recognised(direction, holding ? nullptr : &chunk);
  } else if (!holding) {
    if (chunk.bytes.size() > kHeldMax && long_line(direction, chunk.bytes, &chunk)) return;
    if (!hold(direction, chunk)) not_recognised(direction);
  }
}

// More than is held, and no end of the line yet. What began with a well-known method where a
// message was due is a request's line; its decoder reads on, whatever the pieces that it comes in.
bool FlowParser::long_line(Direction direction, base::Bytes begun,
                           const model::StreamChunk* chunk) {
  if (sides_[index(direction)].entry != Entry::first_byte) return false;
  const Answer answer = ask(begun, true);
  if (answer.probe != Probe::maybe) return false;
  decode(answer.row, direction, direction, chunk);
  return true;
}

void FlowParser::note_beginning(Direction direction, const model::StreamChunk* chunk) {
  const Held* const held = held_[index(direction)].get();
  if (chunk == nullptr && held == nullptr) return;
  const auto known = begins_as(chunk != nullptr ? chunk->bytes : held->bytes.bytes());
  if (!known) return;
  const bool now = chunk != nullptr;
  begins_as_[index(direction)] = *known;
  flow_.note(*known, direction, now ? chunk->offset : held->pieces.front().offset,
             now ? chunk->time : held->pieces.front().time);
}

void FlowParser::not_recognised(Direction direction, const model::StreamChunk* chunk) {
  Side& side = sides_[index(direction)];
  if (side.entry == Entry::first_byte) note_beginning(direction, chunk);
  drop_held(direction);
  if (side.entry == Entry::mid_stream) return;
  side.entry = Entry::other_bytes;
  if (++side.packets_looked_at >= kPacketsLookedAt) give_up(direction);
}

void FlowParser::decode(std::size_t row, Direction found, Direction client,
                        const model::StreamChunk* chunk) {
  row_ = row;
  std::array<Entry, 2> entry{};
  for (const Direction d : {Direction::low_to_high, Direction::high_to_low}) {
    entry[index(d)] = sides_[index(d)].entry;
  }
  const bool joined = entry[index(found)] != Entry::first_byte;
  // The recognised direction begins with a message here, whatever came before.
  entry[index(found)] = Entry::first_byte;
  if (chunk != nullptr) {
    flow_.note(joined ? codes::joined_mid_stream : codes::recognised, found, chunk->offset,
               chunk->time);
  } else {
    const Held::Piece& first = held_[index(found)]->pieces.front();
    flow_.note(joined ? codes::joined_mid_stream : codes::recognised, found, first.offset,
               first.time);
  }
  const Direction other = opposite(found);
  if (entry[index(other)] == Entry::other_bytes)
    flow_.note(codes::bytes_between_messages, other, 0, flow_.session->start);
  decoder_ = lanes_[row]->open(flow_, client, entry);
  state_ = State::decoding;
  // The client speaks first, so that a response finds its request.
  for (const Direction d : {client, opposite(client)}) {
    if (chunk != nullptr && d == found) {
      decoder_->on_chunk(d, *chunk);
    } else {
      replay(d);
    }
    const Side& side = sides_[index(d)];
    if (side.ended) decoder_->on_end(d, side.end, side.how);
  }
  if (decoder_->done()) end_decoder();
}

void FlowParser::replay(Direction direction) {
  Held* held = held_[index(direction)].get();
  if (held == nullptr) return;
  std::size_t at = 0;
  for (const Held::Piece& piece : held->pieces.all()) {
    model::StreamChunk chunk;
    chunk.offset = piece.offset;
    chunk.bytes = held->bytes.bytes().subspan(at, piece.bytes);
    chunk.time = piece.time;
    chunk.packet_number = piece.packet_number;
    chunk.peer_offset = piece.peer_offset;
    decoder_->on_chunk(direction, chunk);
    at += piece.bytes;
  }
  for (const Held::Repeat& r : held->repeats.all())
    decoder_->on_retransmission(direction, r.offset, r.bytes);
  drop_held(direction);
}

void FlowParser::Held::keep_last_packet() {
  bytes.remove_prefix(last_packet_at);
  pieces.erase_first(last_packet_piece);
  last_packet_at = last_packet_piece = 0;
}

bool FlowParser::hold(Direction direction, const model::StreamChunk& chunk) {
  auto& held = held_[index(direction)];
  if (!held) held = std::make_unique<Held>(lane_.held);
  if (held->bytes.size() + chunk.bytes.size() > kHeldMax) return false;
  if (lane_.full()) {
    const bool first = held->pieces.empty();
    first_line_lost(direction, first ? chunk.offset : held->pieces.front().offset, chunk.time);
    return false;
  }
  if (!held->pieces.empty() && held->pieces.back().packet_number != chunk.packet_number) {
    held->last_packet_at = held->bytes.size();
    held->last_packet_piece = held->pieces.size();
  }
  held->bytes.append(chunk.bytes);
  held->pieces.push_back({static_cast<std::uint32_t>(chunk.bytes.size()), chunk.offset, chunk.time,
                          chunk.packet_number, chunk.peer_offset});
  return true;
}

void FlowParser::give_up(Direction direction) {
  sides_[index(direction)].given_up = true;
  if (!sides_[index(opposite(direction))].given_up) return;
  for (const Direction d : {Direction::low_to_high, Direction::high_to_low}) line_unfinished(d);
  state_ = State::opaque;
}

}  // namespace spider::parse
