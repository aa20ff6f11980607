#pragma once
// FragmentTable: IP fragments waiting until their datagram is whole.
//
// Bounded three ways (CaptureConfig): datagrams at once, bytes held, and packet time since the
// first piece; at a limit the oldest datagram is given up. Where pieces overlap, the first copy of
// a byte wins, and so does the first copy's word on what an IPv6 datagram carries (RFC 8200 4.5).
// Every fragment ends in the books exactly once: as joined, as dropped, or (the one that completes)
// as what the datagram became; each in the minute in which it came. Whether a whole datagram is
// one that a receiver would take is the caller's to find out: book_whole().
//
// Buffers are kept for reuse, so a steady flow of fragments costs no allocation. One thread.

#include <array>
#include <cstdint>
#include <vector>

#include "spider/base/time.h"
#include "spider/capture/config.h"
#include "spider/capture/frame_decoder.h"
#include "spider/model/quality.h"
#include "spider/model/table_hash.h"

namespace spider::capture {

class FragmentTable {
 public:
  explicit FragmentTable(const CaptureConfig& config);

  enum class Outcome : std::uint8_t {
    waiting,   // kept; will be booked later
    complete,  // book_whole() must follow; datagram() is valid until the next but one completes
    dropped,   // cut by the snaplen, or of a datagram whose place is taken: the caller books it
    malformed  // cannot be a piece of any datagram: the caller books it
  };
  // `data` is the piece. Books what its arrival ends: older datagrams out of time or room.
  Outcome add(const Fragment& fragment, base::Bytes data, base::Time time,
              model::QualityLog& quality);
  // What the completed datagram is: addresses, protocol, version.
  [[nodiscard]] const Fragment& whole() const noexcept { return whole_; }
  [[nodiscard]] base::Bytes datagram() const noexcept { return out_[out_at_]; }
  // Books the pieces of the completed datagram, all but its last, which is the caller's packet: as
  // fragment_joined, or fragment_dropped when they turned out not to belong together.
  void book_whole(model::Quality as, model::QualityLog& quality);

  // The piece that was just kept will be booked by the caller (its frame was shed by a full ring).
  // False when it has been booked already, given up by its own arrival.
  [[nodiscard]] bool unbook_latest() noexcept;
  // Gives up everything that waits: the source has ended.
  void flush(model::QualityLog& quality);
  // Gives up what has waited too long at `now`.
  void expire(base::Time now, model::QualityLog& quality);

  [[nodiscard]] std::size_t waiting() const noexcept { return live_; }
  [[nodiscard]] std::size_t bytes_held() const noexcept { return bytes_held_; }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  // A run of bytes that is there: [offset, offset + bytes) lies at `at` in Entry::data.
  struct Piece {
    std::uint32_t offset;
    std::uint32_t bytes;
    std::uint32_t at;
  };
  struct MinuteCount {
    std::int64_t minute;
    std::uint64_t fragments;
  };
  struct Entry {
    Fragment first;
    base::Time since;
    std::uint32_t total = kNone;  // length of the datagram, once its last piece came
    std::uint32_t covered = 0;
    std::vector<Piece> pieces;  // sorted, disjoint
    std::vector<std::uint8_t> data;
    std::vector<MinuteCount> counts;
    std::uint32_t chain = kNone;  // next in its bucket
    std::uint32_t older = kNone;
    std::uint32_t newer = kNone;
  };

  [[nodiscard]] std::size_t bucket_of(const Fragment& f) const noexcept;
  [[nodiscard]] std::uint32_t find(const Fragment& f, std::size_t bucket) const noexcept;
  [[nodiscard]] std::uint32_t make(const Fragment& f, std::size_t bucket, base::Time time);
  void release(std::uint32_t index);
  void give_up(std::uint32_t index, model::QualityLog& quality);
  // Stores the bytes of `data` that are not there yet.
  void store(Entry& e, std::uint32_t offset, base::Bytes data);
  void put(Entry& e, std::size_t position, std::uint32_t offset, base::Bytes data);
  void count(Entry& e, std::int64_t minute);
  void assemble(Entry& e);
  [[nodiscard]] static std::size_t held_by(const Entry& e) noexcept;

  std::uint32_t datagrams_max_;
  std::size_t bytes_max_;
  base::Duration timeout_;
  model::TableHash hash_;
  std::vector<std::uint32_t> buckets_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> free_;
  std::uint32_t oldest_ = kNone;
  std::uint32_t newest_ = kNone;
  std::uint32_t latest_ = kNone;  // got the latest piece
  std::size_t live_ = 0;
  std::size_t bytes_held_ = 0;

  Fragment whole_;
  std::vector<MinuteCount> whole_counts_;
  std::array<std::vector<std::uint8_t>, 2> out_;
  std::size_t out_at_ = 0;
};

}  // namespace spider::capture
