#include "store/format/envelope.h"

#include <cstring>

#include <lz4.h>
#include <zstd.h>

#include "spider/base/check.h"

namespace spider::store::format {
namespace {

constexpr std::size_t kTooSmall = 64;  // bytes: nothing to win
constexpr int kZstdLevel = 1;
// A smaller table than the level's own stays in the nearest cache, and heads repeat at length: an
// eighth faster for one to three per cent more bytes (the negative levels: half more bytes).
constexpr int kZstdHashLog = 12;
constexpr int kZstdMatchMin = 7;
// An eighth faster than 1 on JSON, for 2 % more bytes; LZ4 is the largest single cost of an import.
// 4 saves a twenty-fifth of an import's time, and costs up to 14 % more bytes.
constexpr int kLz4Acceleration = 2;
// The stored size is known after the bytes are in place: a varint of fixed length, padded.
constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kCompressMax = (std::size_t{1} << 28U) - 1;  // what that varint can say

void put_length(char* to, std::size_t length) {
  for (std::size_t i = 0; i < kLengthBytes; ++i, length >>= 7U)
    to[i] = static_cast<char>((length & 0x7FU) | (i + 1 < kLengthBytes ? 0x80U : 0U));
}

}  // namespace

Compressor::Compressor()
    : lz4_state_(std::make_unique<char[]>(static_cast<std::size_t>(LZ4_sizeofState()))),
      zstd_(ZSTD_createCCtx()) {
  SPIDER_CHECK(zstd_ != nullptr, "zstd gives its working memory");
  ZSTD_CCtx_setParameter(zstd_, ZSTD_c_compressionLevel, kZstdLevel);
  ZSTD_CCtx_setParameter(zstd_, ZSTD_c_hashLog, kZstdHashLog);
  ZSTD_CCtx_setParameter(zstd_, ZSTD_c_minMatch, kZstdMatchMin);
}
Compressor::~Compressor() { ZSTD_freeCCtx(zstd_); }

std::size_t Compressor::compress(base::Bytes bytes, Codec wish, char* to, std::size_t room) {
  const char* from = reinterpret_cast<const char*>(bytes.data());
  if (bytes.size() > kCompressMax) return 0;
  if (wish == Codec::lz4) {
    const int n =
        LZ4_compress_fast_extState(lz4_state_.get(), from, to, static_cast<int>(bytes.size()),
                                   static_cast<int>(room), kLz4Acceleration);
    return n > 0 ? static_cast<std::size_t>(n) : 0;
  }
  const std::size_t n = ZSTD_compress2(zstd_, to, room, from, bytes.size());
  return ZSTD_isError(n) != 0 ? 0 : n;
}

void Compressor::put(base::Bytes bytes, Codec wish, ByteWriter& out) {
  std::string& to = out.out();
  const std::size_t begin = to.size();
  if (wish != Codec::raw && bytes.size() >= kTooSmall) {
    // The head is written as if compression failed at its limit, so the room for it is enough.
    const std::size_t room = bytes.size() - bytes.size() / 10;  // more is not worth it
    out.u8(static_cast<std::uint8_t>(wish));
    out.varint(bytes.size());
    // Beside it first: room for the worst case at the end of `to` would be zeroed, and its pages
    // touched, for nothing.
    if (room > scratch_bytes_) {
      scratch_ = std::make_unique_for_overwrite<char[]>(room);
      scratch_bytes_ = room;
    }
    const std::size_t stored = compress(bytes, wish, scratch_.get(), room);
    if (stored > 0) {
      char length[kLengthBytes];
      put_length(length, stored);
      to.append(length, kLengthBytes);
      to.append(scratch_.get(), stored);
      return;
    }
    to.resize(begin);
  }
  out.u8(static_cast<std::uint8_t>(Codec::raw));
  out.varint(bytes.size());
  out.bytes(bytes);
}

bool get_envelope(base::ByteReader& in, std::size_t max, std::vector<char>& out) {
  const std::uint8_t codec = in.u8();
  const std::uint64_t raw = in.varint();
  if (in.failed() || raw > max) return false;
  const std::size_t at = out.size();
  if (codec == static_cast<std::uint8_t>(Codec::raw)) {
    const base::Bytes b = in.bytes(raw);
    if (in.failed()) return false;
    out.insert(out.end(), b.begin(), b.end());
    return true;
  }
  const std::uint64_t stored = in.varint();
  if (in.failed() || stored > in.remaining()) return false;
  const base::Bytes b = in.bytes(stored);
  const char* from = reinterpret_cast<const char*>(b.data());
  if (codec == static_cast<std::uint8_t>(Codec::lz4)) {
    // LZ4 cannot expand more than 255 times: a lie about the size is found before it costs memory.
    if (raw > stored * 255 + 64 || raw > LZ4_MAX_INPUT_SIZE) return false;
    out.resize(at + raw);
    const int n =
        LZ4_decompress_safe(from, out.data() + at, static_cast<int>(stored), static_cast<int>(raw));
    return n >= 0 && static_cast<std::uint64_t>(n) == raw;
  }
  if (codec == static_cast<std::uint8_t>(Codec::zstd)) {
    const unsigned long long content = ZSTD_getFrameContentSize(from, stored);
    if (content != raw) return false;
    out.resize(at + raw);
    const std::size_t n = ZSTD_decompress(out.data() + at, raw, from, stored);
    return ZSTD_isError(n) == 0 && n == raw;
  }
  return false;
}

}  // namespace spider::store::format
