#pragma once
// The outer shape of every value: version u8, compat u8, then fields `tag varint, length varint,
// payload`. `compat` is the lowest version of the reader that can make sense of the value. Unknown
// tags are skipped; tags are never reused. On disk a seal follows (seal.h), which Database puts
// there and takes off. See docs/formats.md.

#include <string>
#include <utility>

#include "spider/base/byte_reader.h"

#include "store/format/byte_writer.h"

namespace spider::store::format {

inline constexpr std::uint8_t kVersion = 8;  // of this code
inline constexpr std::uint8_t kCompat = 8;   // of the values it writes

class FieldWriter {
 public:
  explicit FieldWriter(std::string& out) : out_(out) {
    out_.push_back(static_cast<char>(kVersion));
    out_.push_back(static_cast<char>(kCompat));
  }
  void number(std::uint32_t tag, std::uint64_t value) {
    if (value == 0) return;  // absent means zero
    scratch_.clear();
    ByteWriter(scratch_).varint(value);
    field(tag, scratch_);
  }
  void text(std::uint32_t tag, std::string_view value) {
    if (!value.empty()) field(tag, value);
  }
  // A field even when empty.
  void field(std::uint32_t tag, std::string_view payload) {
    ByteWriter w(out_);
    w.varint(tag);
    w.varint(payload.size());
    w.text(payload);
  }

 private:
  std::string& out_;
  std::string scratch_;
};

enum class ValueState : std::uint8_t { ok, corrupt, newer };

// Checks version and compat and leaves the reader behind them.
[[nodiscard]] inline ValueState open_value(base::ByteReader& in) noexcept {
  const std::uint8_t version = in.u8();
  const std::uint8_t compat = in.u8();
  if (in.failed() || version == 0 || compat == 0 || compat > version) return ValueState::corrupt;
  return compat > kVersion ? ValueState::newer : ValueState::ok;
}

// Calls visit(tag, payload reader) for each field; false when the frame is broken or a visit left
// its reader failed.
template <class Visit>
[[nodiscard]] bool for_each_field(base::ByteReader& in, Visit&& visit) {
  while (in.remaining() > 0) {
    const std::uint64_t tag = in.varint();
    const std::uint64_t length = in.varint();
    if (in.failed() || length > in.remaining()) return false;
    base::ByteReader payload(in.bytes(length));
    visit(tag, payload);
    if (payload.failed()) return false;
  }
  return !in.failed();
}

}  // namespace spider::store::format
