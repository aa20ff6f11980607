#pragma once
// GroupTable: groups by key, with what was added to each. Holds at most `most` groups, and keys of
// at most kKeyBytesMax, after shrink(): the smallest are moved to the rest. A group that begins
// after that may lack what an earlier one of its key took there: never more than the largest group
// that was moved (the bound of lossy counting, Manku and Motwani, "Approximate Frequency Counts
// over Data Streams", 2002). Owned by one thread.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spider/query/statistics.h"

#include "query/duration_sketch.h"

namespace spider::query {

struct Tally {
  std::uint64_t communications = 0;
  std::uint64_t errors = 0;
  std::uint64_t unanswered = 0;
  std::uint64_t request_bytes = 0;
  std::uint64_t response_bytes = 0;
  DurationSketch durations;  // of those with both sides: one that lacks a side has none

  void add(std::int64_t duration, std::int64_t status, std::int64_t request,
           std::int64_t response) {
    ++communications;
    errors += status >= 400 ? 1U : 0U;
    unanswered += status == 0 ? 1U : 0U;
    request_bytes += request < 0 ? 0 : static_cast<std::uint64_t>(request);
    response_bytes += response < 0 ? 0 : static_cast<std::uint64_t>(response);
    if (status != 0 && request > 0) durations.add(duration);
  }
  void merge(const Tally& other);
  void save(std::string& out) const;
  [[nodiscard]] bool merge_saved(base::ByteReader& in);  // as the sketch's
  [[nodiscard]] Measures measures() const;
};

// The values of one group's fields; of fewer fields than two the others are empty.
struct GroupKey {
  std::array<std::string, kGroupFieldsMax> parts;

  [[nodiscard]] std::size_t bytes() const noexcept {
    std::size_t sum = 0;
    for (const std::string& part : parts) sum += part.size();
    return sum;
  }
  friend auto operator<=>(const GroupKey&, const GroupKey&) noexcept = default;
  friend bool operator==(const GroupKey&, const GroupKey&) noexcept = default;
};

// The wire chooses the values: nobody may choose them so that all fall on one slot.
class GroupKeyHash {
 public:
  GroupKeyHash();
  [[nodiscard]] std::size_t operator()(const GroupKey& key) const noexcept;

 private:
  std::uint64_t seed_;
};

class GroupTable {
 public:
  // A target may be as long as a head: thousands of them would not fit memory.
  static constexpr std::size_t kKeyBytesMax = std::size_t{8} << 20U;

  struct Group {
    GroupKey key;
    Tally tally;
    std::uint64_t may_lack = 0;
  };

  // The index of the group of this key, which is made when there is none. Good until shrink().
  [[nodiscard]] std::uint32_t find(const GroupKey& key);
  [[nodiscard]] Group& at(std::uint32_t index) { return groups_[index]; }
  [[nodiscard]] std::vector<Group>& groups() noexcept { return groups_; }
  [[nodiscard]] Tally& rest() noexcept { return rest_; }

  // shrink() would move some.
  [[nodiscard]] bool exceeds(std::size_t most) const noexcept {
    return groups_.size() > most || key_bytes_ > kKeyBytesMax;
  }
  void shrink(std::size_t most);
  void merge(GroupTable&& other);

  // No key that is in the rest alone has more communications than this; 0: nothing is there.
  [[nodiscard]] std::uint64_t moved_max() const noexcept { return moved_max_; }

 private:
  // Open addressing: a group's index + 1 and the upper half of its key's hash, 0 for nothing. At
  // most half of the slots are taken.
  void enter(std::size_t hash, std::uint32_t index) noexcept;
  void enter_all();

  std::vector<Group> groups_;
  GroupKeyHash hash_;
  std::vector<std::uint64_t> slots_;
  std::size_t key_bytes_ = 0;  // of groups_
  Tally rest_;
  std::uint64_t moved_max_ = 0;
};

}  // namespace spider::query
