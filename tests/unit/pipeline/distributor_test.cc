#include "pipeline/distributor.h"

#include <chrono>
#include <set>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

using namespace spider;
using pipeline::Distributor;
using pipeline::Doorbell;
using pipeline::PacketRing;
using pipeline::Run;

namespace {

constexpr std::size_t kBatchBytes = 384U << 10U;

std::unique_ptr<Run> make_run(bool live, std::size_t shards, Doorbell& bell) {
  auto run = std::make_unique<Run>();
  run->live = live;
  for (std::size_t i = 0; i < shards; ++i)
    run->rings.push_back(std::make_unique<PacketRing>(2 * kBatchBytes, kBatchBytes, bell));
  return run;
}

model::Packet packet_of(std::uint64_t number, std::uint8_t lane) {
  model::Packet p;
  p.number = number;
  p.time = base::Time::from_us(static_cast<std::int64_t>(number));
  p.lane = lane;
  p.captured_bytes = 100;
  return p;
}

}  // namespace

TEST_CASE("a live source sheds whole packets when the ring is full and says so", "[pipeline]") {
  Doorbell bell;
  const auto run = make_run(true, 1, bell);
  Distributor distributor(*run);
  const std::vector<std::uint8_t> frame(100, 0xAB);
  std::uint64_t taken = 0;
  std::uint64_t refused = 0;
  for (std::uint64_t i = 1; i <= 20'000; ++i) {
    model::Packet p = packet_of(i, 0);
    (distributor.on_packet(p, frame, {}) ? taken : refused) += 1;
  }
  CHECK(refused > 0);
  std::uint64_t seen = 0;
  while (model::PacketBatch* batch = run->rings[0]->take_filled()) seen += batch->packets().size();
  // What was taken but is not in a submitted batch is in the open one, of which there is none when
  // the last packets were refused.
  CHECK(seen == taken);
  CHECK(taken + refused == 20'000);
}

TEST_CASE("a file waits for room and loses nothing", "[pipeline][concurrency]") {
  Doorbell bell;
  const auto run = make_run(false, 2, bell);
  std::uint64_t seen[2] = {0, 0};
  std::uint64_t last[2] = {0, 0};
  bool in_order[2] = {true, true};
  std::vector<std::thread> consumers;
  for (std::size_t shard = 0; shard < 2; ++shard) {
    consumers.emplace_back([&, shard] {
      for (bool ended = false; !ended;) {
        model::PacketBatch* batch = run->rings[shard]->take_filled();
        if (batch == nullptr) {
          std::this_thread::yield();
          continue;
        }
        for (const model::Packet& p : batch->packets()) {
          in_order[shard] = in_order[shard] && p.number > last[shard] && p.lane % 2 == shard;
          last[shard] = p.number;
          ++seen[shard];
        }
        ended = batch->end_of_source;
        run->rings[shard]->give_back(batch);
      }
    });
  }
  Distributor distributor(*run);
  const std::vector<std::uint8_t> frame(100, 1);
  for (std::uint64_t i = 1; i <= 50'000; ++i)
    REQUIRE(distributor.on_packet(packet_of(i, static_cast<std::uint8_t>(i % model::kLanes)), frame,
                                  {}));
  model::QualityLog quality;
  distributor.end(base::Time{}, quality);
  for (std::thread& t : consumers) t.join();
  CHECK(in_order[0]);
  CHECK(in_order[1]);
  CHECK(seen[0] + seen[1] == 50'000);
}

TEST_CASE("what was booked while the ring was full is not lost", "[pipeline]") {
  Doorbell bell;
  const auto run = make_run(true, 1, bell);
  Distributor distributor(*run);
  model::QualityLog quality;
  const std::vector<std::uint8_t> frame(100, 1);
  while (distributor.on_packet(packet_of(1, 0), frame, {})) {
  }
  quality.add(base::Time{}, model::Quality::ring_dropped, 5);
  distributor.flush(base::Time{}, quality);
  CHECK(quality.at(base::Time{})[model::Quality::ring_dropped] == 5);  // no room: kept for later
  run->rings[0]->give_back(run->rings[0]->take_filled());
  distributor.flush(base::Time{}, quality);
  CHECK(quality.empty());
  model::QualityLog arrived;
  while (model::PacketBatch* batch = run->rings[0]->take_filled()) arrived.take(batch->quality);
  CHECK(arrived.at(base::Time{})[model::Quality::ring_dropped] == 5);
}

TEST_CASE("a frame longer than any snaplen is cut and its payload with it", "[pipeline]") {
  Doorbell bell;
  const auto run = make_run(false, 1, bell);
  Distributor distributor(*run);
  const std::vector<std::uint8_t> frame(300'000, 7);
  model::Packet p = packet_of(1, 0);
  p.captured_bytes = 300'000;
  p.payload_offset = 54;
  p.payload_bytes = p.payload_wire_bytes = 300'000 - 54;
  REQUIRE(distributor.on_packet(p, frame, {}));
  model::QualityLog quality;
  distributor.flush(base::Time{}, quality);
  model::PacketBatch* batch = run->rings[0]->take_filled();
  REQUIRE(batch != nullptr);
  CHECK(batch->packets()[0].captured_bytes == 262'144);
  CHECK(batch->packets()[0].payload_bytes == 262'144 - 54);
  CHECK(batch->packets()[0].payload_wire_bytes == 300'000 - 54);
}

TEST_CASE("a live source leaves packets in the kernel while its buffer has room", "[pipeline]") {
  Doorbell bell;
  const auto run = make_run(true, 1, bell);
  Distributor distributor(*run);
  const std::vector<std::uint8_t> frame(1'000, 1);
  std::uint64_t taken = 0;
  std::thread shard([&] {
    for (int batch = 0; batch < 4;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      if (model::PacketBatch* filled = run->rings[0]->take_filled()) {
        run->rings[0]->give_back(filled);
        ++batch;
      }
    }
  });
  // About five batches, as fast as they go: the two of the ring are soon full.
  for (std::uint64_t i = 1; i <= 1'800; ++i) {
    model::Packet p = packet_of(i, 0);
    p.time = base::Time::now();
    taken += distributor.on_packet(p, frame, {}) ? 1U : 0U;
  }
  shard.join();
  CHECK(taken == 1'800);
}

TEST_CASE("a live source whose shard stands still sheds before the kernel has to", "[pipeline]") {
  Doorbell bell;
  const auto run = make_run(true, 1, bell);
  run->whisperer.buffer_mib = 1;
  Distributor distributor(*run);
  const std::vector<std::uint8_t> frame(1'000, 1);
  const auto began = std::chrono::steady_clock::now();
  std::uint64_t refused = 0;
  for (std::uint64_t i = 1; i <= 5'000; ++i) {
    model::Packet p = packet_of(i, 0);
    p.time = base::Time::now();
    refused += distributor.on_packet(p, frame, {}) ? 0U : 1U;
    if (refused == 3) break;
  }
  CHECK(refused == 3);
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(4));
}

TEST_CASE("the batch that came back last is filled first", "[pipeline]") {
  Doorbell bell;
  PacketRing ring(4 * kBatchBytes, kBatchBytes, bell);
  model::PacketBatch* first = ring.take_empty();
  model::PacketBatch* second = ring.take_empty();
  ring.submit(first);
  ring.submit(second);
  ring.give_back(ring.take_filled());
  CHECK(ring.take_empty() == first);
  ring.give_back(ring.take_filled());
  CHECK(ring.take_empty() == second);
  CHECK(ring.take_empty() != nullptr);
  CHECK(ring.take_empty() != nullptr);
  CHECK(ring.take_empty() == nullptr);
}
