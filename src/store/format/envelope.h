#pragma once
// Envelope: bytes, compressed when that pays. `codec u8, raw size varint, [stored size varint],
// bytes`. The codec byte says how each was stored, so the choice may change at any time.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "spider/base/byte_reader.h"

#include "store/format/byte_writer.h"

struct ZSTD_CCtx_s;

namespace spider::store::format {

enum class Codec : std::uint8_t { raw = 0, lz4 = 1, zstd = 2 };

// Keeps the compressors' working memory. Owned by one thread.
class Compressor {
 public:
  Compressor();
  ~Compressor();
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  // Appends an envelope. Falls back to raw when `wish` saves less than a tenth.
  void put(base::Bytes bytes, Codec wish, ByteWriter& out);

 private:
  // 0 when it does not fit.
  [[nodiscard]] std::size_t compress(base::Bytes bytes, Codec wish, char* to, std::size_t room);

  std::unique_ptr<char[]> lz4_state_;
  ZSTD_CCtx_s* zstd_;
  std::unique_ptr<char[]> scratch_;
  std::size_t scratch_bytes_ = 0;
};

// Appends the envelope's bytes to `out`. False when it is broken or holds more than `max` bytes.
[[nodiscard]] bool get_envelope(base::ByteReader& in, std::size_t max, std::vector<char>& out);

}  // namespace spider::store::format
