#pragma once
// RecordBatch: what a shard hands to the writer. Everything of one source that was finished since
// the batch before, with the bytes it refers to: communications, sessions, body bytes, packets,
// quality. Written in one atomic step, so a communication never points at a body that is not there.
//
// Fixed capacities; the shard asks fits_*() and hands the batch on when the answer is no. Belongs
// to whoever holds it; reused.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "spider/base/pages.h"
#include "spider/model/communication.h"
#include "spider/model/ids.h"
#include "spider/model/packet.h"
#include "spider/model/quality.h"
#include "spider/model/sinks.h"
#include "spider/model/stream.h"

namespace spider::model {

// A growing run of bytes with a fixed capacity: what is put in never moves.
class Arena {
 public:
  explicit Arena(std::size_t capacity)
      : bytes_(std::make_unique_for_overwrite<std::uint8_t[]>(capacity)),
        capacity_(capacity),
        first_capacity_(capacity) {}
  [[nodiscard]] bool fits(std::size_t bytes) const noexcept { return bytes <= capacity_ - used_; }
  [[nodiscard]] std::uint8_t* put(base::Bytes bytes) noexcept {
    std::uint8_t* at = bytes_.get() + used_;
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    used_ += bytes.size();
    return at;
  }
  [[nodiscard]] std::string_view put(std::string_view text) noexcept {
    return {reinterpret_cast<const char*>(put(base::as_bytes(text))), text.size()};
  }
  // Copies `count` values behind each other, aligned.
  template <class T>
  [[nodiscard]] std::span<const T> put_values(std::span<const T> values) noexcept {
    used_ = (used_ + alignof(T) - 1) & ~(alignof(T) - 1);
    std::uint8_t* at =
        put(base::Bytes{reinterpret_cast<const std::uint8_t*>(values.data()), values.size_bytes()});
    return {reinterpret_cast<const T*>(at), values.size()};
  }
  [[nodiscard]] base::Bytes all() const noexcept { return {bytes_.get(), used_}; }
  [[nodiscard]] std::size_t used() const noexcept { return used_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  void clear() noexcept {
    touched_ = std::max(touched_, used_);
    used_ = 0;
  }
  // Only while nothing is in it: its pages go back to the system, and room beyond the first.
  void forget() {
    if (used_ == 0 && capacity_ > first_capacity_) {
      bytes_ = std::make_unique_for_overwrite<std::uint8_t[]>(first_capacity_);
      capacity_ = first_capacity_;
    } else if (used_ == 0 && touched_ != 0) {
      base::forget_pages(bytes_.get(), touched_);
    }
    touched_ = used_;
  }
  // Room for at least `bytes`; only while nothing is in it.
  void grow(std::size_t bytes) {
    if (used_ != 0 || bytes <= capacity_) return;
    bytes_ = std::make_unique_for_overwrite<std::uint8_t[]>(bytes);
    capacity_ = bytes;
    touched_ = 0;
  }

 private:
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t capacity_;
  std::size_t first_capacity_;
  std::size_t used_ = 0;
  std::size_t touched_ = 0;  // bytes that were used since the last forget()
};

struct SessionRecord {
  TcpSession session;
  std::string_view decoder;  // static text of the decoder table
  std::uint32_t communications = 0;
  std::uint32_t notes_first = 0;  // in RecordBatch::notes
  std::uint32_t notes_count = 0;
  std::uint64_t packet_pack_first = 0;  // packs that hold its packets; 0 when packets are not saved
  std::uint64_t packet_pack_last = 0;
  std::string_view outer;  // in RecordBatch::text: what lay around its first packet
};

// One saved frame inside a packet pack.
struct PacketEntry {
  std::uint64_t session_number = 0;  // 0: no session
  std::uint64_t number = 0;
  base::Time time;
  std::uint32_t offset = 0;  // of the frame in the pack's bytes
  std::uint32_t captured_bytes = 0;
  std::uint32_t wire_bytes = 0;
  std::uint16_t link_type = 0;
};

// A name server said that the name asked for has this address.
struct HostNote {
  IpAddress address;
  IpAddress told_by;  // the name server
  base::Time time;
  std::string_view name;  // in RecordBatch::text
};

// A pack as the store writes it: its segments, encoded and sealed, one behind the other.
struct PackSegments {
  std::string bytes;
  std::vector<std::size_t> ends;  // of each segment in `bytes`

  void clear() noexcept {
    bytes.clear();
    ends.clear();
  }
};

struct RecordBatch {
  explicit RecordBatch(std::size_t text_bytes, std::size_t body_bytes, std::size_t packet_bytes)
      : text(text_bytes), bodies(body_bytes), frames(packet_bytes) {}

  SourceId source{};
  Arena text;                   // what the records' views point into
  Arena bodies;                 // the body pack
  Arena frames;                 // the packet pack
  PackSegments body_segments;   // of `bodies` and
  PackSegments frame_segments;  // of `frames`, once they are whole: store::PackEncoder
  std::uint64_t body_pack = 0;  // ids, given by the store; the pack is written when it is not empty
  std::uint64_t packet_pack = 0;
  std::vector<Communication> communications;  // views and spans into text
  std::vector<SessionRecord> sessions;
  std::vector<ParseNote> notes;
  std::vector<PacketEntry> packets;
  std::vector<HostNote> hosts;  // in the order of their packets
  QualityLog quality;
  bool end_of_source = false;  // this shard has nothing more of the source

  void clear() noexcept {
    text.clear();
    bodies.clear();
    frames.clear();
    body_segments.clear();
    frame_segments.clear();
    body_pack = packet_pack = 0;
    communications.clear();
    sessions.clear();
    notes.clear();
    packets.clear();
    hosts.clear();
    quality.clear();
    end_of_source = false;
  }
  // Of an empty one that is not needed for a while: what it took on is given back.
  void forget() noexcept {
    text.forget();
    bodies.forget();
    frames.forget();
    body_segments = {};
    frame_segments = {};
    communications = {};
    sessions = {};
    notes = {};
    packets = {};
    hosts = {};
  }
  [[nodiscard]] bool empty() const noexcept {
    return communications.empty() && sessions.empty() && packets.empty() && hosts.empty() &&
           quality.empty() && bodies.used() == 0 && !end_of_source;
  }
};

}  // namespace spider::model
