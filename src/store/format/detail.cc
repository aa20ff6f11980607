#include "store/format/detail.h"

namespace spider::store::format {
namespace {

// Tags above the number tags.
enum Tag : std::uint32_t {
  kRowCount = 96,
  kListCounts = 97,
  kBlobLengths = 98,
  kBlob = 99,
  kLists = 100
};

}  // namespace

void DetailEncoder::put(const DetailRows& from, std::span<const std::uint32_t> order,
                        NumberEncoder& numbers, Compressor& compressor, std::string& out) {
  FieldWriter w(out);
  w.number(kRowCount, order.size());
  const auto put_run = [&](std::uint32_t tag) {
    payload_.clear();
    ByteWriter p(payload_);
    numbers.put(run_, p);
    w.field(tag, payload_);
  };
  for (std::uint32_t tag = 1; tag < kDetailNumbers; ++tag) {
    if (!from.holds(tag)) continue;
    const std::vector<std::int64_t>& column = from.numbers[tag];
    run_.resize(order.size());
    std::int64_t any = 0;
    for (std::size_t i = 0; i < order.size(); ++i) any |= run_[i] = column[order[i]];
    if (any != 0) put_run(tag);
  }

  const auto list_begin = [&](std::uint32_t row) {
    return row == 0 ? 0U : from.list_ends[row - 1];
  };
  bool any_list = false;
  run_.clear();
  for (const std::uint32_t row : order) {
    run_.push_back(from.list_ends[row] - list_begin(row));
    any_list = any_list || run_.back() != 0;
  }
  if (any_list) {
    put_run(kListCounts);
    for (std::uint32_t part = 0; part < kDetailLists; ++part) {
      run_.clear();
      for (const std::uint32_t row : order)
        run_.insert(run_.end(), from.lists[part].begin() + list_begin(row),
                    from.lists[part].begin() + from.list_ends[row]);
      put_run(kLists + part);
    }
  }

  text_.clear();
  run_.clear();
  for (const std::uint32_t row : order) {
    const std::uint64_t begin = row == 0 ? 0 : from.blob_ends[row - 1];
    const std::uint64_t length = from.blob_ends[row] - begin;
    run_.push_back(static_cast<std::int64_t>(length));
    text_.append(from.blob, begin, length);
  }
  if (text_.empty()) return;
  put_run(kBlobLengths);
  payload_.clear();
  ByteWriter p(payload_);
  compressor.put(base::as_bytes(text_), Codec::zstd, p);
  w.field(kBlob, payload_);
}

namespace {

// Fills `ends` with the running sum of `lengths`. False when one is negative or the sum is over
// `max`.
template <class End>
bool ends_of(const std::vector<std::int64_t>& lengths, std::size_t rows, std::uint64_t max,
             std::vector<End>& ends) {
  ends.assign(rows, 0);
  if (lengths.empty()) return true;
  std::uint64_t at = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    if (lengths[i] < 0 || static_cast<std::uint64_t>(lengths[i]) > max) return false;
    at += static_cast<std::uint64_t>(lengths[i]);
    if (at > max) return false;
    ends[i] = static_cast<End>(at);
  }
  return true;
}

}  // namespace

ValueState decode_detail(base::Bytes value, std::size_t rows, DetailRows& out) {
  out.clear();
  base::ByteReader in(value);
  const ValueState state = open_value(in);
  if (state != ValueState::ok) return state;
  if (rows == 0) return ValueState::corrupt;
  std::uint64_t row_count = 0;
  std::vector<std::int64_t> lengths;
  std::vector<char> text;
  bool good = true;
  std::uint64_t entries = 0;
  // The encoder writes counts before what they count, so one pass is enough.
  const bool whole = for_each_field(in, [&](std::uint64_t tag, base::ByteReader& f) {
    if (tag == kRowCount) {
      row_count = f.varint();
    } else if (tag == kListCounts) {
      good = good && decode_numbers(f, rows, lengths) &&
             ends_of(lengths, rows, kDetailListMax, out.list_ends);
      if (good) entries = out.list_ends.back();
    } else if (tag >= kLists && tag < kLists + kDetailLists) {
      good = good && decode_numbers(f, entries, out.lists[tag - kLists]);
    } else if (tag == kBlobLengths) {
      good = good && decode_numbers(f, rows, lengths) &&
             ends_of(lengths, rows, kDetailBytesMax, out.blob_ends);
    } else if (tag == kBlob) {
      good = good && get_envelope(f, kDetailBytesMax, text);
    } else if (tag > 0 && tag < kDetailNumbers) {
      good = good && decode_numbers(f, rows, out.numbers[tag]);
    }
  });
  if (!whole || !good || row_count != rows) return ValueState::corrupt;
  if (out.list_ends.empty()) out.list_ends.assign(rows, 0);
  if (out.blob_ends.empty()) out.blob_ends.assign(rows, 0);
  if (text.size() != out.blob_ends.back()) return ValueState::corrupt;
  for (const auto& list : out.lists)
    if (list.size() != out.list_ends.back()) return ValueState::corrupt;
  out.blob.assign(text.data(), text.size());
  return ValueState::ok;
}

}  // namespace spider::store::format
