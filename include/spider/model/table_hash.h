#pragma once
// TableHash: a hash with a secret key, for tables in memory that are searched by what the wire
// says. Whoever chooses addresses and ports can make every flow collide under a hash without a key
// (model::hash, kept where the same result is wanted in every process: lanes), and then each packet
// searches through all of them.
//
// Each table draws a key of its own from the system and never shows it or the hash. So results
// differ from table to table: nothing that is stored, and no order in which records come, may
// depend on them. Immutable once made: any thread.

#include <array>
#include <cstdint>
#include <cstring>

#include "spider/base/hash.h"
#include "spider/model/address.h"

namespace spider::model {

class TableHash {
 public:
  TableHash();

  // Pair-multiply (Thorup, "High Speed Hashing for Integers and Strings", 2015, section 3.5): for
  // any two different inputs the upper half of the sum is the same under one key of 2^32, however
  // they were chosen, as long as the key is not known. It needs no more than that: the hash has no
  // output that a sender could learn the key from, except the time that Spider takes. The last step
  // takes away what is linear in the sum, so that addresses in a row do not lie in a row.
  [[nodiscard]] std::uint64_t of(const IpAddress& a, const IpAddress& b,
                                 std::uint64_t rest) const noexcept {
    const std::uint64_t sum = key_[10] + pair(0, load(a, 0)) + pair(2, load(a, 8)) +
                              pair(4, load(b, 0)) + pair(6, load(b, 8)) + pair(8, rest);
    return base::fold(sum ^ sum >> 32U, key_[11]);
  }
  [[nodiscard]] std::uint64_t of(const FlowKey& key) const noexcept {
    return of(
        key.low.ip, key.high.ip,
        std::uint64_t{key.low.port} << 32U | std::uint64_t{key.high.port} << 16U | key.protocol);
  }

 private:
  [[nodiscard]] static std::uint64_t load(const IpAddress& a, std::size_t at) noexcept {
    std::uint64_t v;
    std::memcpy(&v, a.bytes.data() + at, sizeof(v));
    return v;
  }
  [[nodiscard]] std::uint64_t pair(std::size_t at, std::uint64_t v) const noexcept {
    return (key_[at] + (v & 0xFFFF'FFFFU)) * (key_[at + 1] + (v >> 32U));
  }

  std::array<std::uint64_t, 12> key_{};
};

}  // namespace spider::model
