#include "spider/query/content.h"

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

namespace spider::query {
namespace {

constexpr std::size_t kPieceBytes = 64U << 10U;
// More codings than this in one header are an attack, not a need.
constexpr std::size_t kCodingsMax = 4;
// A zstd frame may ask for gigabytes of window; 2^27 is what browsers accept (RFC 8878 says 8 MiB
// at least).
constexpr int kZstdWindowLogMax = 27;

// Grows the output piece by piece up to its bound.
class Output {
 public:
  explicit Output(std::size_t limit) : limit_(limit) {}

  [[nodiscard]] bool full() const noexcept { return used_ == limit_; }
  // Room for the next piece; after writing, call wrote().
  [[nodiscard]] std::span<std::uint8_t> room() {
    const std::size_t piece = std::min(kPieceBytes, limit_ - used_);
    if (bytes_.size() < used_ + piece) bytes_.resize(used_ + piece);
    return {bytes_.data() + used_, piece};
  }
  void wrote(std::size_t count) noexcept { used_ += count; }
  [[nodiscard]] std::vector<std::uint8_t> take() {
    bytes_.resize(used_);
    return std::move(bytes_);
  }

 private:
  std::size_t limit_;
  std::size_t used_ = 0;
  std::vector<std::uint8_t> bytes_;
};

// window_bits as zlib wants it: 15 zlib, -15 raw deflate, 15 + 16 gzip.
[[nodiscard]] ContentOutcome inflate_all(base::Bytes body, int window_bits, Output& out) {
  z_stream z{};
  if (inflateInit2(&z, window_bits) != Z_OK) return ContentOutcome::corrupt;
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&z, &inflateEnd);
  z.next_in = const_cast<Bytef*>(body.data());  // zlib reads only; its type predates const
  z.avail_in = static_cast<uInt>(std::min<std::size_t>(body.size(), UINT32_MAX));
  for (;;) {
    if (out.full()) return ContentOutcome::limited;
    const auto room = out.room();
    z.next_out = room.data();
    z.avail_out = static_cast<uInt>(room.size());
    const int status = inflate(&z, Z_NO_FLUSH);
    out.wrote(room.size() - z.avail_out);
    if (status == Z_STREAM_END) {
      // A gzip body may be several members, one behind the other (RFC 1952 section 2.2).
      if (window_bits < 16 || z.avail_in < 2 || z.next_in[0] != 0x1F || z.next_in[1] != 0x8B)
        return ContentOutcome::whole;
      if (inflateReset(&z) != Z_OK) return ContentOutcome::corrupt;
      continue;
    }
    if (status == Z_OK && (z.avail_in > 0 || z.avail_out == 0)) continue;
    if (status == Z_OK || status == Z_BUF_ERROR) return ContentOutcome::cut;
    return ContentOutcome::corrupt;
  }
}

// "deflate" means the zlib format, but some servers send it raw. Two bytes tell (RFC 1950 section
// 2.2): method 8 and a header divisible by 31.
[[nodiscard]] ContentOutcome inflate_deflate(base::Bytes body, Output& out) {
  const bool zlib_form =
      body.size() >= 2 && (body[0] & 0x0FU) == 8 && (body[0] * 256U + body[1]) % 31 == 0;
  return inflate_all(body, zlib_form ? MAX_WBITS : -MAX_WBITS, out);
}

[[nodiscard]] ContentOutcome decode_brotli(base::Bytes body, Output& out) {
  const std::unique_ptr<BrotliDecoderState, void (*)(BrotliDecoderState*)> state(
      BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), &BrotliDecoderDestroyInstance);
  if (!state) return ContentOutcome::corrupt;
  std::size_t left = body.size();
  const std::uint8_t* next = body.data();
  for (;;) {
    if (out.full()) return ContentOutcome::limited;
    const auto room = out.room();
    std::size_t room_left = room.size();
    std::uint8_t* to = room.data();
    const auto status =
        BrotliDecoderDecompressStream(state.get(), &left, &next, &room_left, &to, nullptr);
    out.wrote(room.size() - room_left);
    switch (status) {
      case BROTLI_DECODER_RESULT_SUCCESS:
        return ContentOutcome::whole;
      case BROTLI_DECODER_RESULT_ERROR:
        return ContentOutcome::corrupt;
      case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
        return ContentOutcome::cut;
      case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
        break;
    }
  }
}

