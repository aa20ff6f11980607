#include "store/text_counts.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "spider/store/schema.h"

#include "store/format/texts.h"

namespace spider::store {
namespace {

enum class Form : std::uint8_t { stored, numbers };

template <class T>
void append(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

template <class T>
[[nodiscard]] T value_at(const std::uint8_t* at) {
  T out;
  std::memcpy(&out, at, sizeof(out));
  return out;
}

void judge_new(const StoreSnapshot::Judge& judge, const TextNumbers& numbers,
               std::vector<char>& verdicts) {
  TextColumn texts;
  numbers.texts(verdicts.size(), texts);
  std::vector<char> of_new(texts.values(), 0);
  judge(texts, of_new);
  verdicts.insert(verdicts.end(), of_new.begin(), of_new.end());
}

class Adder {
 public:
  Adder(std::uint8_t classes, ClassCounts& out)
      : stride_(static_cast<std::size_t>(std::popcount(classes)) * sizeof(std::uint16_t)),
        classes_(classes),
        out_(out) {}
  [[nodiscard]] std::size_t stride() const noexcept { return stride_; }
  void add(const std::uint8_t* counts, std::size_t text) noexcept {
    const std::uint8_t* at = counts + text * stride_;
    for (std::size_t c = 0; c < kStatusClasses; ++c) {
      if ((classes_ >> c & 1U) == 0) continue;
      out_[c] += value_at<std::uint16_t>(at);
      at += sizeof(std::uint16_t);
    }
  }

 private:
  const std::size_t stride_;
  const std::uint8_t classes_;
  ClassCounts& out_;
};

}  // namespace

std::string text_counts(const TextColumn& column, base::Bytes stored,
                        const std::vector<std::int64_t>& status, TextNumbers& numbers) {
  std::vector<std::array<std::uint16_t, kStatusClasses>> counts(column.values());
  unsigned classes = 0;
  for (std::size_t row = 0; row < column.codes.size(); ++row) {
    const std::uint8_t of = status_class(static_cast<std::uint16_t>(status[row]));
    ++counts[column.codes[row]][of];
    classes |= 1U << of;
  }
  const std::vector<std::uint32_t> known = numbers.numbers(column);
  std::string out;
  append(out, static_cast<std::uint8_t>(classes));
  if (known.empty()) {
    append(out, Form::stored);
    out += base::as_text(stored);
  } else {
    append(out, Form::numbers);
    append(out, *std::max_element(known.begin(), known.end()));
    for (const std::uint32_t number : known) append(out, number);
  }
  for (const auto& of : counts)
    for (std::size_t c = 0; c < kStatusClasses; ++c)
      if ((classes >> c & 1U) != 0) append(out, of[c]);
  return out;
}

bool count_wanted(base::Bytes counts, std::uint32_t rows, const StoreSnapshot::Judge& judge,
                  const TextNumbers& numbers, std::vector<char>& verdicts, ClassCounts& out) {
  base::ByteReader in(counts);
  const std::uint8_t classes = in.u8();
  const auto form = static_cast<Form>(in.u8());
  out.fill(0);
  Adder adder(classes, out);
  if (form == Form::stored) {
    format::TextRun run;
    TextColumn values;
    if (!format::decode_values(in, rows, run, values)) return false;
    std::vector<char> wanted(values.values(), 0);
    judge(values, wanted);
    const base::Bytes sums = in.bytes(wanted.size() * adder.stride());
    if (in.failed()) return false;
    for (std::size_t i = 0; i < wanted.size(); ++i)
      if (wanted[i] != 0) adder.add(sums.data(), i);
    return true;
  }
  const base::Bytes highest = in.bytes(sizeof(std::uint32_t));
  if (in.failed()) return false;
  if (value_at<std::uint32_t>(highest.data()) >= verdicts.size())
    judge_new(judge, numbers, verdicts);
  const std::size_t texts = in.remaining() / (sizeof(std::uint32_t) + adder.stride());
  const base::Bytes names = in.bytes(texts * sizeof(std::uint32_t));
  const base::Bytes sums = in.bytes(texts * adder.stride());
  if (in.failed() || value_at<std::uint32_t>(highest.data()) >= verdicts.size()) return false;
  for (std::size_t i = 0; i < texts; ++i)
    if (verdicts[value_at<std::uint32_t>(names.data() + i * sizeof(std::uint32_t))] != 0)
      adder.add(sums.data(), i);
  return true;
}

bool all_counts(base::Bytes counts, std::uint32_t rows, const TextNumbers& numbers,
                TextColumn& values, std::vector<ClassCounts>& out) {
  base::ByteReader in(counts);
  ClassCounts sum{};
  Adder adder(in.u8(), sum);
  values.clear();
  if (static_cast<Form>(in.u8()) == Form::stored) {
    format::TextRun run;
    if (!format::decode_values(in, rows, run, values)) return false;
  } else {
    static_cast<void>(in.bytes(sizeof(std::uint32_t)));  // the highest
    const std::size_t texts = in.remaining() / (sizeof(std::uint32_t) + adder.stride());
    std::vector<std::uint32_t> names(texts);
    const base::Bytes stored = in.bytes(texts * sizeof(std::uint32_t));
    if (in.failed() || stored.empty()) return false;
    std::memcpy(names.data(), stored.data(), stored.size());
    if (!numbers.texts(names, values)) return false;
  }
  const base::Bytes sums = in.bytes(values.values() * adder.stride());
  if (in.failed()) return false;
  out.clear();
  for (std::size_t i = 0; i < values.values(); ++i) {
    sum.fill(0);
    adder.add(sums.data(), i);
    out.push_back(sum);
  }
  return true;
}

}  // namespace spider::store
