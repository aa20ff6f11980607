#include "spider/query/content.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <zlib.h>
#include <zstd.h>

using namespace spider;
using query::ContentOutcome;
using query::decode_content;

namespace {

constexpr std::size_t kLimit = 1U << 20U;

std::vector<std::uint8_t> deflated(const std::string& text, int window_bits) {
  z_stream z{};
  REQUIRE(deflateInit2(&z, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::vector<std::uint8_t> out(deflateBound(&z, text.size()) + 32);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = out.data();
  z.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}
std::vector<std::uint8_t> gzipped(const std::string& text) { return deflated(text, 15 + 16); }
std::vector<std::uint8_t> zstd(const std::string& text) {
  std::vector<std::uint8_t> out(ZSTD_compressBound(text.size()));
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}
std::string text_of(const query::DecodedContent& content) {
  return std::string(content.bytes.begin(), content.bytes.end());
}

const std::string kText = [] {
  std::string text;
  for (int i = 0; i < 5'000; ++i) text += "line " + std::to_string(i) + " of a page\n";
  return text;
}();

}  // namespace

TEST_CASE("every coding gives back the text", "[query]") {
  CHECK(text_of(decode_content(gzipped(kText), "gzip", kLimit)) == kText);
  CHECK(text_of(decode_content(gzipped(kText), " X-GZIP ", kLimit)) == kText);
  CHECK(text_of(decode_content(deflated(kText, 15), "deflate", kLimit)) == kText);
  CHECK(text_of(decode_content(deflated(kText, -15), "deflate", kLimit)) == kText);
  CHECK(text_of(decode_content(zstd(kText), "zstd", kLimit)) == kText);
  CHECK(text_of(decode_content(base::as_bytes(kText), "", kLimit)) == kText);
  CHECK(text_of(decode_content(base::as_bytes(kText), "identity", kLimit)) == kText);
  // "Hello, world!\n" as brotli's command line tool writes it uncompressed.
  const std::vector<std::uint8_t> br{0x8F, 0x06, 0x80, 'H', 'e', 'l', 'l', 'o',  ',',
                                     ' ',  'w',  'o',  'r', 'l', 'd', '!', '\n', 0x03};
  CHECK(text_of(decode_content(br, "br", kLimit)) == "Hello, world!\n");
}

TEST_CASE("several codings are taken off from the last to the first", "[query]") {
  const auto inner = gzipped(kText);
  const auto both = zstd(std::string(inner.begin(), inner.end()));
  const auto decoded = decode_content(both, "gzip, zstd", kLimit);
  CHECK(decoded.outcome == ContentOutcome::whole);
  CHECK(text_of(decoded) == kText);
}

TEST_CASE("gzip members one behind the other are one body", "[query]") {
  auto two = gzipped("first ");
  const auto second = gzipped("second");
  two.insert(two.end(), second.begin(), second.end());
  CHECK(text_of(decode_content(two, "gzip", kLimit)) == "first second");
}

TEST_CASE("a bound that the inner coding reached is the reason, not what the outer makes of it",
          "[query]") {
  // Noise, so that the packed form is longer than the bound as well.
  std::string noise;
  for (std::uint32_t i = 0, x = 1; i < 3 * kLimit; ++i, x = x * 1'664'525 + 1'013'904'223)
    noise += static_cast<char>(x >> 24U);
  const auto once = gzipped(noise);
  const auto twice = gzipped({reinterpret_cast<const char*>(once.data()), once.size()});
  CHECK(decode_content(twice, "gzip, gzip", kLimit).outcome == ContentOutcome::limited);
}

TEST_CASE("a bomb is stopped at the bound", "[query]") {
  const std::string zeros(50'000'000, '\0');
  for (const char* coding : {"gzip", "zstd"}) {
    const auto bomb = std::string(coding) == "gzip" ? gzipped(zeros) : zstd(zeros);
    const auto decoded = decode_content(bomb, coding, kLimit);
    CHECK(decoded.outcome == ContentOutcome::limited);
    CHECK(decoded.bytes.size() == kLimit);
  }
}

TEST_CASE("a body cut at any byte gives what there is and says so", "[query]") {
  const auto whole = gzipped(kText);
  for (std::size_t cut = 1; cut < whole.size(); cut += 97) {
    const auto decoded = decode_content({whole.data(), cut}, "gzip", kLimit);
    CHECK(decoded.outcome == ContentOutcome::cut);
    CHECK(kText.compare(0, decoded.bytes.size(), text_of(decoded)) == 0);
  }
}

TEST_CASE("what a coding does not allow is named", "[query]") {
  const auto decoded = decode_content(base::as_bytes("this is no gzip at all"), "gzip", kLimit);
  CHECK(decoded.outcome == ContentOutcome::corrupt);
  CHECK(decoded.coding == "gzip");
  CHECK(decode_content(base::as_bytes("abc"), "snappy", kLimit).outcome ==
        ContentOutcome::unsupported);
  CHECK(decode_content(base::as_bytes("abc"), "gzip,gzip,gzip,gzip,gzip", kLimit).outcome ==
        ContentOutcome::unsupported);
}
