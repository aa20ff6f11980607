#include "spider/reassembly/flow_table.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "spider/base/log.h"
#include "spider/base/prefetch.h"
#include "spider/model/table_hash.h"
#include "spider/reassembly/codes.h"

#include "reassembly/flow_index.h"
#include "reassembly/flow_pool.h"
#include "reassembly/flow_queues.h"
#include "reassembly/lane.h"
#include "reassembly/recent_segments.h"

namespace spider::reassembly {
namespace {

using model::CloseReason;
using model::Quality;
using Phase = TcpFlow::Phase;

// A flow moves to the end of its list at most so often: its neighbours' memory is left alone.
// So much later than configured it may be closed; never sooner.
constexpr Ticks kAgeGrain = 250'000'000;
constexpr Ticks kClosingFactor = 15;
// Beyond this share of the table, flows that never became a conversation go first.
constexpr std::size_t kUnansweredShare = 4;
// Flows asked for memory before the one that needs it gives up its own.
constexpr std::size_t kReclaimTries = 16;

Limits limits_of(const ReassemblyConfig& config) {
  constexpr Ticks kMs = 1'000'000;
  Limits limits;
  limits.flows_max = std::max<std::size_t>(1, config.flows_max / model::kLanes);
  limits.stream_blocks_max = static_cast<std::uint32_t>(std::max<std::size_t>(
      1, std::size_t{config.stream_buffer_kib} * 1024 / SegmentPool::kBlockBytes));
  limits.idle = Ticks{config.idle_timeout_s} * 1000 * kMs;
  limits.syn = Ticks{config.syn_timeout_s} * 1000 * kMs;
  limits.linger = Ticks{config.closed_linger_ms} * kMs;
  limits.wait = Ticks{config.gap_wait_ms} * kMs;
  return limits;
}

bool same_key(const model::FlowKey& a, const model::FlowKey& b) noexcept {
  static_assert(sizeof(model::FlowKey) == 38 && alignof(model::FlowKey) == 2);
  return std::memcmp(&a, &b, 37) == 0;  // the last byte is padding
}

}  // namespace

void tell_limit(base::Code code, model::SourceId source) {
  static base::LogGate flows;
  static base::LogGate bytes;
  const auto left_out = (code == codes::flow_limit ? flows : bytes).pass();
  if (!left_out) return;
  base::log(code, "{} Source {}; {} times more since the last such line, of any source.",
            code.help(), static_cast<std::uint32_t>(source), *left_out);
}

struct FlowTable::Impl final : Reclaimer {
  Impl(const ReassemblyConfig& config, model::SourceId source, model::StreamSink& sink,
       model::QualityLog& quality)
      : lane{source,
             sink,
             quality,
             *this,
             SegmentPool{(std::size_t{config.buffer_mib} << 20U) / model::kLanes},
             limits_of(config),
             0},
        recent(base::Duration::from_ms(config.mirror_window_ms)) {}

  [[nodiscard]] AgeList& list(Phase phase) { return ages[static_cast<std::size_t>(phase)]; }
  [[nodiscard]] Ticks timeout(Phase phase) const {
    if (phase == Phase::closed) return lane.limits.linger;
    // Not acknowledged: repeated at ever longer intervals.
    if (phase == Phase::closing) return lane.limits.linger * kClosingFactor;
    return kAgeGrain + (phase == Phase::syn ? lane.limits.syn : lane.limits.idle);
  }
  [[nodiscard]] std::uint32_t find(const model::Packet& p, std::uint64_t of_key) const {
    return index.find(of_key, [&](std::uint32_t i) { return same_key(flows.at(i).key, p.key); });
  }

  Flow& create(const model::Packet& p);
  Flow& renew(Flow& old, const model::Packet& p);
  void settle(Flow& flow, bool quiet);
  void close(Flow& flow, CloseReason reason);
  void evict();
  void expire();
  void expire_due();
  void expire_idle();
  bool reclaim(const TcpFlow& except) override;
  std::uint64_t book_copy(const model::Packet& p, std::uint64_t of_key);

