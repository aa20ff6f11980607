// Bad input: each has its code and words a person can act on, and what came before is given.

#include <random>

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "spider/capture/codes.h"

#include "support/capture_writer.h"
#include "support/temp_folder.h"
#include "unit/capture/collect.h"

using namespace spider;
using Catch::Matchers::Contains;
using model::Quality;
using test::Buffer;
using test::PacketBuilder;
using test::PcapngWriter;
using test::PcapWriter;
using test::TempFolder;
namespace codes = capture::codes;

namespace {

using Minutes = std::vector<std::int64_t>;

constexpr base::Time kStart{1'700'000'000'000'000'000};

Buffer frame(std::string_view payload = "hello") {
  return PacketBuilder()
      .ethernet()
      .ipv4("10.0.0.1", "10.0.0.2")
      .tcp(40'000, 80)
      .payload(payload)
      .build();
}

test::FileRead read(const Buffer& bytes) {
  const TempFolder folder;
  test::write_file(folder.file("bad.pcap"), bytes);
  return test::read_file(folder.file("bad.pcap"));
}

// The error has this code, names the file, and says these words.
void expect(const test::FileRead& got, base::Code code, const std::string& words) {
  REQUIRE(got.error);
  CHECK(got.error->code == code);
  CHECK_THAT(got.error->detail, Contains("bad.pcap"));
  CHECK_THAT(got.error->detail, Contains(words));
}

}  // namespace

TEST_CASE("a file that is missing, forbidden or a folder is refused with the reason", "[capture]") {
  const TempFolder folder;
  const auto missing = test::read_file(folder.file("bad.pcap"));
  expect(missing, codes::file_unreadable, "No such file");
  const auto directory = test::read_file(folder.path().string());
  REQUIRE(directory.error);
  CHECK(directory.error->code == codes::file_unreadable);
  CHECK_THAT(directory.error->detail, Contains("is a folder"));
  test::write_file(folder.file("bad.pcap"), PcapWriter().bytes());
  REQUIRE(chmod(folder.file("bad.pcap").c_str(), 0) == 0);
  if (geteuid() != 0)
    expect(test::read_file(folder.file("bad.pcap")), codes::file_unreadable, "Give the user");
}

TEST_CASE("an empty file and one that is no capture are told apart when they are opened",
          "[capture]") {
  const auto empty = read({});
  CHECK_FALSE(empty.opened);
  expect(empty, codes::file_empty, "is empty");
  for (const std::string_view text : {"GET / HTTP/1.1\r\n\r\n", "x",
                                      "\x7F"
                                      "ELF",
                                      "PK\x03\x04rest"}) {
    const Buffer bytes(text.begin(), text.end());
    const auto got = read(bytes);
    CHECK_FALSE(got.opened);
    expect(got, codes::not_a_capture, "neither pcap nor pcapng");
  }
  // A gzip member of nothing.
  expect(read({0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0}),
         codes::file_empty, "empty once decompressed");
}

TEST_CASE("a capture without packets is no error", "[capture]") {
  for (const Buffer& bytes :
       {PcapWriter().bytes(), PcapngWriter().bytes(), PcapngWriter().interface().bytes()}) {
    const auto got = read(bytes);
    CHECK_FALSE(got.error);
    CHECK(got.sink.packets.empty());
  }
}

TEST_CASE("a pcap cut at any byte gives the packets before the cut", "[capture]") {
  PcapWriter file;
  for (int i = 0; i < 3; ++i) file.add(kStart, frame());
  const std::size_t record = 16 + frame().size();
  for (std::size_t n = 4; n < file.bytes().size(); ++n) {
    const Buffer cut(file.bytes().begin(), file.bytes().begin() + static_cast<std::ptrdiff_t>(n));
    const auto got = read(cut);
    const bool clean = n >= 24 && (n - 24) % record == 0;
    INFO("cut at " << n);
    REQUIRE(got.opened);
    CHECK(got.sink.packets.size() == (n < 24 ? 0 : (n - 24) / record));
    CHECK(got.error.has_value() != clean);
    // Booked in the minute of the last packet; where there is none, no minute is made up.
    const bool booked = !clean && !got.sink.packets.empty();
    CHECK(got.books[Quality::import_truncated] == (booked ? 1U : 0U));
    CHECK(got.minutes ==
          (got.sink.packets.empty() ? Minutes{} : Minutes{model::minute_of(kStart)}));
    if (clean) continue;
    expect(got, codes::file_truncated, "ends inside");
    if (!booked) expect(got, codes::file_truncated, "No packet came before");
  }
}

TEST_CASE("a pcapng cut at any byte gives the packets before the cut", "[capture]") {
  PcapngWriter file;
  file.interface();
  const std::size_t head = file.bytes().size();
  for (int i = 0; i < 3; ++i) file.packet(0, 1, frame());
  const std::size_t block = (file.bytes().size() - head) / 3;
  for (std::size_t n = head; n < file.bytes().size(); ++n) {
    const Buffer cut(file.bytes().begin(), file.bytes().begin() + static_cast<std::ptrdiff_t>(n));
    const auto got = read(cut);
    INFO("cut at " << n);
    CHECK(got.sink.packets.size() == (n - head) / block);
    CHECK(got.error.has_value() != ((n - head) % block == 0));
  }
  // Inside a block that is passed over.
  PcapngWriter skipped;
  skipped.block(0xBAD, Buffer(100'000));
  Buffer cut = skipped.bytes();
  cut.resize(50'000);
  expect(read(cut), codes::file_truncated, "ends inside a block");
}

TEST_CASE("a truncated gzip gives what could be inflated and says so", "[capture]") {
  // Stored blocks, so that the cut is where it looks: header, then one block of the whole file.
  PcapWriter file;
  for (int i = 0; i < 10; ++i) file.add(kStart, frame());
  const auto bytes = static_cast<std::uint16_t>(file.bytes().size());
  Buffer gzip = {0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1};
  gzip.push_back(static_cast<std::uint8_t>(bytes & 0xFFU));
  gzip.push_back(static_cast<std::uint8_t>(bytes >> 8U));
  gzip.push_back(static_cast<std::uint8_t>(~bytes & 0xFFU));
  gzip.push_back(static_cast<std::uint8_t>((~bytes & 0xFFFFU) >> 8U));
  test::put(gzip, base::Bytes(file.bytes()).first(500));
  const auto got = read(gzip);
  expect(got, codes::file_truncated, "compressed file ends in the middle");
  CHECK(got.sink.packets.size() == (500 - 24) / (16 + frame().size()));
  CHECK(got.books[Quality::import_truncated] == 1);

  gzip[11] ^= 0xFFU;  // the block's length no longer matches its complement
  expect(read(gzip), codes::file_corrupt, "damaged near byte");
}

TEST_CASE("a pcap record that cannot be right stops the reading with its byte", "[capture]") {
  PcapWriter file;
  file.add(kStart, frame());
  const std::size_t good = file.bytes().size();
  Buffer record;
  for (const std::uint32_t v : {0U, 0U, 0xFFFFFF7FU, 0xFFFFFF7FU}) test::put_be32(record, v);
  file.add_raw(record);
  const auto got = read(file.bytes());
  expect(got, codes::file_corrupt, "byte " + std::to_string(good));
  CHECK(got.sink.packets.size() == 1);
  CHECK(got.books[Quality::import_truncated] == 0);

  Buffer version = PcapWriter().bytes();
  version[4] = 9;
  expect(read(version), codes::file_corrupt, "version 9.4");
}

TEST_CASE("a pcapng block that cannot be right stops the reading with its byte", "[capture]") {
  const auto begin = [] {
    PcapngWriter file;
    file.interface().packet(0, 1, frame());
    return file;
  };
  const auto expect_corrupt = [&](const PcapngWriter& file, const std::string& words) {
    const auto got = read(file.bytes());
    expect(got, codes::file_corrupt, words);
    CHECK_THAT(got.error->detail, Contains("byte " + std::to_string(begin().bytes().size())));
    CHECK(got.sink.packets.size() == 1);
  };
  expect_corrupt(begin().packet(7, 1, frame()), "names interface 7; 1 are known");
  expect_corrupt(begin().add_raw(Buffer(12)), "length of 0 bytes");
  Buffer body(20);
  body[12] = 200;
  expect_corrupt(begin().block(6, body), "more than its block holds");
  expect_corrupt(begin().block(1, Buffer(4)), "too short");
  expect_corrupt(begin().block(1, Buffer{1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 99, 0}),
                 "longer than its block");
  expect_corrupt(begin().block(3, {}), "no length");
  expect_corrupt(begin().block(1, Buffer(2U << 20U)), "at most");
  Buffer lengths = PcapngWriter().block(5, Buffer(12)).bytes();
  Buffer differ = begin().block(6, Buffer(20)).bytes();
  differ[differ.size() - 4] ^= 4U;
  PcapngWriter tail = begin();
  tail.add_raw(base::Bytes(differ).subspan(begin().bytes().size()));
  expect_corrupt(tail, "two lengths differ");
}

TEST_CASE("a pcapng that starts with something else is corrupt from its first byte", "[capture]") {
  Buffer bytes = PcapngWriter().bytes();
  bytes[8] = 0;
  expect(read(bytes), codes::file_corrupt, "byte-order magic");
  bytes = PcapngWriter().bytes();
  bytes[12] = 2;
  expect(read(bytes), codes::file_corrupt, "version 2");
}

TEST_CASE("frames of an unsupported link type are counted, not lost", "[capture]") {
  PcapWriter file({.link_type = 195});
  file.add(kStart, frame()).add(kStart, frame());
  const auto got = read(file.bytes());
  CHECK_FALSE(got.error);
  CHECK(got.books[Quality::link_unsupported] == 2);
  CHECK(test::unaccounted(got.books, got.sink) == 0);
}

TEST_CASE("a filter that does not compile is refused in libpcap's words", "[capture]") {
  const TempFolder folder;
  PcapWriter().write(folder.file("x.pcap"));
  const auto got = test::read_file(folder.file("x.pcap"), "tcp prot 80");
  REQUIRE(got.error);
  CHECK(got.error->code == codes::filter_invalid);
  CHECK_THAT(got.error->detail, Contains("tcp prot 80") && Contains("syntax error"));
}

TEST_CASE("damaged bytes anywhere never break the reader or its books", "[capture]") {
  PcapngWriter ng;
  ng.interface().interface({.link_type = 113, .snaplen = 100, .tsresol = 9, .tsoffset_s = 5});
  ng.packet(0, 1, frame()).packet(1, 2, frame()).simple_packet(frame()).old_packet(1, 3, frame());
  ng.section(true).interface().packet(0, 4, frame());
  PcapWriter plain;
  for (int i = 0; i < 4; ++i) plain.add(kStart, frame());
  std::mt19937 random(3);
  const TempFolder folder;
  const std::string path = folder.file("bad.pcap");
  for (const Buffer& good : {ng.bytes(), plain.bytes()}) {
    for (int round = 0; round < 200; ++round) {
      Buffer bytes = good;
      for (unsigned i = 0; i <= static_cast<unsigned>(round) % 4U; ++i)
        bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random() % 256);
      test::write_file(path, bytes);
      const auto got = test::read_file(path);
      REQUIRE(test::unaccounted(got.books, got.sink) == 0);
      if (got.error) REQUIRE_THAT(got.error->detail, Contains("bad.pcap"));
    }
  }
}
