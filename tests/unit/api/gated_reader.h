#pragma once
// GatedReader: a store's reader whose heads and bodies are not read before the test opens the gate;
// who reads them meanwhile waits, and asks again and again whether to go on, so that what happens
// during a scan can be seen without any clock.

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "support/forwarding_snapshot.h"

namespace spider::test {

struct Gate {
  std::atomic<bool> open{false};
  std::atomic<int> waiting{0};  // scans that are at the gate now
};

class GatedSnapshot final : public ForwardingSnapshot {
 public:
  GatedSnapshot(std::unique_ptr<store::StoreSnapshot> inner, Gate& gate)
      : ForwardingSnapshot(std::move(inner)), gate_(gate) {}

  // The first row is shown to the visitor over and over while the gate is shut.
  base::Result<void> http_details(const store::BlockInfo& block,
                                  std::span<const std::uint32_t> rows,
                                  const DetailVisit& visit) const override {
    if (rows.empty()) return {};
    ++gate_.waiting;
    base::Result<void> out;
    while (out && !gate_.open.load()) {
      out = inner().http_details(block, rows.subspan(0, 1), visit);
      std::this_thread::yield();
    }
    --gate_.waiting;
    if (!out) return out;
    return inner().http_details(block, rows, visit);
  }

 private:
  Gate& gate_;
};

class GatedReader final : public store::StoreReader {
 public:
  GatedReader(const store::StoreReader& inner, Gate& gate) : inner_(inner), gate_(gate) {}
  [[nodiscard]] std::unique_ptr<store::StoreSnapshot> snapshot() const override {
    return std::make_unique<GatedSnapshot>(inner_.snapshot(), gate_);
  }
  [[nodiscard]] std::uint64_t version() const noexcept override { return inner_.version(); }
  [[nodiscard]] std::vector<store::FamilySize> sizes() const override { return inner_.sizes(); }

 private:
  const store::StoreReader& inner_;
  Gate& gate_;
};

}  // namespace spider::test
