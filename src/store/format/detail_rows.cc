// Records to and from DetailRows: which fact has which tag. Tags are stored: never reused.
#include <algorithm>
#include <limits>

#include "store/format/detail.h"

namespace spider::store::format {
namespace {

// HTTP: two messages of sixteen tags each, then the row's own.
constexpr std::size_t kRequest = 0;
constexpr std::size_t kResponse = 16;
enum MessageTag : std::size_t {
  kFlags = 1,      // MessageFlag; bit 16: present
  kFirstByte = 2,  // as a distance from the row's start
  kTransfer = 3,   // last byte as a distance from the first
  kWireBytes = 4,
  kBodyBytes = 5,
  kMissingBytes = 6,
  kRetransmittedBytes = 7,
  kFirstPacket = 8,
  kPackets = 9,  // last packet as a distance from the first
  kHeadLength = 10,
  kTrailersLength = 11,
  kExtents = 12,  // how many of the row's list entries are this message's
  kHoles = 13,    // how many behind all extents are holes of this message's body
  kMoreHoles = 14,
};
enum HttpTag : std::size_t { kHttpStart = 33, kInterim = 34 };

enum SessionTag : std::size_t {
  kStart = 1,
  kEnd = 2,
  kSyn = 3,
  kSynAck = 4,
  kHandshake = 5,
  kNumber = 6,
  kClientPort = 7,
  kServerPort = 8,
  kBits = 9,  // direction of the client, mid_stream
  kClose = 10,
  kConflicts = 11,
  kVlan = 12,
  kCommunications = 13,
  kPackFirst = 14,
  kPackLast = 15,
  kClientStats = 32,
  kServerStats = 48,
};
constexpr std::int64_t kPresentBit = 1 << 16;
constexpr std::size_t kAddressBytes = 16;
constexpr std::size_t kStatTags = 12;
constexpr std::size_t kRowsAtFirst = 64;

// Distances wrap like unsigned numbers, so any two times can be stored and come back.
std::int64_t minus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
std::int64_t plus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

// Stats and their tags, in one place for both ways.
template <class Stats, class Visit>
void for_each_stat(Stats& s, std::size_t base, Visit&& visit) {
  visit(base + 0, s.packets);
  visit(base + 1, s.payload_packets);
  visit(base + 2, s.payload_bytes);
  visit(base + 3, s.delivered_bytes);
  visit(base + 4, s.duplicate_bytes);
  visit(base + 5, s.retransmissions);
  visit(base + 6, s.out_of_order);
  visit(base + 7, s.gap_bytes);
  visit(base + 8, s.gaps);
  visit(base + 9, s.keep_alives);
  visit(base + 10, s.zero_windows);
  visit(base + 11, s.mirror_duplicates);
}

std::string_view address_text(const model::IpAddress& a) {
  return {reinterpret_cast<const char*>(a.bytes.data()), a.bytes.size()};
}

}  // namespace

void DetailRows::clear() noexcept {
  restart();
  for (auto& n : numbers) n.clear();
  room_ = 0;
}

void DetailRows::restart() noexcept {
  for (auto& l : lists) l.clear();
  list_ends.clear();
  blob.clear();
  blob_ends.clear();
  any_.fill(0);
}

void DetailRows::begin_row(std::size_t end) {
  if (rows() < room_) return;
  room_ = std::max(kRowsAtFirst, 2 * room_);
  for (std::size_t tag = 1; tag < end; ++tag) numbers[tag].resize(room_);
}

void DetailRows::end_row() {
  list_ends.push_back(static_cast<std::uint32_t>(lists[0].size()));
  blob_ends.push_back(blob.size());
}

std::string_view DetailRows::blob_of(std::size_t row) const noexcept {
  const std::uint64_t begin = row == 0 ? 0 : blob_ends[row - 1];
  return std::string_view(blob).substr(begin, blob_ends[row] - begin);
}

void DetailRows::append_message(std::size_t base, const model::HttpMessage& m, base::Time start) {
  if (!m.present) {
    for (std::size_t tag = kFlags; tag <= kMoreHoles; ++tag) set(base + tag, 0);
    return;
  }
  set(base + kFlags, m.flags | kPresentBit);
  set(base + kFirstByte, minus(m.first_byte.ns, start.ns));
  set(base + kTransfer, minus(m.last_byte.ns, m.first_byte.ns));
  set_unsigned(base + kWireBytes, m.wire_bytes);
  set_unsigned(base + kBodyBytes, m.body_bytes);
  set_unsigned(base + kMissingBytes, m.missing_bytes);
  set_unsigned(base + kRetransmittedBytes, m.retransmitted_bytes);
  set_unsigned(base + kFirstPacket, m.first_packet);
  set_unsigned(base + kPackets, m.last_packet - m.first_packet);
  set_unsigned(base + kHeadLength, m.head.size());
  set_unsigned(base + kTrailersLength, m.trailers.size());
  set_unsigned(base + kExtents, m.body.size());
  for (const model::BodyExtent& e : m.body) {
    lists[0].push_back(static_cast<std::int64_t>(e.pack));
    lists[1].push_back(e.offset);
    lists[2].push_back(e.bytes);
  }
  set_unsigned(base + kHoles, m.holes.size());
  set_unsigned(base + kMoreHoles, m.more_holes);
  blob += m.head;
  blob += m.trailers;
}

void DetailRows::append(const model::Communication& c) {
  begin_row(kInterim + 1);
  set(kHttpStart, c.start.ns);
  set(kInterim, c.interim_responses);
  append_message(kRequest, c.request, c.start);
  append_message(kResponse, c.response, c.start);
  // Behind the extents: a reader from before there were holes never comes to them.
  for (const model::HttpMessage* m : {&c.request, &c.response}) {
    if (!m->present) continue;
    for (const model::BodyHole& h : m->holes) {
      lists[0].push_back(0);
      lists[1].push_back(static_cast<std::int64_t>(h.offset));
      lists[2].push_back(static_cast<std::int64_t>(h.bytes));
    }
  }
  end_row();
}

bool DetailRows::http(std::size_t row, HttpDetail& out) const {
  out.interim_responses = static_cast<std::uint8_t>(number(kInterim, row));
  const std::int64_t start = number(kHttpStart, row);
  std::string_view text = blob_of(row);
  std::size_t entry = row == 0 ? 0 : list_ends[row - 1];
  const auto take = [&](std::size_t tag, std::string& to) {
    const auto length = static_cast<std::uint64_t>(number(tag, row));
    if (length > text.size()) return false;
    to = text.substr(0, length);
    text.remove_prefix(length);
    return true;
  };
  for (const std::size_t base : {kRequest, kResponse}) {
    MessageDetail& m = base == kRequest ? out.request : out.response;
    m = {};
    const std::int64_t flags = number(base + kFlags, row);
    m.present = (flags & kPresentBit) != 0;
    if (!m.present) continue;
    m.flags = static_cast<std::uint16_t>(flags);
    m.first_byte = {plus(start, number(base + kFirstByte, row))};
    m.last_byte = {plus(m.first_byte.ns, number(base + kTransfer, row))};
    m.wire_bytes = static_cast<std::uint64_t>(number(base + kWireBytes, row));
    m.body_bytes = static_cast<std::uint64_t>(number(base + kBodyBytes, row));
    m.missing_bytes = static_cast<std::uint64_t>(number(base + kMissingBytes, row));
    m.retransmitted_bytes = static_cast<std::uint64_t>(number(base + kRetransmittedBytes, row));
    m.first_packet = static_cast<std::uint64_t>(number(base + kFirstPacket, row));
    m.last_packet = m.first_packet + static_cast<std::uint64_t>(number(base + kPackets, row));
    if (!take(base + kHeadLength, m.head) || !take(base + kTrailersLength, m.trailers))
      return false;
    const auto extents = static_cast<std::uint64_t>(number(base + kExtents, row));
    if (extents > list_ends[row] - entry) return false;
    for (std::uint64_t i = 0; i < extents; ++i, ++entry)
      m.body.push_back({static_cast<std::uint64_t>(lists[0][entry]),
                        static_cast<std::uint32_t>(lists[1][entry]),
                        static_cast<std::uint32_t>(lists[2][entry])});
  }
  for (const std::size_t base : {kRequest, kResponse}) {
    MessageDetail& m = base == kRequest ? out.request : out.response;
    if (!m.present) continue;
    const auto holes = static_cast<std::uint64_t>(number(base + kHoles, row));
    if (holes > list_ends[row] - entry) return false;
    for (std::uint64_t i = 0; i < holes; ++i, ++entry)
      m.holes.push_back({static_cast<std::uint64_t>(lists[1][entry]),
                         static_cast<std::uint64_t>(lists[2][entry])});
    m.more_holes = static_cast<std::uint64_t>(number(base + kMoreHoles, row));
  }
  return true;
}

void DetailRows::append(const model::SessionRecord& r, std::span<const model::ParseNote> notes) {
  const model::TcpSession& s = r.session;
  begin_row(kServerStats + kStatTags);
  set(kStart, s.start.ns);
  set(kEnd, minus(s.end.ns, s.start.ns));
  // Moments that were not seen (Time::min()) stay what they are: kNone to the number codec.
  const auto moment = [&](base::Time t) {
    return t == base::Time::min() ? kNone : minus(t.ns, s.start.ns);
  };
  set(kSyn, moment(s.syn_time));
  set(kSynAck, moment(s.syn_ack_time));
  set(kHandshake, moment(s.handshake_time));
  set_unsigned(kNumber, s.id.number);
  set(kClientPort, s.client.port);
  set(kServerPort, s.server.port);
  set(kBits,
      (s.client_direction == model::Direction::high_to_low ? 1 : 0) | (s.mid_stream ? 2 : 0));
  set(kClose, static_cast<std::int64_t>(s.close));
  set_unsigned(kConflicts, s.overlap_conflicts);
  set(kVlan, s.vlan);
  set(kCommunications, r.communications);
  set_unsigned(kPackFirst, r.packet_pack_first);
  set_unsigned(kPackLast, r.packet_pack_last);
  const auto put = [this](std::size_t tag, std::uint64_t v) { set_unsigned(tag, v); };
  for_each_stat(s.client_stats, kClientStats, put);
  for_each_stat(s.server_stats, kServerStats, put);
  blob += address_text(s.client.ip);
  blob += address_text(s.server.ip);
  blob += r.decoder;
  for (const model::ParseNote& n : notes) {
    lists[0].push_back(minus(n.time.ns, s.start.ns));
    lists[1].push_back(static_cast<std::int64_t>(n.offset));
    lists[2].push_back(n.code * 2 + static_cast<std::int64_t>(n.direction));
  }
  end_row();
}

bool DetailRows::session(std::size_t row, model::SourceId source, SessionDetail& out) const {
  out = {};
  model::TcpSession& s = out.session;
  const std::string_view text = blob_of(row);
  if (text.size() < 2 * kAddressBytes) return false;
  s.client.ip = model::IpAddress::kept(base::as_bytes(text.substr(0, kAddressBytes)));
  s.server.ip = model::IpAddress::kept(base::as_bytes(text.substr(kAddressBytes, kAddressBytes)));
  out.decoder = text.substr(2 * kAddressBytes);
  s.start = {number(kStart, row)};
  s.id = {source, s.start, static_cast<std::uint64_t>(number(kNumber, row))};
  s.end = {plus(s.start.ns, number(kEnd, row))};
  const auto moment = [&](std::size_t tag) {
    const std::int64_t v = number(tag, row);
    return v == kNone ? base::Time::min() : base::Time{plus(s.start.ns, v)};
  };
  s.syn_time = moment(kSyn);
  s.syn_ack_time = moment(kSynAck);
  s.handshake_time = moment(kHandshake);
  s.client.port = static_cast<std::uint16_t>(number(kClientPort, row));
  s.server.port = static_cast<std::uint16_t>(number(kServerPort, row));
  s.client_direction = static_cast<model::Direction>(number(kBits, row) & 1);
  s.mid_stream = (number(kBits, row) & 2) != 0;
  s.close = static_cast<model::CloseReason>(number(kClose, row));
  s.overlap_conflicts = static_cast<std::uint64_t>(number(kConflicts, row));
  s.vlan = static_cast<std::uint16_t>(number(kVlan, row));
  out.communications = static_cast<std::uint32_t>(number(kCommunications, row));
  out.packet_pack_first = static_cast<std::uint64_t>(number(kPackFirst, row));
  out.packet_pack_last = static_cast<std::uint64_t>(number(kPackLast, row));
  const auto get = [&](std::size_t tag, std::uint64_t& v) {
    v = static_cast<std::uint64_t>(number(tag, row));
  };
  for_each_stat(s.client_stats, kClientStats, get);
  for_each_stat(s.server_stats, kServerStats, get);
  for (std::size_t i = row == 0 ? 0 : list_ends[row - 1]; i < list_ends[row]; ++i) {
    const std::int64_t code = lists[2][i];
    out.notes.push_back({{plus(s.start.ns, lists[0][i])},
                         static_cast<model::Direction>(code & 1),
                         static_cast<std::uint64_t>(lists[1][i]),
                         static_cast<std::uint16_t>(code / 2)});
  }
  return true;
}

}  // namespace spider::store::format
