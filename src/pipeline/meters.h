#pragma once
// Meters of a run: what a shard tells of its part of it while it works. One thread writes, any
// reads; nothing here is booked or stored by itself (pipeline/observer.h does).

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <string>

#include "spider/model/ids.h"
#include "spider/model/whisperer_history.h"

namespace spider::pipeline {

using CodeCounts = std::map<std::uint16_t, model::CodeCount>;

// Counts codes. There are fewer of them than slots; what finds none is counted as code 0.
class CodeMeter {
 public:
  void record(std::uint16_t code) noexcept { add(slot(code).records); }
  void note(std::uint16_t code) noexcept { add(slot(code).notes); }

  void add_to(CodeCounts& out) const {
    for (const Slot& slot : slots_) {
      const std::uint64_t records = slot.records.load(std::memory_order_relaxed);
      const std::uint64_t notes = slot.notes.load(std::memory_order_relaxed);
      if (records == 0 && notes == 0) continue;
      model::CodeCount& count = out[slot.code.load(std::memory_order_relaxed)];
      count.code = slot.code.load(std::memory_order_relaxed);
      count.records += records;
      count.notes += notes;
    }
  }

 private:
  struct Slot {
    std::atomic<std::uint16_t> code{0};
    std::atomic<std::uint64_t> records{0};
    std::atomic<std::uint64_t> notes{0};
  };
  static constexpr std::size_t kSlots = 128;  // a power of two; the last is of code 0

  // One writer: no addition can be lost.
  static void add(std::atomic<std::uint64_t>& count) noexcept {
    count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  [[nodiscard]] Slot& slot(std::uint16_t code) noexcept {
    for (std::size_t i = 0; i < kSlots - 1; ++i) {
      Slot& at = slots_[(code + i) % (kSlots - 1)];
      const std::uint16_t known = at.code.load(std::memory_order_relaxed);
      if (known == code) return at;
      if (known != 0) continue;
      at.code.store(code, std::memory_order_relaxed);
      return at;
    }
    return slots_[kSlots - 1];
  }

  std::array<Slot, kSlots> slots_;
};

struct alignas(64) RunMeter {
  std::atomic<std::uint64_t> flows{0};
  std::atomic<std::uint64_t> flow_bytes{0};   // tables, early bytes
  std::atomic<std::uint64_t> parse_bytes{0};  // unfinished messages, pooled parsers
  CodeMeter codes;
};

// What a whisperer has in hand now, and its codes since the process started.
struct WhispererMeter {
  model::SourceId source{};
  std::string name;
  std::uint64_t flows = 0;
  std::uint64_t flow_bytes = 0;
  std::uint64_t parse_bytes = 0;
  std::uint64_t ring_filled = 0;
  std::uint64_t ring_capacity = 0;
  CodeCounts codes;
};

}  // namespace spider::pipeline
