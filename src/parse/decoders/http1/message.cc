#include "parse/decoders/http1/message.h"

#include "spider/parse/codes.h"

namespace spider::parse::http1 {
namespace {
// What a pooled message keeps for the next one.
constexpr std::size_t kHeadKept = 4'096;
constexpr std::size_t kExtentsKept = 64;
}  // namespace

void Message::add_extent(model::BodyExtent extent) {
  saved_bytes += extent.bytes;
  if (!extents.empty()) {
    model::BodyExtent& last = extents.back();
    const std::uint64_t behind = std::uint64_t{last.offset} + last.bytes;
    if (last.pack == extent.pack && behind == extent.offset &&
        std::uint64_t{last.bytes} + extent.bytes <= UINT32_MAX) {
      last.bytes += extent.bytes;
      return;
    }
  }
  const std::size_t before = extents.capacity();
  extents.push_back(extent);
  held += (extents.capacity() - before) * sizeof(model::BodyExtent);
}

void Message::add_hole(std::uint64_t bytes) {
  if (bytes == 0) return;
  const std::uint64_t at = body_bytes + missing_bytes;
  const bool goes_on = !holes.empty() && at == hole_end;
  missing_bytes += bytes;
  hole_end = at + bytes;
  if (goes_on) {
    if (more_holes == 0) holes.back().bytes += bytes;
  } else if (holes.size() < model::kBodyHolesMax) {
    const std::size_t before = holes.capacity();
    holes.push_back({at, bytes});
    held += (holes.capacity() - before) * sizeof(model::BodyHole);
  } else {
    ++more_holes;
  }
}

void Message::forget_holes() noexcept {
  holes.clear();
  hole_end = 0;
  more_holes = 0;
}

void Message::clear() noexcept {
  head.reset(kHeadKept);
  trailers.reset(0);
  if (extents.capacity() > kExtentsKept) {
    held -= extents.capacity() * sizeof(model::BodyExtent);
    std::vector<model::BodyExtent>().swap(extents);
  }
  extents.clear();
  forget_holes();
  present = head_whole = whole = done = false;
  minor = 1;
  status = 0;
  flags = 0;
  framing = {};
  marks.clear();
  prefix_bytes = 0;
  method = target = host = type = encoding = {};
  first_byte = last_byte = {};
  peer_offset = model::kNoOffset;
  first_packet = last_packet = begin = end = 0;
  wire_bytes = body_bytes = saved_bytes = capped_bytes = missing_bytes = retransmitted_bytes = 0;
  codes = 0;
}

bool Exchange::uncertain() const noexcept {
  return (codes >> (codes::pairing_uncertain.number() - 4001U) & 1U) != 0;
}

void Exchange::clear() noexcept {
  request.clear();
  response.clear();
  ordinal = 0;
  interim = 0;
  asked_at = model::kNoOffset;
  lost_from = 0;
  doubtful = false;
  maybe_answered = lost_before = lost_answered = false;
  skipped_before = 0;
  in_tunnel = false;
  codes = 0;
}

}  // namespace spider::parse::http1
