#pragma once
// KnownStore: a temporary store with two whisperers' seeded communications, committed piece by
// piece, beside the plain list of what is in it.

#include <algorithm>
#include <memory>
#include <vector>

#include <catch2/catch.hpp>

#include "spider/store/store.h"
#include "spider/store/store_reader.h"
#include "spider/store/store_writer.h"

#include "support/records.h"

namespace spider::test {

class KnownStore {
 public:
  explicit KnownStore(std::uint64_t seed, std::size_t pieces = 12, RecordShape shape = {}) {
    store::StoreConfig config;
    config.path = (folder_.path() / "store").string();
    config.block_rows = 256;
    config.cache_mib = 8;
    auto opened = store::Store::open(config);
    REQUIRE(opened);
    store_ = std::move(*opened);
    for (const char* name : {"north", "south"}) {
      const auto source = store_->source(name, "UPLOAD");
      REQUIRE(source);
      sources_.push_back(*source);
      makers_.emplace_back(*source, seed + sources_.size(), shape);
    }
    for (std::size_t i = 0; i < pieces; ++i) add(40 + seed % 7 + 61 * (i % 3));
  }

  // One more piece for each whisperer, in turn.
  void add(std::size_t count) {
    for (RecordMaker& maker : makers_) {
      auto more = maker.communications(batch_, count, store_->next_pack_id());
      REQUIRE(store_->writer().add(batch_));
      REQUIRE(store_->writer().commit());
      known_.insert(known_.end(), std::make_move_iterator(more.begin()),
                    std::make_move_iterator(more.end()));
    }
    std::sort(known_.begin(), known_.end(),
              [](const KnownCommunication& a, const KnownCommunication& b) {
                if (a.start != b.start) return a.start < b.start;
                return a.id < b.id;
              });
  }

  [[nodiscard]] store::Store& store() { return *store_; }
  [[nodiscard]] const std::vector<model::SourceId>& sources() const { return sources_; }
  // Ordered by start.
  [[nodiscard]] const std::vector<KnownCommunication>& known() const { return known_; }
  [[nodiscard]] base::Time first() const { return known_.front().start; }
  [[nodiscard]] base::Time last() const {
    base::Time out = base::Time::min();
    for (const KnownCommunication& k : known_) out = std::max(out, k.end);
    return out;
  }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<store::Store> store_;
  std::vector<model::SourceId> sources_;
  std::vector<RecordMaker> makers_;
  model::RecordBatch batch_{4U << 20U, 4U << 20U, 1U << 20U};
  std::vector<KnownCommunication> known_;
};

}  // namespace spider::test
