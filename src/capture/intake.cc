#include "capture/intake.h"

#include <algorithm>

#include "spider/base/log.h"
#include "spider/capture/codes.h"

#include "capture/empty_segments.h"

namespace spider::capture {

using model::PacketKind;
using model::Quality;
using Outcome = FragmentTable::Outcome;

namespace {

// Datagrams in fragments, or compressed, inside tunnels that are so themselves.
constexpr unsigned kNestingMax = 4;

void book(model::QualityCounts& counts, Quality what) noexcept { ++counts[what]; }

void book_left_out(std::uint64_t wire_bytes, Quality why, model::QualityCounts& counts) noexcept {
  book(counts, Quality::packets_received);
  counts[Quality::bytes_received] += wire_bytes;
  book(counts, why);
}

}  // namespace

Intake::Joined Intake::join(const RawPacket& raw, model::Packet& packet, Fragment& fragment,
                            model::QualityLog& quality) {
  base::Bytes bytes = raw.frame;
  bool inflated = false;  // once: the one buffer cannot be read and written
  for (unsigned depth = 0; depth < kNestingMax; ++depth) {
    const base::Bytes piece = bytes.subspan(fragment.data_offset, fragment.data_bytes);
    Fragment whole = fragment;
    if (fragment.compressed) {
      bytes = inflated ? base::Bytes{} : compression_.inflate(piece);
      inflated = true;
      if (bytes.empty()) {  // another algorithm, or cut: what it carries cannot be told
        packet.kind = PacketKind::not_tcp;
        return {{}, Outcome::complete};
      }
    } else {
      const Outcome outcome = fragments_.add(fragment, piece, raw.time, quality);
      if (outcome != Outcome::complete) return {{}, outcome};
      bytes = fragments_.datagram();
      whole = fragments_.whole();
    }
    const model::Packet before = packet;
    const bool sound = decoder_.decode_datagram(whole, bytes, packet, fragment);
    if (!whole.compressed)
      fragments_.book_whole(sound ? Quality::fragment_joined : Quality::fragment_dropped, quality);
    if (!sound) {  // the packet stays the fragment that it was
      packet = before;
      return {{}, Outcome::dropped};
    }
    if (packet.kind != PacketKind::fragment) return {bytes, Outcome::complete};
  }
  return {{}, Outcome::malformed};
}

void Intake::take(const RawPacket& raw, model::PacketSink& sink, model::QualityLog& quality) {
  last_ = raw.time;
  model::Packet p;
  p.time = raw.time;
  p.number = ++number_;
  p.captured_bytes = static_cast<std::uint32_t>(raw.frame.size());
  p.wire_bytes = std::max(raw.wire_bytes, p.captured_bytes);
  p.link_type = static_cast<std::uint16_t>(std::min<std::uint32_t>(raw.link_type, 0xFFFF));
  Fragment fragment;
  decoder_.decode(raw.frame, p, fragment);

  if (skip_empty_ && is_empty_segment(p)) [[unlikely]]
    return book_left_out(p.wire_bytes, Quality::skipped_empty, quality.at(raw.time));

  Joined joined;
  const bool fragmented = p.kind == PacketKind::fragment;
  if (fragmented) [[unlikely]] {
    joined = join(raw, p, fragment, quality);
    p.rejoined = !joined.datagram.empty();
    if (joined.outcome == Outcome::malformed) p.kind = PacketKind::malformed;
  }
  const bool taken = sink.on_packet(p, raw.frame, joined.datagram);

  model::QualityCounts& counts = quality.at(raw.time);
  book(counts, Quality::packets_received);
  counts[Quality::bytes_received] += p.wire_bytes;
  if (p.captured_bytes < p.wire_bytes) book(counts, Quality::snaplen_cut);
  if (!taken) [[unlikely]] {
    const bool waiting = fragmented && joined.outcome == Outcome::waiting;
    if (!waiting || fragments_.unbook_latest()) book(counts, Quality::ring_dropped);
    return;
  }
  switch (p.kind) {
    case PacketKind::tcp:
      return;  // booked where the flow is
    case PacketKind::not_tcp:
      return book(counts, Quality::not_tcp);
    case PacketKind::not_ip:
      return book(counts, Quality::not_ip);
    case PacketKind::malformed:
      return book(counts, Quality::malformed);
    case PacketKind::link_unsupported:
      book(counts, Quality::link_unsupported);
      return tell_unsupported(raw.link_type);
    case PacketKind::fragment:
      if (joined.outcome == Outcome::dropped) book(counts, Quality::fragment_dropped);
      return;
  }
}

void Intake::tell_unsupported(std::uint32_t link_type) {
  constexpr std::size_t kToldMax = 16;
  if (told_unsupported_.size() >= kToldMax ||
      std::find(told_unsupported_.begin(), told_unsupported_.end(), link_type) !=
          told_unsupported_.end())
    return;
  told_unsupported_.push_back(link_type);
  base::log(codes::link_type_unsupported,
            "Frames of link type {} are not decoded, only counted; see tcpdump.org/linktypes.html.",
            link_type);
}

void Intake::leave_out(const RawPacket& raw, model::QualityLog& quality) {
  last_ = raw.time;
  ++number_;
  const std::uint64_t wire_bytes = std::max<std::uint64_t>(raw.wire_bytes, raw.frame.size());
  book_left_out(wire_bytes, Quality::filtered, quality.at(raw.time));
}

}  // namespace spider::capture
