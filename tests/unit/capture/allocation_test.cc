// The promise that packets cost no allocation, held by counting.

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

#include <catch2/catch.hpp>

#include "spider/capture/packet_source.h"

#include "support/capture_writer.h"
#include "support/temp_folder.h"

namespace {
std::atomic<std::uint64_t> allocations{0};
}

// Every form is replaced, so that no sanitizer sees one of its own paired with one of ours.
namespace {

void* take(std::size_t bytes, std::size_t alignment = alignof(std::max_align_t)) noexcept {
  allocations.fetch_add(1, std::memory_order_relaxed);
  void* out = nullptr;
  return posix_memalign(&out, alignment, bytes == 0 ? 1 : bytes) == 0 ? out : nullptr;
}
void* take_or_throw(std::size_t bytes, std::size_t alignment = alignof(std::max_align_t)) {
  void* out = take(bytes, alignment);
  if (out == nullptr) throw std::bad_alloc();
  return out;
}

}  // namespace

void* operator new(std::size_t n) { return take_or_throw(n); }
void* operator new[](std::size_t n) { return take_or_throw(n); }
void* operator new(std::size_t n, const std::nothrow_t&) noexcept { return take(n); }
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept { return take(n); }
void* operator new(std::size_t n, std::align_val_t a) {
  return take_or_throw(n, static_cast<std::size_t>(a));
}
void* operator new[](std::size_t n, std::align_val_t a) {
  return take_or_throw(n, static_cast<std::size_t>(a));
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

using namespace spider;

namespace {

// As the pipeline does: into a batch that is used again and again.
class BatchSink final : public model::PacketSink {
 public:
  bool on_packet(const model::Packet& packet, base::Bytes frame, base::Bytes datagram) override {
    if (!batch_.fits(frame.size() + datagram.size())) batch_.clear();
    if (datagram.empty()) {
      batch_.append(packet, frame);
    } else {
      batch_.append_rejoined(packet, frame, datagram);
    }
    ++packets;
    return true;
  }
  std::uint64_t packets = 0;

 private:
  model::PacketBatch batch_{1U << 20U, 1'024};
};

std::uint64_t allocations_of(const std::string& path, std::uint64_t& packets) {
  auto source = capture::open_file(path, "ip", {});
  REQUIRE(source);
  BatchSink sink;
  model::QualityLog quality;
  // The first burst may still grow what is kept for reuse.
  REQUIRE((*source)->poll(sink, quality));
  const std::uint64_t before = allocations.load();
  for (;;) {
    const auto outcome = (*source)->poll(sink, quality);
    if (!outcome || *outcome == capture::PollOutcome::end) break;
  }
  const std::uint64_t after = allocations.load();
  packets = sink.packets;
  return after - before;
}

}  // namespace

TEST_CASE("reading, filtering, decoding and joining packets allocates nothing", "[capture]") {
  using test::Buffer;
  using test::PacketBuilder;
  const Buffer plain = PacketBuilder()
                           .ethernet()
                           .ipv4("10.0.0.1", "10.0.0.2")
                           .tcp(1, 2)
                           .payload(std::string(900, 'x'))
                           .build();
  Buffer datagram = PacketBuilder()
                        .ipv4("10.0.0.1", "10.0.0.2")
                        .tcp(1, 2)
                        .payload(std::string(1'600, 'y'))
                        .build();
  datagram.erase(datagram.begin(), datagram.begin() + 20);  // the segment, its checksum right
  const auto piece = [&](std::uint32_t id, std::uint32_t from, std::uint32_t bytes, bool more) {
    return PacketBuilder()
        .ethernet()
        .ipv4("10.0.0.1", "10.0.0.2")
        .next(6)
        .fragment(id, from, more)
        .raw(base::Bytes(datagram).subspan(from, bytes))
        .build();
  };
  test::PcapWriter pcap;
  test::PcapngWriter pcapng;
  pcapng.interface();
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    const Buffer frame = i % 10 == 0   ? piece(i / 10, 0, 800, true)
                         : i % 10 == 5 ? piece(i / 10, 800, 820, false)
                                       : plain;
    pcap.add(base::Time{1'700'000'000'000'000'000 + std::int64_t{i} * 1'000}, frame);
    pcapng.packet(0, 1'700'000'000'000'000 + i, frame);
  }
  const test::TempFolder folder;
  pcap.write(folder.file("x.pcap"));
  pcapng.write(folder.file("x.pcapng"));
  for (const char* name : {"x.pcap", "x.pcapng"}) {
    std::uint64_t packets = 0;
    CHECK(allocations_of(folder.file(name), packets) == 0);
    CHECK(packets == 10'000);
  }
}
