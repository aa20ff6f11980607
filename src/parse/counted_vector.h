#pragma once
// CountedVector: a growing list of plain values, counted in the lane's books of memory.

#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

namespace spider::parse {

template <class T>
class CountedVector {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  // `held` counts capacity over all lists of the lane and outlives this.
  explicit CountedVector(std::size_t& held) noexcept : held_(held) {}
  ~CountedVector() { held_ -= capacity_bytes(); }
  CountedVector(const CountedVector&) = delete;
  CountedVector& operator=(const CountedVector&) = delete;

  void push_back(const T& value) {
    const std::size_t before = capacity_bytes();
    list_.push_back(value);
    held_ += capacity_bytes() - before;
  }
  void erase_first(std::size_t n) {
    list_.erase(list_.begin(), list_.begin() + static_cast<std::ptrdiff_t>(n));
  }
  // Empties it; gives the memory back when there is more than `keep` values of it.
  void reset(std::size_t keep) noexcept {
    list_.clear();
    if (list_.capacity() <= keep) return;
    held_ -= capacity_bytes();
    std::vector<T>().swap(list_);
  }

  [[nodiscard]] const T& front() const noexcept { return list_.front(); }
  [[nodiscard]] const T& back() const noexcept { return list_.back(); }
  [[nodiscard]] std::size_t size() const noexcept { return list_.size(); }
  [[nodiscard]] bool empty() const noexcept { return list_.empty(); }
  [[nodiscard]] std::span<const T> all() const noexcept { return list_; }

 private:
  [[nodiscard]] std::size_t capacity_bytes() const noexcept { return list_.capacity() * sizeof(T); }

  std::vector<T> list_;
  std::size_t& held_;
};

}  // namespace spider::parse
