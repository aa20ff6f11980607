// What it costs to hand something from one thread to another: the ring alone, and a batch pointer
// per hand-over as the pipeline does it.

#include <atomic>
#include <cstdint>
#include <thread>

#include <benchmark/benchmark.h>

#include "spider/base/spsc_ring.h"

namespace {

using spider::base::SpscRing;

// One thread: the cost without another processor's cache in the way.
void push_and_pop(benchmark::State& state) {
  SpscRing<std::uint64_t> ring(1'024);
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  for (auto _ : state) {
    ++in;
    benchmark::DoNotOptimize(ring.try_push(in));
    benchmark::DoNotOptimize(ring.try_pop(out));
  }
  if (in != out) state.SkipWithError("the ring lost a value");
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(push_and_pop);

// Two threads, a ring of `slots`; each iteration hands 4,096 values over.
void hand_over(benchmark::State& state) {
  constexpr std::uint64_t kValues = 4'096;
  SpscRing<std::uint64_t> ring(static_cast<std::size_t>(state.range(0)));
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> taken{0};
  std::thread consumer([&] {
    std::uint64_t value = 0;
    std::uint64_t count = 0;
    while (!stop.load(std::memory_order_relaxed)) {
      if (ring.try_pop(value)) {
        taken.store(++count, std::memory_order_release);
      } else {
        std::this_thread::yield();
      }
    }
  });
  std::uint64_t given = 0;
  for (auto _ : state) {
    for (std::uint64_t i = 0; i < kValues; ++i) {
      std::uint64_t value = ++given;
      while (!ring.try_push(value)) std::this_thread::yield();
    }
    while (taken.load(std::memory_order_acquire) != given) std::this_thread::yield();
  }
  stop = true;
  consumer.join();
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kValues));
}
BENCHMARK(hand_over)->Arg(64)->Arg(4'096)->UseRealTime();

}  // namespace
