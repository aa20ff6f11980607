#include "store/format/packs.h"

#include <algorithm>

namespace spider::store::format {
namespace {

enum SegmentTag : std::uint32_t { kBytes = 1 };
enum IndexTag : std::uint32_t {
  kRows = 1,
  kFirst = 2,
  kLast = 3,
  kSessions = 4,
  kNumbers = 5,
  kTimes = 6,
  kOffsets = 7,
  kCaptured = 8,
  kWire = 9,
  kLinks = 10,
};
constexpr std::uint64_t kPacketsMax = std::uint64_t{1} << 21U;  // of a pack; a bound for decoding

}  // namespace

void encode_segment(base::Bytes bytes, Codec wish, Compressor& compressor, std::string& out) {
  // The payload's length is not known before it is made, and copying it would cost: a segment is
  // version, compat and a bare envelope, without the frame of fields.
  out.push_back(static_cast<char>(kVersion));
  out.push_back(static_cast<char>(kCompat));
  ByteWriter w(out);
  compressor.put(bytes, wish, w);
}

ValueState decode_segment(base::Bytes value, std::vector<char>& out) {
  base::ByteReader in(value);
  const ValueState state = open_value(in);
  if (state != ValueState::ok) return state;
  return get_envelope(in, kSegmentBytes, out) ? ValueState::ok : ValueState::corrupt;
}

void encode_packet_index(std::span<const model::PacketEntry> packets, NumberEncoder& numbers,
                         std::string& out) {
  FieldWriter w(out);
  base::Time first = base::Time::max();
  base::Time last = base::Time::min();
  for (const model::PacketEntry& p : packets) {
    first = std::min(first, p.time);
    last = std::max(last, p.time);
  }
  w.number(kRows, packets.size());
  w.number(kFirst, static_cast<std::uint64_t>(first.ns));
  w.number(kLast, static_cast<std::uint64_t>(last.ns));
  std::vector<std::int64_t> run(packets.size());
  std::string payload;
  const auto column = [&](std::uint32_t tag, auto get) {
    std::transform(packets.begin(), packets.end(), run.begin(),
                   [&](const model::PacketEntry& p) { return static_cast<std::int64_t>(get(p)); });
    payload.clear();
    ByteWriter p(payload);
    numbers.put(run, p);
    w.field(tag, payload);
  };
  using Entry = model::PacketEntry;
  column(kSessions, [](const Entry& p) { return p.session_number; });
  column(kNumbers, [](const Entry& p) { return p.number; });
  column(kTimes, [](const Entry& p) { return p.time.ns; });
  column(kOffsets, [](const Entry& p) { return p.offset; });
  column(kCaptured, [](const Entry& p) { return p.captured_bytes; });
  column(kWire, [](const Entry& p) { return p.wire_bytes; });
  column(kLinks, [](const Entry& p) { return p.link_type; });
}

ValueState decode_packet_index(base::Bytes value, std::uint64_t only_session, PacketIndex& out) {
  out = {};
  base::ByteReader in(value);
  const ValueState state = open_value(in);
  if (state != ValueState::ok) return state;
  std::uint64_t rows = 0;
  bool wanted = true;
  bool good = true;
  const auto column = [&](base::ByteReader& f, std::vector<std::int64_t>& to) {
    if (wanted) good = good && decode_numbers(f, rows, to);
  };
  const bool whole = for_each_field(in, [&](std::uint64_t tag, base::ByteReader& f) {
    switch (tag) {
      case kRows:
        rows = f.varint();
        if (rows > kPacketsMax) f.fail();
        break;
      case kSessions:
        column(f, out.sessions);
        if (only_session != 0)
          wanted = std::find(out.sessions.begin(), out.sessions.end(),
                             static_cast<std::int64_t>(only_session)) != out.sessions.end();
        break;
      case kNumbers:
        column(f, out.numbers);
        break;
      case kTimes:
        column(f, out.times);
        break;
      case kOffsets:
        column(f, out.offsets);
        break;
      case kCaptured:
        column(f, out.captured);
        break;
      case kWire:
        column(f, out.wire);
        break;
      case kLinks:
        column(f, out.links);
        break;
      default:
        break;
    }
  });
  if (!whole || !good || out.sessions.size() != rows) return ValueState::corrupt;
  if (!wanted) {
    out = {};
    return ValueState::ok;
  }
  for (const auto* c :
       {&out.numbers, &out.times, &out.offsets, &out.captured, &out.wire, &out.links})
    if (c->size() != rows) return ValueState::corrupt;
  return ValueState::ok;
}

ValueState decode_packet_index_head(base::Bytes value, PacketIndexHead& out) {
  out = {};
  base::ByteReader in(value);
  const ValueState state = open_value(in);
  if (state != ValueState::ok) return state;
  const bool whole = for_each_field(in, [&](std::uint64_t tag, base::ByteReader& f) {
    if (tag == kRows) out.rows = f.varint();
    if (tag == kFirst) out.first = {static_cast<std::int64_t>(f.varint())};
    if (tag == kLast) out.last = {static_cast<std::int64_t>(f.varint())};
  });
  return whole ? ValueState::ok : ValueState::corrupt;
}

}  // namespace spider::store::format
