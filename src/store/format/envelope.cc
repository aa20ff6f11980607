#include "store/format/envelope.h"

#include <cstring>

#include <lz4.h>
#include <zstd.h>

#include "spider/base/check.h"

namespace spider::store::format {
namespace {

constexpr std::size_t kTooSmall = 64;  // bytes: nothing to win
constexpr int kZstdLevel = 1;

}  // namespace

Compressor::Compressor()
    : lz4_state_(std::make_unique<char[]>(static_cast<std::size_t>(LZ4_sizeofState()))),
      zstd_(ZSTD_createCCtx()) {
  SPIDER_CHECK(zstd_ != nullptr, "zstd gives its working memory");
}
Compressor::~Compressor() { ZSTD_freeCCtx(zstd_); }

void Compressor::put(base::Bytes bytes, Codec wish, ByteWriter& out) {
  std::size_t stored = 0;
  if (wish != Codec::raw && bytes.size() >= kTooSmall) {
    const std::size_t room = bytes.size() - bytes.size() / 10;  // more is not worth it
    if (scratch_.size() < room) scratch_.resize(room);
    const char* from = reinterpret_cast<const char*>(bytes.data());
    if (wish == Codec::lz4) {
      const int n =
          LZ4_compress_fast_extState(lz4_state_.get(), from, scratch_.data(),
                                     static_cast<int>(bytes.size()), static_cast<int>(room), 1);
      stored = n > 0 ? static_cast<std::size_t>(n) : 0;
    } else {
      const std::size_t n =
          ZSTD_compressCCtx(zstd_, scratch_.data(), room, from, bytes.size(), kZstdLevel);
      stored = ZSTD_isError(n) != 0 ? 0 : n;
    }
  }
  if (stored == 0) {
    out.u8(static_cast<std::uint8_t>(Codec::raw));
    out.varint(bytes.size());
    out.bytes(bytes);
    return;
  }
  out.u8(static_cast<std::uint8_t>(wish));
  out.varint(bytes.size());
  out.varint(stored);
  out.text({scratch_.data(), stored});
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
