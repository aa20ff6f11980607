#include "store/format/texts.h"

#include <algorithm>
#include <bit>
#include <random>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace spider::store::format {
namespace {

enum Mode : std::uint8_t { kPlain = 0, kDictionary = 1 };

// False when the lengths do not add up to what can be.
bool offsets_of(const std::vector<std::int64_t>& lengths, std::vector<std::uint32_t>& offsets) {
  offsets.resize(lengths.size() + 1);
  std::uint64_t at = 0;
  offsets[0] = 0;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    if (lengths[i] < 0 || static_cast<std::uint64_t>(lengths[i]) > kTextBytesMax) return false;
    at += static_cast<std::uint64_t>(lengths[i]);
    if (at > kTextBytesMax) return false;
    offsets[i + 1] = static_cast<std::uint32_t>(at);
  }
  return true;
}

}  // namespace

TextEncoder::TextEncoder() {
  std::random_device random;
  seed_ = std::uint64_t{random()} << 32U | random();
}

bool TextEncoder::build_dictionary(std::span<const std::string_view> rows) {
  distinct_.clear();
  codes_.resize(rows.size());
  // More values than half the rows: codes would cost more than they save.
  const std::size_t most = std::max<std::size_t>(1, rows.size() / 2);
  const std::size_t size = std::bit_ceil(rows.size() * 2 + 2);
  slots_.assign(size, 0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i > 0 && rows[i] == rows[i - 1]) {
      codes_[i] = codes_[i - 1];
      continue;
    }
    std::size_t slot = XXH3_64bits_withSeed(rows[i].data(), rows[i].size(), seed_) & (size - 1);
    while (slots_[slot] != 0 && distinct_[slots_[slot] - 1] != rows[i])
      slot = (slot + 1) & (size - 1);
    if (slots_[slot] == 0) {
      if (distinct_.size() == most) return false;
      distinct_.push_back(rows[i]);
      slots_[slot] = static_cast<std::uint32_t>(distinct_.size());
    }
    codes_[i] = slots_[slot] - 1;
  }
  return true;
}

void TextEncoder::put(std::span<const std::string_view> rows, Codec wish, NumberEncoder& numbers,
                      Compressor& compressor, ByteWriter& out) {
  dictionary_ = build_dictionary(rows);
  const std::span<const std::string_view> values =
      dictionary_ ? std::span<const std::string_view>(distinct_) : rows;
  out.u8(dictionary_ ? kDictionary : kPlain);
  if (dictionary_) out.varint(values.size());
  lengths_.clear();
  bytes_.clear();
  for (const std::string_view v : values) {
    lengths_.push_back(static_cast<std::int64_t>(v.size()));
    bytes_.insert(bytes_.end(), v.begin(), v.end());
  }
  numbers.put(lengths_, out);
  compressor.put({reinterpret_cast<const std::uint8_t*>(bytes_.data()), bytes_.size()}, wish, out);
  if (dictionary_) numbers.put(codes_, out);
}

bool decode_values(base::ByteReader& in, std::size_t rows, TextRun& run, TextColumn& out) {
  out.clear();
  const std::uint8_t mode = in.u8();
  if (in.failed() || mode > kDictionary) return false;
  run.dictionary = mode == kDictionary;
  const std::uint64_t count = run.dictionary ? in.varint() : rows;
  if (in.failed() || count > rows) return false;
  if (!decode_numbers(in, count, run.numbers) || !offsets_of(run.numbers, out.offsets))
    return false;
  return get_envelope(in, out.offsets.back(), out.bytes) && out.bytes.size() == out.offsets.back();
}

bool decode_codes(base::ByteReader& in, std::size_t rows, TextRun& run, TextColumn& out) {
  if (!run.dictionary) return true;
  if (!decode_numbers(in, rows, run.numbers)) return false;
  out.codes.resize(rows);
  const std::uint64_t count = out.values();
  bool bad = false;
  const std::int64_t* from = run.numbers.data();
  std::uint32_t* to = out.codes.data();
  for (std::size_t i = 0; i < rows; ++i) {
    bad |= static_cast<std::uint64_t>(from[i]) >= count;
    to[i] = static_cast<std::uint32_t>(from[i]);
  }
  return !bad;
}

bool decode_codes_at(base::ByteReader& in, std::size_t rows, std::span<const std::uint32_t> some,
                     TextRun& run, TextColumn& out) {
  if (!run.dictionary) return true;
  if (!decode_numbers_at(in, rows, some, run.numbers)) return false;
  out.codes.assign(rows, 0);
  const std::uint64_t count = out.values();
  for (const std::uint32_t row : some) {
    if (static_cast<std::uint64_t>(run.numbers[row]) >= count) return false;
    out.codes[row] = static_cast<std::uint32_t>(run.numbers[row]);
  }
  return true;
}

bool decode_texts(base::ByteReader& in, std::size_t rows, TextColumn& out) {
  TextRun run;
  return decode_values(in, rows, run, out) && decode_codes(in, rows, run, out);
}

}  // namespace spider::store::format
