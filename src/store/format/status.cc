#include "store/format/status.h"

#include "store/format/keys.h"

namespace spider::store::format {
namespace {

enum StateTag : std::uint32_t { kState = 1, kReason = 2, kUntil = 3, kUnseen = 4 };
enum SavingTag : std::uint32_t { kOptions = 1, kFirst = 2 };
enum AliveTag : std::uint32_t { kAlive = 1 };
enum ObservationTag : std::uint32_t {
  kLooks = 1,
  kThread = 2,
  kFlows = 3,
  kFlowBytes = 4,
  kParseBytes = 5,
  kRingBytes = 6,
  kRingCapacity = 7,
  kResident = 8,
  kStoreBytes = 9,
  kCode = 10,
};
constexpr std::uint64_t kPackets = 1;
constexpr std::uint64_t kSessions = 2;
constexpr std::uint64_t kParsing = 4;
constexpr std::uint64_t kBodies = 8;

void put_time(FieldWriter& w, std::uint32_t tag, base::Time time) {
  std::string payload;
  ByteWriter(payload).svarint(time.ns);
  w.field(tag, payload);
}

void put_gauge(FieldWriter& w, std::uint32_t tag, const model::Gauge& gauge) {
  if (gauge.sum == 0 && gauge.max == 0) return;
  std::string payload;
  ByteWriter p(payload);
  p.varint(gauge.sum);
  p.varint(gauge.max);
  w.field(tag, payload);
}

void read_gauge(base::ByteReader& f, model::Gauge& out) {
  out.sum = f.varint();
  out.max = f.varint();
}

[[nodiscard]] std::uint32_t small(base::ByteReader& f) {
  const std::uint64_t value = f.varint();
  if (value > 0xFFFF'FFFF) f.fail();
  return static_cast<std::uint32_t>(value);
}

void read_thread(base::ByteReader& f, model::Observation& out) {
  model::ThreadTime thread;
  thread.cpu_us = f.varint();
  thread.name = base::as_text(f.rest());
  if (f.failed() || out.threads.size() == kThreadsMax) return f.fail();
  out.threads.push_back(std::move(thread));
}

void read_code(base::ByteReader& f, model::Observation& out) {
  const std::uint64_t code = f.varint();
  const std::uint64_t records = f.varint();
  const std::uint64_t notes = f.varint();
  if (f.failed() || code > 0xFFFF || out.codes.size() == kCodesMax) return f.fail();
  out.codes.push_back({static_cast<std::uint16_t>(code), records, notes});
}

}  // namespace

std::string status_key(model::SourceId source, StatusKind kind, std::int64_t at) {
  return rollup_key(source, static_cast<RollupLevel>(kind), at);
}

std::optional<StatusKey> parse_status_key(std::string_view key) {
  const auto parsed = parse_rollup_key(key);
  if (!parsed) return std::nullopt;
  return StatusKey{parsed->source, static_cast<StatusKind>(parsed->level), parsed->bucket};
}

std::string encode_state(const model::StatePeriod& period) {
  std::string out;
  FieldWriter w(out);
  w.number(kState, static_cast<std::uint64_t>(period.state) + 1);
  w.text(kReason, std::string_view(period.reason).substr(0, kReasonBytesMax));
  if (period.until != base::Time::max()) put_time(w, kUntil, period.until);
  w.number(kUnseen, period.unseen ? 1 : 0);
  return out;
}

ValueState decode_state(base::Bytes value, model::StatePeriod& out) {
  out.until = base::Time::max();
  out.reason.clear();
  out.unseen = false;
  base::ByteReader in(value);
  const ValueState state = open_value(in);
  if (state != ValueState::ok) return state;
  std::uint64_t number = 0;
  const bool whole = for_each_field(in, [&](std::uint64_t tag, base::ByteReader& f) {
    if (tag == kState) number = f.varint();
    if (tag == kReason) out.reason = base::as_text(f.rest());
    if (tag == kUntil) out.until.ns = f.svarint();
    if (tag == kUnseen) out.unseen = f.varint() != 0;
  });
  constexpr auto kLast = static_cast<std::uint64_t>(model::WhispererState::wrong_configuration) + 1;
  if (!whole || number == 0 || number > kLast) return ValueState::corrupt;
  out.state = static_cast<model::WhispererState>(number - 1);
  return ValueState::ok;
}

std::string encode_saving(const model::SavingChange& change) {
  std::string out;
  FieldWriter w(out);
  const model::SavingOptions& o = change.options;
  std::uint64_t bits = 0;
  if (o.packets) bits |= kPackets;
  if (o.sessions) bits |= kSessions;
  if (o.parsing) bits |= kParsing;
  if (o.bodies) bits |= kBodies;
  w.number(kOptions, bits);
  w.number(kFirst, change.first ? 1 : 0);
  return out;
}

ValueState decode_saving(base::Bytes value, model::SavingChange& out) {
  base::ByteReader in(value);
  const ValueState state = open_value(in);
  if (state != ValueState::ok) return state;
  std::uint64_t bits = 0;
  out.first = false;
  const bool whole = for_each_field(in, [&](std::uint64_t tag, base::ByteReader& f) {
    if (tag == kOptions) bits = f.varint();
    if (tag == kFirst) out.first = f.varint() != 0;
  });
  out.options = {(bits & kPackets) != 0, (bits & kSessions) != 0, (bits & kParsing) != 0,
                 (bits & kBodies) != 0};
  return whole ? ValueState::ok : ValueState::corrupt;
}

std::string encode_observation(const model::Observation& o) {
  std::string out;
  FieldWriter w(out);
  w.number(kLooks, o.looks);
  std::string payload;
  for (std::size_t i = 0; i < o.threads.size() && i < kThreadsMax; ++i) {
    payload.clear();
    ByteWriter p(payload);
    p.varint(o.threads[i].cpu_us);
    p.text(o.threads[i].name);
    w.field(kThread, payload);
  }
  put_gauge(w, kFlows, o.flows);
  put_gauge(w, kFlowBytes, o.flow_bytes);
  put_gauge(w, kParseBytes, o.parse_bytes);
  put_gauge(w, kRingBytes, o.ring_bytes);
  w.number(kRingCapacity, o.ring_capacity);
  put_gauge(w, kResident, o.resident_bytes);
  put_gauge(w, kStoreBytes, o.store_bytes);
  for (std::size_t i = 0; i < o.codes.size() && i < kCodesMax; ++i) {
    payload.clear();
    ByteWriter p(payload);
    p.varint(o.codes[i].code);
    p.varint(o.codes[i].records);
    p.varint(o.codes[i].notes);
    w.field(kCode, payload);
  }
  return out;
}

ValueState decode_observation(base::Bytes value, model::Observation& out) {
  const std::int64_t minute = out.minute;
  out = {};
  out.minute = minute;
  base::ByteReader in(value);
  const ValueState state = open_value(in);
  if (state != ValueState::ok) return state;
  const bool whole = for_each_field(in, [&](std::uint64_t tag, base::ByteReader& f) {
    switch (tag) {
      case kLooks:
        out.looks = small(f);
        return;
      case kThread:
        return read_thread(f, out);
      case kFlows:
        return read_gauge(f, out.flows);
      case kFlowBytes:
        return read_gauge(f, out.flow_bytes);
      case kParseBytes:
        return read_gauge(f, out.parse_bytes);
      case kRingBytes:
        return read_gauge(f, out.ring_bytes);
      case kRingCapacity:
        out.ring_capacity = f.varint();
        return;
      case kResident:
        return read_gauge(f, out.resident_bytes);
      case kStoreBytes:
        return read_gauge(f, out.store_bytes);
      case kCode:
        return read_code(f, out);
      default:
        return;
    }
  });
  return whole ? ValueState::ok : ValueState::corrupt;
}

std::string encode_alive(base::Time at) {
  std::string out;
  FieldWriter w(out);
  put_time(w, kAlive, at);
  return out;
}

ValueState decode_alive(base::Bytes value, base::Time& out) {
  base::ByteReader in(value);
  const ValueState state = open_value(in);
  if (state != ValueState::ok) return state;
  bool found = false;
  const bool whole = for_each_field(in, [&](std::uint64_t tag, base::ByteReader& f) {
    if (tag != kAlive) return;
    out.ns = f.svarint();
    found = true;
  });
  return whole && found ? ValueState::ok : ValueState::corrupt;
}

}  // namespace spider::store::format
