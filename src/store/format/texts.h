#pragma once
// A run of texts: every value once with a code per row (dictionary), or, when most differ, one
// after the other. Lengths and codes are number runs, the bytes an envelope. See docs/formats.md
// "Texts".

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "spider/store/schema.h"

#include "store/format/envelope.h"
#include "store/format/numbers.h"

namespace spider::store::format {

inline constexpr std::size_t kTextBytesMax = std::size_t{64} << 20U;  // of one run, decoded

// Keeps working memory between runs. Owned by one thread. After put(), distinct() lists the values
// of the run in order of appearance, unless there were too many for a dictionary.
class TextEncoder {
 public:
  TextEncoder();
  void put(std::span<const std::string_view> rows, Codec wish, NumberEncoder& numbers,
           Compressor& compressor, ByteWriter& out);
  [[nodiscard]] bool has_dictionary() const noexcept { return dictionary_; }
  [[nodiscard]] std::span<const std::string_view> distinct() const noexcept { return distinct_; }

 private:
  [[nodiscard]] bool build_dictionary(std::span<const std::string_view> rows);

  // Of the slots, so that nobody can choose texts that all fall on one. What is stored does not
  // depend on it: values stand in the order of their first row.
  std::uint64_t seed_ = 0;
  bool dictionary_ = false;
  std::vector<std::string_view> distinct_;
  std::vector<std::uint32_t> slots_;  // open addressing: index + 1 into distinct_
  std::vector<std::int64_t> codes_;
  std::vector<std::int64_t> lengths_;
  std::vector<char> bytes_;
};

// Reads a run in two steps: its values, then which row has which. False when the bytes are broken.
struct TextRun {
  bool dictionary = false;
  std::vector<std::int64_t> numbers;  // working memory
};
[[nodiscard]] bool decode_values(base::ByteReader& in, std::size_t rows, TextRun& run,
                                 TextColumn& out);
[[nodiscard]] bool decode_codes(base::ByteReader& in, std::size_t rows, TextRun& run,
                                TextColumn& out);
// Of the rows `some` alone; the codes of the others are any values there are.
[[nodiscard]] bool decode_codes_at(base::ByteReader& in, std::size_t rows,
                                   std::span<const std::uint32_t> some, TextRun& run,
                                   TextColumn& out);
// `rows` texts into `out`, replacing its content: both steps.
[[nodiscard]] bool decode_texts(base::ByteReader& in, std::size_t rows, TextColumn& out);

}  // namespace spider::store::format
