// Coded bodies of any bytes: decoding ends within its bound of output, whatever the codings claim
// and however they are nested; and what we packed ourselves comes back as it was.
//
// Input: a byte of the bound, a byte that counts the codings, one byte for each, then the body.
// When the count's top bit is set, the body is first packed by us with those codings that zlib
// knows.

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include <zlib.h>

#include "spider/base/check.h"
#include "spider/query/content.h"

namespace {

using namespace spider;
using query::ContentOutcome;

constexpr std::array<const char*, 9> kCodings = {"gzip",   "deflate",  "br",     "zstd", "identity",
                                                 "x-gzip", "compress", " GZIP ", ""};

std::vector<std::uint8_t> packed(const std::vector<std::uint8_t>& in, bool gzip) {
  z_stream z{};
  SPIDER_CHECK(deflateInit2(&z, 1, Z_DEFLATED, gzip ? 31 : 15, 8, Z_DEFAULT_STRATEGY) == Z_OK,
               "zlib starts");
  std::vector<std::uint8_t> out(deflateBound(&z, in.size()));
  z.next_in = const_cast<Bytef*>(in.data());
  z.avail_in = static_cast<uInt>(in.size());
  z.next_out = out.data();
  z.avail_out = static_cast<uInt>(out.size());
  SPIDER_CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END, "zlib packs");
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 200'000) return 0;
  const std::size_t limit = std::size_t{1} << data[0] % 21U;
  const bool by_us = (data[1] & 0x80U) != 0;
  const std::size_t count = std::min<std::size_t>(data[1] & 0x7FU, size - 2);
  const std::vector<std::uint8_t> body(data + 2 + count, data + size);
  std::vector<std::uint8_t> coded = body;
  std::string codings;
  std::size_t packings = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t at = data[2 + i] % kCodings.size();
    if (by_us) {
      if (++packings > 3) break;
      at %= 2;
      coded = packed(coded, at == 0);
    }
    if (!codings.empty()) codings += ',';
    codings += kCodings[at];
  }
  const query::DecodedContent out = query::decode_content(coded, codings, limit);
  SPIDER_CHECK(out.bytes.size() <= limit, "no more output than asked for");
  if (out.outcome == ContentOutcome::corrupt || out.outcome == ContentOutcome::unsupported)
    SPIDER_CHECK(!out.coding.empty(), "a coding is at fault");
  if (by_us && packings > 0) {
    const std::size_t want = std::min(limit, body.size());
    SPIDER_CHECK(
        out.outcome == (body.size() > limit ? ContentOutcome::limited : ContentOutcome::whole) ||
            out.outcome == ContentOutcome::limited,
        "what we packed is not corrupt");
    if (out.outcome == ContentOutcome::whole)
      SPIDER_CHECK(out.bytes.size() == body.size(), "whole is all of it");
    const std::size_t same = std::min(want, out.bytes.size());
    SPIDER_CHECK(same == 0 || std::memcmp(out.bytes.data(), body.data(), same) == 0,
                 "what we packed comes back");
  }
  return 0;
}