  Lane lane;
  PacketClock clock;
  model::TableHash hash;
  FlowIndex index;
  FlowPool flows;
  std::array<AgeList, 5> ages;
  DueQueue queue;
  RecentSegments recent;
  Ticks next_check = kNever;  // nothing can time out before
  bool began = false;         // the latest packet opened a flow
};

Flow& FlowTable::Impl::create(const model::Packet& p) {
  if (flows.used() >= lane.limits.flows_max) evict();
  Flow& flow = flows.take();
  flow.key = p.key;
  flow.hash = hash.of(p.key);
  index.insert(flow.hash, flow.index);
  list(flow.phase).append(flow, lane.now);
  next_check = std::min(next_check, lane.now + timeout(flow.phase));
  return flow;
}

// Port reuse: the old session ends where the new one begins.
Flow& FlowTable::Impl::renew(Flow& old, const model::Packet& p) {
  TcpFlow fresh;
  const bool pending = old.tcp.open_from_pending(lane, p, fresh);
  close(old, CloseReason::port_reuse);
  Flow& flow = create(p);
  if (pending)
    flow.tcp = fresh;
  else
    flow.tcp.open(lane, p);
  lane.quality.add(flow.tcp.session().start, Quality::sessions_opened);
  return flow;
}

// After a packet: the flow goes to the end of the list of its phase, and its due time is noted.
void FlowTable::Impl::settle(Flow& flow, bool quiet) {
  const Phase phase = quiet ? flow.phase : flow.tcp.phase();
  if (phase != flow.phase || lane.now - flow.touched >= kAgeGrain ||
      (phase >= Phase::closing && lane.now != flow.touched)) {
    list(flow.phase).remove(flow);
    flow.phase = phase;
    list(phase).append(flow, lane.now);
    next_check = std::min(next_check, lane.now + timeout(phase));
  }
  if (quiet) return;
  const Ticks due = flow.tcp.due(lane);
  queue.set(flow, due);
  next_check = std::min(next_check, due);
}

void FlowTable::Impl::close(Flow& flow, CloseReason reason) {
  queue.set(flow, kNever);
  list(flow.phase).remove(flow);
  index.erase(flow.hash, flow.index);
  flow.tcp.close(lane, reason);
  lane.quality.add(flow.tcp.session().end, Quality::sessions_closed);
  flows.give(flow);
}

// Makes room for one flow. Finished ones first; under a flood those that nobody answered; else the
// one idle longest.
void FlowTable::Impl::evict() {
  Flow* victim = list(Phase::closed).oldest();
  if (victim == nullptr) victim = list(Phase::closing).oldest();
  if (victim != nullptr) {
    close(*victim, CloseReason::evicted);
    return;
  }
  const AgeList& syn = list(Phase::syn);
  const AgeList& one = list(Phase::one_sided);
  if (syn.size() + one.size() > lane.limits.flows_max / kUnansweredShare) {
    victim = (syn.size() >= one.size() ? syn : one).oldest();
  } else {
    for (const AgeList& ages_of : ages) {
      Flow* const oldest = ages_of.oldest();
      if (oldest != nullptr && (victim == nullptr || oldest->touched < victim->touched))
        victim = oldest;
    }
  }
  lane.quality.add(victim->tcp.session().end, Quality::sessions_evicted);
  victim->tcp.note(codes::flow_limit);
  tell_limit(codes::flow_limit, lane.source);
  close(*victim, CloseReason::evicted);
}

// Frees early bytes of the flow that would have given up soonest.
bool FlowTable::Impl::reclaim(const TcpFlow& except) {
  for (Flow* const flow : queue.first(kReclaimTries)) {
    if (&flow->tcp == &except || !flow->tcp.release(lane)) continue;
    queue.set(*flow, flow->tcp.due(lane));
    return true;
  }
  return false;
}

// The same packet was here a moment ago: it belongs to that session and tells nothing new.
std::uint64_t FlowTable::Impl::book_copy(const model::Packet& p, std::uint64_t of_key) {
  lane.quality.add(p.time, Quality::mirror_duplicate);
  const std::uint32_t found = find(p, of_key);
  if (found == FlowIndex::kNone) return 0;
  TcpFlow& flow = flows.at(found).tcp;
  flow.note_copy(p.direction);
  return flow.number();
}

void FlowTable::Impl::expire() {
  // What is due comes before what is idle: a gap has its own time, whoever asks how late.
  expire_due();
  expire_idle();
  next_check = queue.soonest() != nullptr ? queue.soonest()->due : kNever;
  for (std::size_t i = 0; i < ages.size(); ++i) {
    if (const Flow* const oldest = ages[i].oldest(); oldest != nullptr)
      next_check = std::min(next_check, oldest->touched + timeout(static_cast<Phase>(i)));
  }
}

void FlowTable::Impl::expire_due() {
  for (Flow* flow = queue.soonest(); flow != nullptr && flow->due <= lane.now;
       flow = queue.soonest()) {
    flow->tcp.on_due(lane);
    queue.set(*flow, flow->tcp.due(lane));
  }
}

void FlowTable::Impl::expire_idle() {
  for (std::size_t i = 0; i < ages.size(); ++i) {
    const Ticks limit = timeout(static_cast<Phase>(i));
    for (Flow* flow = ages[i].oldest(); flow != nullptr && lane.now - flow->touched >= limit;
         flow = ages[i].oldest())
      close(*flow, CloseReason::idle);
  }
}

FlowTable::FlowTable(const ReassemblyConfig& config, model::SourceId source,
                     model::StreamSink& sink, model::QualityLog& quality, std::uint32_t run)
    : impl_(std::make_unique<Impl>(config, source, sink, quality)) {
  impl_->lane.run = run;
}

FlowTable::~FlowTable() = default;

std::uint64_t FlowTable::on_packet(const model::Packet& packet, base::Bytes payload) {
  Impl& t = *impl_;
  t.lane.now = t.clock.at(packet.time);
  if (t.lane.now >= t.next_check) t.expire();

  const std::uint64_t of_key = t.hash.of(packet.key);
  const RecentSegments::Look look = t.recent.look(packet, payload, of_key);
  t.began = false;
  if (look.copy) return t.book_copy(packet, of_key);
  model::QualityCounts& books = t.lane.quality.at(packet.time);
  ++books[Quality::tcp_packets];
  books[Quality::tcp_payload_bytes] += payload.size();

  const std::uint32_t found = t.find(packet, of_key);
  Flow* flow = nullptr;
  if (found == FlowIndex::kNone) {
    t.began = true;
    flow = &t.create(packet);
    flow->tcp.open(t.lane, packet);
    t.lane.quality.add(packet.time, Quality::sessions_opened);
  } else {
    flow = &t.flows.at(found);
    t.began = flow->tcp.begins_anew(t.lane, packet);
    if (t.began) flow = &t.renew(*flow, packet);
  }
  const std::uint64_t number = flow->tcp.number();
  t.lane.differs = t.recent.note(look, packet, number);
  const bool quiet = flow->tcp.on_packet(t.lane, packet, payload);
  t.settle(*flow, quiet);
  return number;
}

bool FlowTable::began() const noexcept { return impl_->began; }

FlowTable::Guess FlowTable::prefetch(const model::Packet& packet) const noexcept {
  constexpr std::size_t kFlowAhead = 384;  // bytes: what a packet in order touches
  if (const void* const entry = impl_->recent.address(packet); entry != nullptr)
    __builtin_prefetch(entry, 1);
  const std::uint32_t guess = impl_->index.guess(impl_->hash.of(packet.key));
  if (guess != FlowIndex::kNone) base::prefetch(&impl_->flows.at(guess), kFlowAhead);
  return guess;
}

// A flow that is over by now, or another one in its place, has an observer that is there, or none.
void FlowTable::prefetch_observer(Guess guess) const noexcept {
  constexpr std::size_t kObserverAhead = 256;
  if (guess == FlowIndex::kNone) return;
  if (const void* const to = impl_->flows.at(guess).tcp.observer(); to != nullptr)
    base::prefetch(to, kObserverAhead);
}

void FlowTable::wake_observer(Guess guess) const noexcept {
  if (guess == FlowIndex::kNone) return;
  if (const model::FlowObserver* const to = impl_->flows.at(guess).tcp.observer(); to != nullptr)
    to->prefetch();
}

void FlowTable::advance(base::Time clock) {
  Impl& t = *impl_;
  t.lane.now = t.clock.advance(clock);
  if (t.lane.now >= t.next_check) t.expire();
}

void FlowTable::finish() {
  Impl& t = *impl_;
  std::vector<Flow*> left;
  left.reserve(t.flows.used());
  for (const AgeList& ages : t.ages) {
    for (Flow* flow = ages.oldest(); flow != nullptr; flow = flow->newer) left.push_back(flow);
  }
  std::sort(left.begin(), left.end(),
            [](const Flow* a, const Flow* b) { return a->tcp.number() < b->tcp.number(); });
  for (Flow* flow : left) t.close(*flow, CloseReason::end_of_input);
}

std::size_t FlowTable::flows() const noexcept { return impl_->flows.used(); }

void FlowTable::rest() {
  impl_->lane.pool.rest();
  impl_->flows.rest();
  impl_->index.rest();
  impl_->queue.rest();
}

std::size_t FlowTable::bytes_held() const noexcept {
  return impl_->lane.pool.bytes_held() + impl_->index.bytes_held() + impl_->flows.bytes_held() +
         impl_->queue.bytes_held() + RecentSegments::bytes_held();
}

}  // namespace spider::reassembly
