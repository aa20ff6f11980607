#include "parse/decoders/http1/connection.h"

#include <algorithm>
#include <utility>

#include "spider/parse/codes.h"

namespace spider::parse::http1 {
using model::Direction;
using model::kNoOffset;

namespace {
constexpr std::size_t kOrphansKept = 4;
}

Connection::Connection(LaneContext& lane, ExchangePool& pool)
    : lane_(lane),
      requests_(lane, *this, Role::request),
      responses_(lane, *this, Role::response),
      pairing_(pool),
      pool_(pool),
      repeats_(lane.held) {}

void Connection::begin(FlowContext& flow, Direction client, std::array<Entry, 2> entry) {
  flow_ = &flow;
  client_ = client;
  requests_.begin(entry[model::index(client)]);
  responses_.begin(entry[model::index(model::opposite(client))]);
  answering_ = nullptr;
  tunnel_ = responses_ended_ = request_seen_ = false;
  unreadable_packet_ = 0;
  request_unreadable_ = entry[model::index(client)] == Entry::other_bytes;
  unreadable_answered_ = false;
  errors_ = {};
  first_end_.reset();
  requests_to_ = 0;
  acks_move_ = false;
  done_to_ = {};
  gaps_ = flow.lost_first[0] || flow.lost_first[1];
  pairing_.begin(flow.session->mid_stream, flow.lost_first[model::index(client)]);
}

void Connection::end() noexcept {
  requests_.release();
  responses_.release();
  pairing_.clear();
  repeats_.clear();
  for (auto& orphan : orphans_) release(orphan);
  orphans_.clear();
  for (auto* exchange : {&skipped_, &interim_, &early_interim_}) release(*exchange);
  answering_ = nullptr;
  flow_ = nullptr;
}

void Connection::release(std::unique_ptr<Exchange>& exchange) noexcept {
  if (exchange) pool_.give_back(std::move(exchange));
}

bool Connection::done() const noexcept { return requests_.opaque() && responses_.opaque(); }

bool Connection::unfinished() const noexcept {
  return requests_.unfinished() || responses_.unfinished() || !pairing_.empty() ||
         !orphans_.empty() || early_interim_ != nullptr;
}

void Connection::on_chunk(Direction direction, const model::StreamChunk& chunk) {
  if (direction == client_) requests_to_ = chunk.offset + chunk.bytes.size();
  if (direction != client_) {
    requests_.other_side_speaks();
    acks_move_ = acks_move_ || (chunk.peer_offset != 0 && chunk.peer_offset != kNoOffset);
  }
  parser(direction).on_chunk(chunk);
}

void Connection::on_gap(Direction direction, const model::Gap& gap) {
  gaps_ = true;
  if (direction == client_) requests_to_ = gap.offset + gap.bytes;
  parser(direction).on_gap(gap);
}

void Connection::on_end(Direction direction, base::Time time, model::StreamEnd how) {
  note_end(direction, time, how);
  parser(direction).on_end(time, how == model::StreamEnd::fin);
  if (direction == client_) return;
  responses_ended_ = true;
  if (!tunnel_) emit_rest();
}

void Connection::note_end(Direction direction, base::Time time, model::StreamEnd how) noexcept {
  if (first_end_ && first_end_->time <= time) return;
  const bool fin = how == model::StreamEnd::fin;
  first_end_ = FirstEnd{time, fin ? codes::client_closed : codes::client_reset};
  if (direction != client_) first_end_->code = fin ? codes::server_closed : codes::server_reset;
}

// A FIN is told at once, a RST when the flow is closed: one that came before is known already.
base::Code Connection::who_ended() noexcept {
  const model::TcpSession& session = *flow_->session;
  if (session.reset_time != base::Time::max())
    note_end(session.reset_by, session.reset_time, model::StreamEnd::reset);
  return first_end_ ? first_end_->code : codes::end_not_seen;
}

void Connection::finish() {
  const base::Time end = flow_->session->end;
  requests_.on_end(end, false);
  responses_.on_end(end, false);
  responses_ended_ = true;
  emit_rest();
}

void Connection::on_retransmission(Direction direction, std::uint64_t offset, std::uint64_t bytes) {
  const auto add = [&](Message& m) {
    if (!m.present) return;
    const std::uint64_t from = std::max(offset, m.begin);
    const std::uint64_t to = std::min(offset + bytes, m.end);
    if (from < to) m.retransmitted_bytes += to - from;
  };
  const Role role = direction == client_ ? Role::request : Role::response;
  const Message* const current = parser(role).current();
  const std::uint64_t read_to =
      current != nullptr ? current->end : done_to_[static_cast<std::size_t>(role)];
  if (offset + bytes > read_to && !parser(role).opaque())
    repeats_.add(role, std::max(offset, read_to), offset + bytes);
  if (role == Role::request) {
    // The newest first: what is sent again is rarely old.
    for (auto it = pairing_.waiting().rbegin(); it != pairing_.waiting().rend(); ++it) {
      add((*it)->request);
      if ((*it)->request.begin <= offset) break;
    }
    return;
  }
  if (answering_ != nullptr) add(answering_->response);
  for (const auto& orphan : orphans_) add(orphan->response);
}

// ---- what the message parsers tell

Message& Connection::begin_message(Role role, std::uint16_t status, const Place& place) {
  if (lane_.full()) out_of_memory();
  if (role == Role::request) return begin_request(place);
  if (status >= 100 && status < 200 && status != 101) {
    release(interim_);
    interim_ = pool_.take();
    return interim_->response;
  }
  return begin_response(status, place);
}

Message& Connection::begin_request(const Place& place) {
  request_seen_ = true;
  if (std::exchange(unreadable_answered_, false)) request_unreadable_ = false;
  if (!pairing_.pipelined()) responses_.answered_up_to(place.peer_offset);
  if (pairing_.waiting().size() < lane_.config.pipeline_max) {
    bool uncertain = false;
    std::unique_ptr<Exchange> adopted = adopt_orphan(place, uncertain);
    const bool late = adopted != nullptr;
    if (!late) {
      adopted = pool_.take();
      adopted->ordinal = flow_->communications++;
    }
    Exchange& exchange = pairing_.add_request(std::move(adopted), place);
    if (late) {
      exchange.note(codes::response_early);
      if (uncertain) exchange.note(codes::pairing_uncertain);
      if (!exchange.response.done) answering_ = &exchange;
    }
    if (pairing_.waiting().size() > 1) give_up_answered_in_gap();
    return exchange.request;
  }
  pairing_.request_skipped();
  release(skipped_);
  skipped_ = pool_.take();
  skipped_->ordinal = flow_->communications++;
  skipped_->note(codes::pipeline_full);
  return skipped_->request;
}

base::Code Connection::why_alone(std::uint16_t status, const Place& place) noexcept {
  if (request_unreadable_) {
    unreadable_answered_ = true;
    return codes::request_unreadable;
  }
  // Half a request: when the rest comes it takes its answer, and the reason with it.
  if (requests_.line_begun()) return codes::request_unreadable;
  // RFC 9112 9.2: all that was asked was seen and has its answer. A server that tires of waiting
  // answers nothing (RFC 9110 15.5.9), and one that has read more than we saw may answer that.
  const bool read_more = place.peer_offset != kNoOffset && place.peer_offset > requests_to_ + 1;
  const bool all_seen = request_seen_ && !gaps_ && !flow_->session->mid_stream && !read_more;
  return all_seen && status != 408 ? codes::second_response : codes::request_not_seen;
}

Message& Connection::begin_response(std::uint16_t status, const Place& place) {
  const Pairing::Match match = pairing_.match_response(place, requests_to_);
  if (match.passed != nullptr) give_up_passed(match.passed, match.exchange);
  if (match.exchange != nullptr) {
    answering_ = match.exchange;
    if (match.uncertain) answering_->note(codes::pairing_uncertain);
    if (!answering_->request.done || early_interim_) answering_->note(codes::response_early);
    take_early_interim(*answering_);
    return answering_->response;
  }
  orphans_.push_back(pool_.take());
  Exchange& orphan = *orphans_.back();
  orphan.ordinal = flow_->communications++;
  take_early_interim(orphan);
  switch (match.answer) {
    case Pairing::Answer::lost_request:
      orphan.note(codes::request_in_gap);
      break;
    case Pairing::Answer::skipped_request:
      orphan.note(codes::pipeline_full);
      break;
    case Pairing::Answer::again:
      orphan.note(codes::second_response);
      break;
    case Pairing::Answer::no_request:
    case Pairing::Answer::request:
      orphan.note(why_alone(status, place));
      break;
  }
  return orphan.response;
}

std::unique_ptr<Exchange> Connection::adopt_orphan(const Place& request, bool& uncertain) {
  // What the server had not read it did not answer, and what the client had it did not ask for.
  const auto impossible = [&](const Message& response) {
    return response.peer_offset != kNoOffset && request.peer_offset != kNoOffset &&
           (response.peer_offset <= request.offset || response.begin < request.peer_offset);
  };
  const auto may_answer = [&](const Message& response) {
    return response.first_packet >= request.packet && !(acks_move_ && impossible(response));
  };
  std::size_t before = 0;
  while (before < orphans_.size() && !may_answer(orphans_[before]->response)) ++before;
  if (before == orphans_.size()) {
    emit_orphans(0);
    return nullptr;
  }
  const Message& response = orphans_[before]->response;
  // A client that does not pipeline has all of the last answer when it asks: the answer to what it
  // asks begins there, and there bytes are missing. This one is to a later request.
  if (acks_move_ && response.peer_offset != kNoOffset &&
      pairing_.answer_lost_at(request.peer_offset) && response.begin > request.peer_offset) {
    emit_orphans(orphans_.size() - before);
    return nullptr;
  }
  // Requests lost right before this one had their answers when the server had them all by then.
  const bool answered = before != 0 && orphans_[before - 1]->response.peer_offset != kNoOffset &&
                        orphans_[before - 1]->response.peer_offset >= request.offset;
  uncertain = impossible(response) || (gaps_ && response.begin != request.peer_offset) ||
              (pairing_.lost_behind() && !answered);
  emit_orphans(orphans_.size() - before);
  std::unique_ptr<Exchange> adopted = std::move(orphans_.front());
  orphans_.erase(orphans_.begin());
  adopted->codes = 0;
  return adopted;
}

// All but the newest `keep`, and but the one that is still being read.
void Connection::emit_orphans(std::size_t keep) {
  while (orphans_.size() > keep && orphans_.front()->response.done) {
    emit(*orphans_.front());
    release(orphans_.front());
    orphans_.erase(orphans_.begin());
  }
}

BodyRule Connection::head_complete(Role role, Message& message) {
  if (role == Role::request) return request_body(message);
  std::string_view method;
  const bool paired = answering_ != nullptr && &answering_->response == &message;
  if (paired) {
    const Message& request = answering_->request;
    method = request.method.in(request.head.text());
  }
  BodyRule rule = response_body(message, method);
  // Where nothing was missed, nobody asked for it with a HEAD that we did not see.
  rule.unsure = paired ? answering_->uncertain() : gaps_ || flow_->session->mid_stream;
  rule.alone = !request_seen_;
  if (rule.kind == BodyKind::tunnel) {
    message.flags |= model::kMessageUpgrade;
    open_tunnel();
  }
  return rule;
}

// What the client sent behind the request went to the other end of the tunnel. Whole requests among
// it are told all the same: nobody knows what that other end took them for.
void Connection::open_tunnel() {
  tunnel_ = true;
  note(Role::response, codes::tunnel, responses_.current()->end, responses_.current()->last_byte);
  requests_.become_opaque(codes::tunnel);
  const auto& waiting = pairing_.waiting();
  for (auto it = waiting.rbegin(); it != waiting.rend() && it->get() != answering_; ++it)
    (*it)->in_tunnel = true;
}

void Connection::message_done(Role role, Message& message) {
  done_to_[static_cast<std::size_t>(role)] = message.end;
  if (!repeats_.empty())
    message.retransmitted_bytes += repeats_.take(role, message.begin, message.end);
  if (role == Role::request) {
    if (skipped_ && &skipped_->request == &message) {
      if (tunnel_) skipped_->note(codes::request_in_tunnel);
      emit(*skipped_);
      release(skipped_);
      return;
    }
    Exchange& exchange = *pairing_.waiting().back();
    if (exchange.response.done) {
      emit_and_remove(exchange);
    } else if (responses_ended_ && !tunnel_ && !exchange.response.present) {
      emit_unanswered();
    }
    return;
  }
  if (interim_ && &interim_->response == &message) {
    interim_done(message);
    return;
  }
  if (answering_ == nullptr || &answering_->response != &message) {
    // One-sided captures have no requests at all: after a few responses nothing is waited for.
    const bool may_come = request_seen_ || flow_->communications <= kOrphansKept;
    emit_orphans(may_come && !responses_ended_ ? kOrphansKept : 0);
    return;
  }
  Exchange& exchange = *answering_;
  answering_ = nullptr;
  if (exchange.request.done) emit_and_remove(exchange);
}

void Connection::interim_done(Message& message) {
  constexpr std::uint8_t kMost = 255;
  if (Exchange* const waiting = pairing_.next_unanswered(); waiting != nullptr) {
    if (waiting->interim < kMost) ++waiting->interim;
    // What is odd about it shows on its request; what it lacks matters to nobody.
    if (message.intact()) waiting->codes |= message.codes;
    // The final response begins where this one ends.
    if (waiting->asked_at == message.begin) waiting->asked_at = message.end;
  } else if (early_interim_) {
    // One less than the most: it is one itself.
    if (early_interim_->interim < kMost - 1) ++early_interim_->interim;
    if (message.intact()) early_interim_->response.codes |= message.codes;
  } else {
    const bool unreadable = request_unreadable_ || requests_.line_begun();
    interim_->note(unreadable               ? codes::request_unreadable
                   : pairing_.lost_behind() ? codes::request_in_gap
                                            : codes::request_not_seen);
    early_interim_ = std::move(interim_);
  }
  release(interim_);
}

void Connection::take_early_interim(Exchange& exchange) {
  if (!early_interim_) return;
  const unsigned all = exchange.interim + early_interim_->interim + 1U;
  exchange.interim = static_cast<std::uint8_t>(std::min(all, 255U));
  if (early_interim_->response.intact()) exchange.response.codes |= early_interim_->response.codes;
  release(early_interim_);
}

void Connection::emit_early_interim() {
  if (!early_interim_) return;
  early_interim_->ordinal = flow_->communications++;
  emit(*early_interim_);
  release(early_interim_);
}

void Connection::messages_lost(Role role, const model::Gap& gap, bool surely) {
  if (role == Role::request) {
    pairing_.requests_lost(gap);
  } else {
    pairing_.responses_lost(gap.offset + gap.bytes, gap.time, surely);
  }
  give_up_answered_in_gap();
}

// Bytes of a response whose beginning was lost: it answers who waits, and will not be told.
void Connection::bytes_without_head(std::uint64_t to, base::Time time) {
  if (pairing_.waiting().empty()) return;
  pairing_.responses_lost(to, time, false);
  give_up_answered_in_gap();
}

void Connection::unreadable(Role role, std::uint64_t packet) {
  if (role == Role::request) {
    request_unreadable_ = true;
    unreadable_answered_ = false;
    return;
  }
  unreadable_packet_ = std::max(unreadable_packet_, packet);
}

void Connection::note(Role role, base::Code code, std::uint64_t offset, base::Time time) {
  flow_->note(code, direction_of(role), offset, time);
}

void Connection::parse_error(Role role, base::Time time) {
  // A message may have been taken for longer or shorter than it is; so the order is not sure.
  if (role == Role::response && gaps_) pairing_.doubt_waiting();
  bool& counted = errors_[static_cast<std::size_t>(role)];
  if (counted) return;
  counted = true;
  lane_.quality.add(time, model::Quality::parse_errors);
}

void Connection::out_of_memory() {
  const base::Time now = flow_->session->end;
  note(Role::request, codes::memory_full, 0, now);
  parse_error(Role::request, now);
  requests_.become_opaque(codes::memory_full);
  responses_.become_opaque(codes::memory_full);
  responses_ended_ = true;
  emit_rest();
}

// ---- handing over

// A newer request, seen or lost, shows that the client has its answer to the older ones, and that
// was not seen.
void Connection::give_up_answered_in_gap() {
  auto& waiting = pairing_.waiting();
  while (!waiting.empty()) {
    Exchange& oldest = *waiting.front();
    if (pairing_.pipelined()) return;
    const bool newer_asked = pairing_.lost_behind() || !waiting.back()->maybe_answered;
    if (!newer_asked || !oldest.maybe_answered || oldest.response.present || !oldest.request.done)
      return;
    oldest.note(codes::response_in_gap);
    emit_and_remove(oldest);
  }
}

void Connection::give_up_passed(const Exchange* last, const Exchange* answered) {
  auto& waiting = pairing_.waiting();
  while (!waiting.empty()) {
    Exchange& oldest = *waiting.front();
    if (&oldest == answered || oldest.response.present || !oldest.request.done) return;
    const bool was_last = &oldest == last;
    oldest.note(codes::response_in_gap);
    emit_and_remove(oldest);
    if (was_last) return;
  }
}

void Connection::emit_rest() {
  emit_orphans(0);
  emit_early_interim();
  emit_unanswered();
}

// The responses are over: requests that wait will not be answered. One that is still being read
// stays until it is whole, or until the flow ends.
void Connection::emit_unanswered() {
  auto& waiting = pairing_.waiting();
  for (std::size_t i = 0; i < waiting.size();) {
    Exchange& exchange = *waiting[i];
    const bool answered = exchange.response.present;
    if (!exchange.request.done || (answered && !exchange.response.done)) {
      ++i;
      continue;
    }
    if (!answered) {
      const bool unreadable = exchange.request.first_packet < unreadable_packet_;
      exchange.note(exchange.in_tunnel        ? codes::request_in_tunnel
                    : exchange.maybe_answered ? codes::response_in_gap
                    : unreadable              ? codes::response_unreadable
                                              : codes::response_not_seen);
    }
    emit_and_remove(exchange);
  }
}

void Connection::emit_and_remove(Exchange& exchange) {
  emit(exchange);
  pairing_.remove(exchange);
}

}  // namespace spider::parse::http1
