#pragma once
// StepStore: a temporary store with two sources whose communications begin a step apart, in small
// blocks, so that there are many runs of them. Threads: an executor with a thread for each part.

#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "spider/query/executor.h"
#include "spider/store/store.h"
#include "spider/store/store_reader.h"
#include "spider/store/store_writer.h"

#include "support/records.h"

namespace spider::test {

constexpr std::int64_t kStep = 1'000'000;  // between starts

class StepStore {
 public:
  // Every so many communications one lasts so long that its block reaches over many others.
  StepStore(std::uint32_t block_rows, int long_every) : long_every_(long_every) {
    store::StoreConfig config;
    config.path = (folder_.path() / "store").string();
    config.block_rows = block_rows;
    auto opened = store::Store::open(config);
    REQUIRE(opened);
    store_ = std::move(*opened);
    for (const char* name : {"east", "west"}) {
      const auto source = store_->source(name, "UPLOAD");
      REQUIRE(source);
      sources_.push_back(*source);
    }
  }
  virtual ~StepStore() = default;
  StepStore(const StepStore&) = delete;
  StepStore& operator=(const StepStore&) = delete;

  // Of each source in turn.
  void add(int count) {
    for (std::size_t s = 0; s < sources_.size(); ++s) {
      model::RecordBatch batch(4U << 20U, 4U << 20U, 16);
      batch.source = sources_[s];
      for (int n = 0; n < count; ++n) {
        const int i = next_ + n;
        model::Communication c;
        c.session = {sources_[s], {i * kStep}, static_cast<std::uint64_t>(i) + 1};
        c.start = {i * kStep + static_cast<std::int64_t>(s)};
        c.end = {c.start.ns + 400 + i * 7919LL % 2'000 + (i % long_every_ == 0 ? 500 * kStep : 0)};
        c.method = batch.text.put(i % 3 == 0 ? "POST" : "GET");
        constexpr std::uint16_t kStatus[] = {200, 204, 304, 404, 500, 0};
        c.status = kStatus[static_cast<std::size_t>(i % 11) % std::size(kStatus)];
        fill(c, batch, i);
        batch.communications.push_back(c);
      }
      REQUIRE(store_->writer().add(batch));
      REQUIRE(store_->writer().flush());
    }
    next_ += count;
  }
  void remove_before(base::Time time) { REQUIRE(store_->writer().purge_before(sources_[0], time)); }
  [[nodiscard]] std::unique_ptr<store::StoreSnapshot> snapshot() const {
    return store_->reader().snapshot();
  }
  [[nodiscard]] model::SourceId source() const { return sources_[0]; }
  [[nodiscard]] base::Time end() const { return {next_ * kStep}; }

 private:
  // The rest of the i-th communication of a source.
  virtual void fill(model::Communication& c, model::RecordBatch& batch, int i) const = 0;

  const int long_every_;
  TemporaryFolder folder_;
  std::unique_ptr<store::Store> store_;
  std::vector<model::SourceId> sources_;
  int next_ = 0;
};

class Threads final : public query::Executor {
 public:
  void run(std::size_t count, const std::function<void(std::size_t)>& part) const override {
    std::vector<std::thread> threads;
    for (std::size_t i = count; i-- > 0;) threads.emplace_back([&part, i] { part(i); });
    for (std::thread& thread : threads) thread.join();
  }
  [[nodiscard]] bool cancelled() const noexcept override { return false; }
};

}  // namespace spider::test
