#pragma once
// Repeats: stretches that were captured again before the parser came to them (they wait behind a
// hole, or are the beginning of a start line). The message that they turn out to be part of takes
// them when it is done.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "parse/decoders/http1/message_parser.h"

namespace spider::parse::http1 {

class Repeats {
 public:
  // So many stretches that do not continue one another are kept; further ones are in the session's
  // sum only. Memory is taken with the first.
  static constexpr std::size_t kMost = 32;

  // `held` counts capacity over the lane and outlives this.
  explicit Repeats(std::size_t& held) noexcept : held_(held) {}
  ~Repeats() { clear(); }
  Repeats(const Repeats&) = delete;
  Repeats& operator=(const Repeats&) = delete;

  void add(Role role, std::uint64_t from, std::uint64_t to) {
    if (!stretches_.empty() && stretches_.back().role == role && stretches_.back().to == from) {
      stretches_.back().to = to;
      return;
    }
    if (stretches_.size() == kMost) return;
    if (stretches_.capacity() == 0) {
      stretches_.reserve(kMost);
      held_ += stretches_.capacity() * sizeof(Stretch);
    }
    stretches_.push_back({role, from, to});
  }

  // Bytes of [from, to) that were captured again, each copy counted. What lies before `to` is
  // forgotten.
  [[nodiscard]] std::uint64_t take(Role role, std::uint64_t from, std::uint64_t to) noexcept {
    std::uint64_t bytes = 0;
    for (const Stretch& s : stretches_) {
      const std::uint64_t begin = std::max(s.from, from);
      const std::uint64_t end = std::min(s.to, to);
      if (s.role == role && begin < end) bytes += end - begin;
    }
    stretches_.erase(std::remove_if(stretches_.begin(), stretches_.end(),
                                    [&](const Stretch& s) { return s.role == role && s.to <= to; }),
                     stretches_.end());
    return bytes;
  }

  [[nodiscard]] bool empty() const noexcept { return stretches_.empty(); }

  void clear() noexcept {
    held_ -= stretches_.capacity() * sizeof(Stretch);
    std::vector<Stretch>().swap(stretches_);
  }

 private:
  struct Stretch {
    Role role;
    std::uint64_t from;
    std::uint64_t to;
  };
  std::size_t& held_;
  std::vector<Stretch> stretches_;
};

}  // namespace spider::parse::http1
