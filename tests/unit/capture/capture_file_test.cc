// Capture files in every variant that is read.

#include <algorithm>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "spider/base/content_hash.h"

#include "capture/ticks.h"
#include "support/capture_writer.h"
#include "support/temp_folder.h"
#include "unit/capture/collect.h"

using namespace spider;
using model::Quality;
using test::Buffer;
using test::PacketBuilder;
using test::PcapngWriter;
using test::PcapWriter;
using test::TempFolder;

namespace {

constexpr base::Time kStart{1'700'000'000'123'456'789};

Buffer frame(std::string_view payload) {
  return PacketBuilder()
      .ethernet()
      .ipv4("10.0.0.1", "10.0.0.2")
      .tcp(40'000, 80)
      .payload(payload)
      .build();
}

Buffer gzip(const Buffer& in) {
  Buffer out(in.size() + 256);
  z_stream z{};
  REQUIRE(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  z.next_in = const_cast<Bytef*>(in.data());
  z.avail_in = static_cast<uInt>(in.size());
  z.next_out = out.data();
  z.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

Buffer zstd(const Buffer& in) {
  Buffer out(ZSTD_compressBound(in.size()));
  const std::size_t bytes = ZSTD_compress(out.data(), out.size(), in.data(), in.size(), 3);
  REQUIRE(ZSTD_isError(bytes) == 0);
  out.resize(bytes);
  return out;
}

test::FileRead read(const Buffer& bytes, std::string_view filter = {}) {
  const TempFolder folder;
  test::write_file(folder.file("x.pcap"), bytes);
  return test::read_file(folder.file("x.pcap"), filter);
}

}  // namespace

TEST_CASE("pcap is read in both byte orders and both precisions, and Kuznetzov's variant",
          "[capture]") {
  for (const bool big : {false, true}) {
    for (const bool nanoseconds : {false, true}) {
      for (const bool modified : {false, true}) {
        if (modified && nanoseconds) continue;
        INFO("big " << big << ", nanoseconds " << nanoseconds << ", modified " << modified);
        PcapWriter file({.nanoseconds = nanoseconds, .big_endian = big, .modified = modified});
        file.add(kStart, frame("one")).add(kStart + base::Duration::from_s(61), frame("two"), 999);
        const auto got = read(file.bytes());
        REQUIRE_FALSE(got.error);
        REQUIRE(got.sink.payloads() == std::vector<std::string>{"one", "two"});
        const model::Packet& first = got.sink.packets[0].packet;
        CHECK(first.time.ns == (nanoseconds ? kStart.ns : kStart.ns / 1'000 * 1'000));
        CHECK(first.number == 1);
        CHECK(first.link_type == 1);
        CHECK(first.wire_bytes == first.captured_bytes);
        CHECK(got.sink.packets[1].packet.number == 2);
        CHECK(got.sink.packets[1].packet.wire_bytes == 999);
        CHECK(got.books[Quality::packets_received] == 2);
        CHECK(got.books[Quality::bytes_received] == first.wire_bytes + 999U);
        CHECK(got.books[Quality::snaplen_cut] == 1);
      }
    }
  }
}

TEST_CASE("pcapng is read in both byte orders, section after section", "[capture]") {
  PcapngWriter file(false);
  file.interface().packet(0, 1'000'000, frame("little"));
  file.section(true)
      .interface({.link_type = 1, .tsresol = 9})
      .packet(0, 2'000'000'001, frame("big"));
  file.section(false).interface().packet(0, 3'000'000, frame("again"));
  const auto got = read(file.bytes());
  REQUIRE_FALSE(got.error);
  REQUIRE(got.sink.payloads() == std::vector<std::string>{"little", "big", "again"});
  CHECK(got.sink.packets[0].packet.time.ns == 1'000'000'000);
  CHECK(got.sink.packets[1].packet.time.ns == 2'000'000'001);
  CHECK(got.sink.packets[2].packet.time.ns == 3'000'000'000);
}

TEST_CASE("interfaces of different link types and clocks lie side by side in pcapng", "[capture]") {
  const Buffer ip = PacketBuilder().ipv4("10.0.0.1", "10.0.0.2").tcp(1, 2).payload("raw").build();
  PcapngWriter file;
  file.interface().interface({.link_type = 101, .tsresol = 3, .tsoffset_s = -10});
  file.packet(1, 25'500, ip).packet(0, 16'000'000, frame("ethernet")).packet(1, 26'000, ip);
  const auto got = read(file.bytes());
  REQUIRE_FALSE(got.error);
  CHECK(got.sink.payloads() == std::vector<std::string>{"raw", "ethernet", "raw"});
  CHECK(got.sink.packets[0].packet.time.ns == 15'500'000'000);
  CHECK(got.sink.packets[0].packet.link_type == 101);
  CHECK(got.sink.packets[1].packet.link_type == 1);
}

TEST_CASE("old and simple packet blocks are read", "[capture]") {
  PcapngWriter file;
  file.interface({.snaplen = 60});
  file.old_packet(0, 5'000'000, frame("old"));
  Buffer cut = frame(std::string(100, 'x'));
  const auto whole = static_cast<std::uint32_t>(cut.size());
  cut.resize(60);
  file.simple_packet(cut, whole);
  const auto got = read(file.bytes());
  REQUIRE_FALSE(got.error);
  REQUIRE(got.sink.packets.size() == 2);
  CHECK(got.sink.packets[0].payload() == "old");
  CHECK(got.sink.packets[0].packet.time.ns == 5'000'000'000);
  // A simple packet has no time of its own: that of the packet before it.
  CHECK(got.sink.packets[1].packet.time.ns == 5'000'000'000);
  CHECK(got.sink.packets[1].packet.captured_bytes == 60);
  CHECK(got.sink.packets[1].packet.wire_bytes == whole);
  CHECK(got.sink.packets[1].packet.payload_wire_bytes == 100);
}

TEST_CASE("blocks without packets are passed over, however long", "[capture]") {
  PcapngWriter file;
  file.block(4, Buffer(40));           // name resolution
  file.block(5, Buffer(12));           // interface statistics
  file.block(0xA, Buffer(80));         // decryption secrets
  file.block(0xBAD, Buffer(3 << 20));  // custom, longer than any buffer
  file.interface().packet(0, 1, frame("after"));
  const auto got = read(file.bytes());
  REQUIRE_FALSE(got.error);
  CHECK(got.sink.payloads() == std::vector<std::string>{"after"});
}

TEST_CASE("interface clocks of any resolution become nanoseconds, and never overflow",
          "[capture]") {
  using capture::Ticks;
  CHECK(Ticks(0).at(3).ns == 3'000'000'000);
  CHECK(Ticks(6).at(1'234'567).ns == 1'234'567'000);
  CHECK(Ticks(9).at(1'234'567).ns == 1'234'567);
  CHECK(Ticks(12).at(1'999).ns == 1);
  CHECK(Ticks(127).at(~std::uint64_t{0}).ns == 0);
  CHECK(Ticks(0x80 | 10).at(1'024).ns == 1'000'000'000);
  CHECK(Ticks(0x80 | 10).at(512).ns == 500'000'000);
  CHECK(Ticks(6, 100).at(1).ns == 100'000'001'000);
  CHECK(Ticks(6, -1).at(1'000'000).ns == 0);
  const std::int64_t latest = Ticks(0).at(~std::uint64_t{0}).ns;
  CHECK(latest > std::int64_t{9'000'000'000'000'000'000});
  CHECK(Ticks(0, std::numeric_limits<std::int64_t>::max()).at(~std::uint64_t{0}).ns == latest);
  CHECK(Ticks(127, std::numeric_limits<std::int64_t>::min()).at(0).ns == -latest);
}

TEST_CASE("gzip and zstd are taken off by their magic bytes, members and frames in a row too",
          "[capture]") {
  PcapWriter file;
  std::vector<std::string> want;
  for (int i = 0; i < 3'000; ++i) {
    want.push_back("packet " + std::to_string(i));
    file.add(kStart, frame(want.back()));
  }
  const Buffer& all = file.bytes();
  const Buffer first(all.begin(), all.begin() + 10'001);
  const Buffer second(all.begin() + 10'001, all.end());
  for (Buffer (*pack)(const Buffer&) : {gzip, zstd}) {
    CHECK(read(pack(all)).sink.payloads() == want);
    Buffer two = pack(first);
    test::put(two, base::Bytes(pack(second)));
    const auto got = read(two);
    CHECK_FALSE(got.error);
    CHECK(got.sink.payloads() == want);
  }
}

TEST_CASE("a file's filter leaves packets out, and the books say so", "[capture]") {
  PcapWriter file;
  for (int i = 0; i < 10; ++i)
    file.add(kStart, PacketBuilder()
                         .ethernet()
                         .ipv4("10.0.0.1", "10.0.0.2")
                         .tcp(40'000, i < 3 ? 80 : 443)
                         .build());
  const auto got = read(file.bytes(), "tcp port 80");
  REQUIRE_FALSE(got.error);
  CHECK(got.sink.packets.size() == 3);
  CHECK(got.books[Quality::packets_received] == 10);
  CHECK(got.books[Quality::filtered] == 7);
  CHECK(test::unaccounted(got.books, got.sink) == 0);
  // Numbers count every packet of the file.
  const auto late = read(file.bytes(), "tcp port 443");
  CHECK(late.sink.packets.front().packet.number == 4);
}

TEST_CASE("one filter serves interfaces of several link types", "[capture]") {
  const Buffer ip = PacketBuilder().ipv4("10.0.0.1", "10.0.0.2").tcp(1, 80).payload("raw").build();
  const Buffer other = PacketBuilder().ipv4("10.0.0.1", "10.0.0.2").tcp(1, 81).build();
  PcapngWriter file;
  file.interface().interface({.link_type = 101}).interface({.link_type = 195});
  file.packet(0, 1, frame("ethernet")).packet(1, 2, ip).packet(1, 3, other).packet(2, 4, ip);
  const auto got = read(file.bytes(), "tcp port 80");
  REQUIRE_FALSE(got.error);
  CHECK(got.sink.payloads() == std::vector<std::string>{"ethernet", "raw"});
  CHECK(got.books[Quality::filtered] == 2);
}

TEST_CASE("a pipe is read as it is written", "[capture]") {
  const TempFolder folder;
  const std::string path = folder.file("pipe");
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  PcapWriter file;
  file.add(kStart, frame("first")).add(kStart, frame("second"));
  const Buffer& bytes = file.bytes();
  // A writer that stops in the middle of the magic, of a record's header and of a packet.
  auto source = capture::open_file(path, {}, {});
  REQUIRE(source);
  test::CollectSink sink;
  model::QualityLog quality;
  const auto nobody = (*source)->poll(sink, quality);
  REQUIRE(nobody);
  CHECK(*nobody == capture::PollOutcome::idle);
  const int writer_fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  REQUIRE(writer_fd >= 0);
  std::size_t written = 0;
  for (const std::size_t upto :
       {std::size_t{2}, std::size_t{20}, std::size_t{30}, std::size_t{60}, bytes.size()}) {
    const auto idle = (*source)->poll(sink, quality);
    REQUIRE(idle);
    CHECK(*idle == capture::PollOutcome::idle);
    REQUIRE(write(writer_fd, bytes.data() + written, upto - written) ==
            static_cast<ssize_t>(upto - written));
    written = upto;
  }
  while (sink.packets.size() < 2) REQUIRE((*source)->poll(sink, quality));
  CHECK(sink.payloads() == std::vector<std::string>{"first", "second"});
  close(writer_fd);
  for (;;) {
    const auto outcome = (*source)->poll(sink, quality);
    REQUIRE(outcome);
    if (*outcome == capture::PollOutcome::end) break;
  }
  CHECK((*source)->bytes_total() == 0);
  CHECK((*source)->bytes_read() == bytes.size());
}

TEST_CASE("the content of a file is that of all its bytes, read or not", "[capture]") {
  PcapWriter file;
  for (int i = 0; i < 20'000; ++i) file.add(kStart, frame("0123456789"));
  Buffer padded = gzip(file.bytes());
  padded.resize(padded.size() + 700'000);
  Buffer damaged = file.bytes();
  std::fill_n(damaged.begin() + 24 + 8, 4, std::uint8_t{0xFF});  // the first record's length
  for (const Buffer& bytes : {file.bytes(), zstd(file.bytes()), padded, damaged}) {
    const TempFolder folder;
    test::write_file(folder.file("x"), bytes);
    auto source = capture::open_file(folder.file("x"), {}, {}, false, true);
    REQUIRE(source);
    test::CollectSink sink;
    model::QualityLog quality;
    for (;;) {
      const auto outcome = (*source)->poll(sink, quality);
      if (!outcome || *outcome == capture::PollOutcome::end) break;
    }
    base::ContentHash hash;
    hash.add(bytes);
    CHECK((*source)->content() == hash.value());
    auto unasked = capture::open_file(folder.file("x"), {}, {});
    REQUIRE(unasked);
    CHECK((*unasked)->content().empty());
  }
}

TEST_CASE("progress goes from nothing to the file's size", "[capture]") {
  const TempFolder folder;
  PcapWriter file;
  for (int i = 0; i < 20'000; ++i) file.add(kStart, frame("0123456789"));
  file.write(folder.file("x.pcap"));
  auto source = capture::open_file(folder.file("x.pcap"), {}, {});
  REQUIRE(source);
  CHECK((*source)->bytes_total() == file.bytes().size());
  test::CollectSink sink;
  model::QualityLog quality;
  std::uint64_t before = 0;
  while (*(*source)->poll(sink, quality) != capture::PollOutcome::end) {
    CHECK((*source)->bytes_read() >= before);
    before = (*source)->bytes_read();
    CHECK((*source)->clock() == sink.packets.back().packet.time);
  }
  CHECK((*source)->bytes_read() == file.bytes().size());
}
