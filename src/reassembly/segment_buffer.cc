#include "reassembly/segment_buffer.h"

#include <algorithm>
#include <cstring>

namespace spider::reassembly {
namespace {

using Index = SegmentPool::Index;
constexpr Index kNone = SegmentPool::kNone;
constexpr std::size_t kFirstBytes = SegmentPool::kBlockBytes - sizeof(Segment);
constexpr std::size_t kLaterBytes = SegmentPool::kBlockBytes - sizeof(Index);
static_assert(sizeof(Segment) == 56, "three blocks hold a full Ethernet segment");

Segment& segment(const SegmentPool& pool, Index index) noexcept {
  return *reinterpret_cast<Segment*>(pool.at(index));
}

}  // namespace

std::uint32_t SegmentBuffer::blocks_for(std::size_t bytes) noexcept {
  if (bytes <= kFirstBytes) return 1;
  return static_cast<std::uint32_t>(1 + (bytes - kFirstBytes + kLaterBytes - 1) / kLaterBytes);
}

base::Bytes SegmentBuffer::first_part(const SegmentPool& pool, Index block,
                                      std::size_t left) noexcept {
  return {pool.at(block) + sizeof(Segment), std::min(left, kFirstBytes)};
}

base::Bytes SegmentBuffer::later_part(const SegmentPool& pool, Index block,
                                      std::size_t left) noexcept {
  return {pool.at(block) + sizeof(Index), std::min(left, kLaterBytes)};
}

Index SegmentBuffer::next_block(const SegmentPool& pool, Index block, bool first) noexcept {
  if (first) return segment(pool, block).next_block;
  Index next = kNone;
  std::memcpy(&next, pool.at(block), sizeof(next));
  return next;
}

const Segment& SegmentBuffer::front(const SegmentPool& pool) const noexcept {
  return segment(pool, front_);
}

bool SegmentBuffer::front_is_continued(const SegmentPool& pool) const noexcept {
  const Index next = at_or_after(pool, front(pool).end());
  return next != kNone && segment(pool, next).position == front(pool).end();
}

Index SegmentBuffer::at_or_before(const SegmentPool& pool, Position position) const noexcept {
  Index found = kNone;
  for (Index i = root_; i != kNone;) {
    const Segment& s = segment(pool, i);
    if (s.position <= position) {
      found = i;
      i = s.right;
    } else {
      i = s.left;
    }
  }
  return found;
}

Index SegmentBuffer::at_or_after(const SegmentPool& pool, Position position) const noexcept {
  Index found = kNone;
  for (Index i = root_; i != kNone;) {
    const Segment& s = segment(pool, i);
    if (s.position >= position) {
      found = i;
      i = s.left;
    } else {
      i = s.right;
    }
  }
  return found;
}

bool SegmentBuffer::differs(const SegmentPool& pool, Index index, Position position,
                            base::Bytes copy) noexcept {
  const Segment& s = segment(pool, index);
  std::size_t skip = static_cast<std::size_t>(position - s.position);
  std::size_t left = s.bytes;
  Index block = index;
  base::Bytes part = first_part(pool, block, left);
  while (!copy.empty()) {
    if (skip < part.size()) {
      const std::size_t n = std::min(part.size() - skip, copy.size());
      if (std::memcmp(part.data() + skip, copy.data(), n) != 0) return true;
      copy = copy.subspan(n);
      skip += n;
    }
    skip -= part.size();
    left -= part.size();
    if (copy.empty() || left == 0) break;
    block = next_block(pool, block, block == index);
    part = later_part(pool, block, left);
  }
  return false;
}

SegmentBuffer::Outcome SegmentBuffer::insert(SegmentPool& pool, Position position,
                                             base::Bytes bytes, std::uint32_t cut,
                                             const SegmentFacts& facts, std::uint32_t blocks_max,
                                             SeenAgain& again) {
  Outcome out;
  const Position end = position + bytes.size();
  Position at = position;
  const auto piece = [&](Position from, Position to) {
    return bytes.subspan(static_cast<std::size_t>(from - position),
                         static_cast<std::size_t>(to - from));
  };
  const auto compare = [&](Index held) {
    const Position to = std::min(end, segment(pool, held).end());
    if (to <= at) return;
    out.seen += to - at;
    again.seen(at, to);
    if (differs(pool, held, at, piece(at, to))) ++out.conflicts;
    at = to;
  };

  if (const Index before = at_or_before(pool, at); before != kNone) compare(before);
  while (at < end) {
    const Index after = at_or_after(pool, at);
    const Position stop = after == kNone ? end : std::min(end, segment(pool, after).position);
    if (stop > at) {
      const bool last = stop == end;
      if (add(pool, at, piece(at, stop), last ? cut : 0, facts, blocks_max))
        out.kept += stop - at;
      else
        out.refused += stop - at;
      at = stop;
    }
    if (after != kNone && at < end) compare(after);
  }
  return out;
}

bool SegmentBuffer::add(SegmentPool& pool, Position position, base::Bytes bytes, std::uint32_t cut,
                        const SegmentFacts& facts, std::uint32_t blocks_max) {
  const std::uint32_t blocks = blocks_for(bytes.size());
  if (blocks_ + blocks > blocks_max || blocks > pool.blocks_left()) return false;
  const Index index = pool.take();
  Segment& s = segment(pool, index);
  s = {position, facts,        static_cast<std::uint32_t>(bytes.size()), cut, kNone, kNone,
       kNone,    pool.random()};
  std::size_t n = std::min(bytes.size(), kFirstBytes);
  std::memcpy(pool.at(index) + sizeof(Segment), bytes.data(), n);
  bytes = bytes.subspan(n);
  Index previous = index;
  while (!bytes.empty()) {
    const Index block = pool.take();
    if (previous == index)
      s.next_block = block;
    else
      std::memcpy(pool.at(previous), &block, sizeof(block));
    n = std::min(bytes.size(), kLaterBytes);
    std::memcpy(pool.at(block) + sizeof(Index), bytes.data(), n);
    bytes = bytes.subspan(n);
    previous = block;
  }
  blocks_ += blocks;
  ++segments_;
  link(pool, index);
  return true;
}

// Walks down to where the new segment's priority belongs, then splits what was there by position.
void SegmentBuffer::link(SegmentPool& pool, Index added) noexcept {
  Segment& s = segment(pool, added);
  if (front_ == kNone || s.position < segment(pool, front_).position) front_ = added;
  Index* place = &root_;
  while (*place != kNone && segment(pool, *place).priority >= s.priority) {
    Segment& t = segment(pool, *place);
    place = s.position < t.position ? &t.left : &t.right;
  }
  Index rest = *place;
  *place = added;
  Index* lower = &s.left;
  Index* upper = &s.right;
  while (rest != kNone) {
    Segment& t = segment(pool, rest);
    if (t.position < s.position) {
      *lower = rest;
      lower = &t.right;
      rest = t.right;
    } else {
      *upper = rest;
      upper = &t.left;
      rest = t.left;
    }
  }
  *lower = kNone;
  *upper = kNone;
}

void SegmentBuffer::excuse_front(const SegmentPool& pool) noexcept {
  segment(pool, front_).facts.ack = 0;
}

void SegmentBuffer::pop_front(SegmentPool& pool) noexcept {
  Index* place = &root_;
  while (segment(pool, *place).left != kNone) place = &segment(pool, *place).left;
  const Index gone = *place;
  *place = segment(pool, gone).right;

  const std::uint32_t blocks = blocks_for(segment(pool, gone).bytes);
  Index block = segment(pool, gone).next_block;
  pool.give(gone);
  for (std::uint32_t i = 1; i < blocks; ++i) {
    const Index next = next_block(pool, block, false);
    pool.give(block);
    block = next;
  }
  blocks_ -= blocks;
  --segments_;

  front_ = root_;
  if (front_ == kNone) return;
  while (segment(pool, front_).left != kNone) front_ = segment(pool, front_).left;
}

void SegmentBuffer::clear(SegmentPool& pool) noexcept {
  while (!empty()) pop_front(pool);
}

}  // namespace spider::reassembly