[[nodiscard]] ContentOutcome decode_zstd(base::Bytes body, Output& out) {
  const std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(),
                                                                             &ZSTD_freeDStream);
  if (!stream) return ContentOutcome::corrupt;
  (void)ZSTD_DCtx_setParameter(stream.get(), ZSTD_d_windowLogMax, kZstdWindowLogMax);
  ZSTD_inBuffer in{body.data(), body.size(), 0};
  for (;;) {
    if (out.full()) return ContentOutcome::limited;
    const auto room = out.room();
    ZSTD_outBuffer piece{room.data(), room.size(), 0};
    const std::size_t status = ZSTD_decompressStream(stream.get(), &piece, &in);
    out.wrote(piece.pos);
    if (ZSTD_isError(status) != 0) return ContentOutcome::corrupt;
    if (in.pos < in.size || piece.pos == piece.size) continue;
    return status == 0 ? ContentOutcome::whole : ContentOutcome::cut;
  }
}

[[nodiscard]] std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// The list of codings in the order in which they were applied.
[[nodiscard]] std::vector<std::string> split(std::string_view codings) {
  std::vector<std::string> out;
  while (!codings.empty()) {
    const std::size_t comma = codings.find(',');
    std::string_view one = codings.substr(0, comma);
    codings.remove_prefix(comma == std::string_view::npos ? codings.size() : comma + 1);
    while (!one.empty() && (one.front() == ' ' || one.front() == '\t')) one.remove_prefix(1);
    while (!one.empty() && (one.back() == ' ' || one.back() == '\t')) one.remove_suffix(1);
    if (!one.empty() && lower(one) != "identity") out.push_back(lower(one));
  }
  return out;
}

[[nodiscard]] ContentOutcome decode_one(base::Bytes body, std::string_view coding, Output& out) {
  if (coding == "gzip" || coding == "x-gzip") return inflate_all(body, MAX_WBITS + 16, out);
  if (coding == "deflate") return inflate_deflate(body, out);
  if (coding == "br") return decode_brotli(body, out);
  if (coding == "zstd") return decode_zstd(body, out);
  return ContentOutcome::unsupported;
}

}  // namespace

std::string_view name(ContentOutcome outcome) noexcept {
  switch (outcome) {
    case ContentOutcome::whole:
      return "whole";
    case ContentOutcome::cut:
      return "cut";
    case ContentOutcome::limited:
      return "limited";
    case ContentOutcome::corrupt:
      return "corrupt";
    case ContentOutcome::unsupported:
      return "unsupported";
  }
  return "unknown";
}

DecodedContent decode_content(base::Bytes body, std::string_view codings, std::size_t limit) {
  DecodedContent result;
  const std::vector<std::string> list = split(codings);
  if (list.size() > kCodingsMax) return {ContentOutcome::unsupported, {}, std::string(codings)};
  if (list.empty()) {
    const std::size_t kept = std::min(body.size(), limit);
    result.bytes.assign(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(kept));
    if (kept < body.size()) result.outcome = ContentOutcome::limited;
    return result;
  }
  base::Bytes input = body;
  for (auto coding = list.rbegin(); coding != list.rend(); ++coding) {
    Output out(limit);
    const ContentOutcome outcome =
        input.empty() ? ContentOutcome::whole : decode_one(input, *coding, out);
    std::vector<std::uint8_t> decoded = out.take();
    result.bytes.swap(decoded);  // `decoded` keeps the input of this step alive until here
    input = result.bytes;
    if (outcome == ContentOutcome::corrupt || outcome == ContentOutcome::unsupported) {
      result.outcome = outcome;
      result.coding = *coding;
      return result;
    }
    // What was limited in one coding looks cut to the next; the limit is the reason.
    if (outcome != ContentOutcome::whole && result.outcome != ContentOutcome::limited)
      result.outcome = outcome;
  }
  return result;
}

}  // namespace spider::query
