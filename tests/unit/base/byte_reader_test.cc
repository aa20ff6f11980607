#include "spider/base/byte_reader.h"

#include <vector>

#include <catch2/catch.hpp>

using spider::base::ByteReader;

TEST_CASE("a read past the end gives zero, is remembered and leaves nothing to read", "[base]") {
  const std::vector<std::uint8_t> bytes{1, 2, 3};
  ByteReader reader(bytes);
  CHECK(reader.be16() == 0x0102);
  CHECK(reader.be32() == 0);
  CHECK(reader.failed());
  CHECK(reader.remaining() == 0);
  CHECK(reader.u8() == 0);
  CHECK(reader.bytes(1).empty());
}

TEST_CASE("content found impossible leaves nothing to read", "[base]") {
  const std::vector<std::uint8_t> bytes{1, 2, 3};
  ByteReader reader(bytes);
  reader.fail();
  CHECK(reader.remaining() == 0);
  CHECK(reader.u8() == 0);
  const std::vector<std::uint8_t> endless(12, 0x80);
  ByteReader varint(endless);
  static_cast<void>(varint.varint());
  CHECK(varint.remaining() == 0);
}

TEST_CASE("numbers are read in both byte orders", "[base]") {
  const std::vector<std::uint8_t> bytes{0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0x56, 0x78};
  ByteReader big(bytes);
  CHECK(big.be32() == 0x12345678U);
  ByteReader little(bytes);
  CHECK(little.le32() == 0x78563412U);
  CHECK(ByteReader(bytes).be64() == 0x1234567812345678U);
}

TEST_CASE("a varint longer than ten bytes is an error", "[base]") {
  const std::vector<std::uint8_t> endless(11, 0x80);
  ByteReader reader(endless);
  CHECK(reader.varint() == 0);
  CHECK(reader.failed());
  const std::vector<std::uint8_t> most{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01};
  ByteReader all(most);
  CHECK(all.varint() == ~std::uint64_t{0});
  CHECK_FALSE(all.failed());
}
