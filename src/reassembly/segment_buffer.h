#pragma once
// SegmentBuffer: bytes of one direction that arrived early, in order of position, each byte once:
// of overlapping copies the first to arrive is kept.
//
// A segment is what one packet brought of a stretch that nobody had brought before. Segments lie in
// the lane's pool: a header and the first bytes in one block, further bytes in chained ones. They
// form a treap (a search tree that is a heap by random priorities), so that a hostile order of
// arrival costs a logarithm per segment and no more. The object itself is a few words: most streams
// never hold anything.

#include <cstdint>

#include "spider/base/byte_reader.h"
#include "spider/base/time.h"

#include "reassembly/segment_pool.h"
#include "reassembly/seq.h"

namespace spider::reassembly {

// What is remembered of the packet with its bytes.
struct SegmentFacts {
  base::Time time;
  std::uint64_t packet_number = 0;
  Position ack = 0;  // of the other direction: these bytes were sent by one who had seen so much
};

struct Segment {
  Position position;
  SegmentFacts facts;
  std::uint32_t bytes;
  std::uint32_t cut;  // bytes that followed on the wire in the same packet but were not captured
  SegmentPool::Index left;
  SegmentPool::Index right;
  SegmentPool::Index next_block;
  std::uint32_t priority;

  [[nodiscard]] Position end() const noexcept { return position + bytes; }
};

class SegmentBuffer {
 public:
  using Index = SegmentPool::Index;

  // What became of the bytes given to insert().
  struct Outcome {
    std::uint64_t kept = 0;
    std::uint64_t seen = 0;     // another copy is held
    std::uint64_t refused = 0;  // no block was left
    std::uint32_t conflicts = 0;
  };
  // Is told of each stretch that is held already, in order; must not touch the buffer.
  class SeenAgain {
   public:
    virtual void seen(Position from, Position to) = 0;

   protected:
    ~SeenAgain() = default;
  };

  [[nodiscard]] static std::uint32_t blocks_for(std::size_t bytes) noexcept;

  // Keeps what is new of [position, position + bytes). Never more than `blocks_max` blocks in all.
  Outcome insert(SegmentPool& pool, Position position, base::Bytes bytes, std::uint32_t cut,
                 const SegmentFacts& facts, std::uint32_t blocks_max, SeenAgain& again);

  [[nodiscard]] bool empty() const noexcept { return root_ == SegmentPool::kNone; }
  [[nodiscard]] std::uint32_t blocks() const noexcept { return blocks_; }
  [[nodiscard]] std::uint32_t segments() const noexcept { return segments_; }
  // The segment of the lowest position; the buffer is not empty.
  [[nodiscard]] const Segment& front(const SegmentPool& pool) const noexcept;
  // Whether the segment after the front one continues it without a hole.
  [[nodiscard]] bool front_is_continued(const SegmentPool& pool) const noexcept;
  // The front segment no longer waits for the other direction.
  void excuse_front(const SegmentPool& pool) noexcept;
  void pop_front(SegmentPool& pool) noexcept;
  void clear(SegmentPool& pool) noexcept;

  // The bytes of the front segment, block by block: visit(base::Bytes).
  template <class Visit>
  void visit_front(const SegmentPool& pool, Visit&& visit) const {
    Index block = front_;
    std::size_t left = front(pool).bytes;
    base::Bytes part = first_part(pool, block, left);
    for (;;) {
      visit(part);
      left -= part.size();
      if (left == 0) return;
      block = next_block(pool, block, block == front_);
      part = later_part(pool, block, left);
    }
  }

 private:
  [[nodiscard]] static base::Bytes first_part(const SegmentPool& pool, Index block,
                                              std::size_t left) noexcept;
  [[nodiscard]] static base::Bytes later_part(const SegmentPool& pool, Index block,
                                              std::size_t left) noexcept;
  [[nodiscard]] static Index next_block(const SegmentPool& pool, Index block, bool first) noexcept;

  [[nodiscard]] bool add(SegmentPool& pool, Position position, base::Bytes bytes, std::uint32_t cut,
                         const SegmentFacts& facts, std::uint32_t blocks_max);
  void link(SegmentPool& pool, Index added) noexcept;
  [[nodiscard]] Index at_or_before(const SegmentPool& pool, Position position) const noexcept;
  [[nodiscard]] Index at_or_after(const SegmentPool& pool, Position position) const noexcept;
  [[nodiscard]] static bool differs(const SegmentPool& pool, Index index, Position position,
                                    base::Bytes copy) noexcept;

  Index root_ = SegmentPool::kNone;
  Index front_ = SegmentPool::kNone;
  std::uint32_t blocks_ = 0;
  std::uint32_t segments_ = 0;
};

}  // namespace spider::reassembly
