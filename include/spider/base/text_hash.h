#pragma once
// TextHash: hashes of texts for tables that the wire fills: whoever chooses the texts cannot choose
// them so that all fall on one place, as each table's hash has a seed of its own (XXH3). Any
// thread.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace spider::base {

class TextHash {
 public:
  using is_transparent = void;  // keys may be looked up by a std::string_view
  TextHash();
  [[nodiscard]] std::size_t operator()(std::string_view text) const noexcept;

 private:
  std::uint64_t seed_;
};

}  // namespace spider::base
