#pragma once
// PackEncoder: makes of a batch's body bytes and frames what the store writes. Compressing them is
// the most work that a batch needs, so a shard does it, and the one writer need not. Owned by one
// thread.

#include <memory>

#include "spider/model/record_batch.h"

namespace spider::store {

class PackEncoder {
 public:
  PackEncoder();
  ~PackEncoder();
  PackEncoder(const PackEncoder&) = delete;
  PackEncoder& operator=(const PackEncoder&) = delete;

  // Fills `body_segments` and `frame_segments`, where that has not been done; nothing may be added
  // to the packs afterwards.
  void encode(model::RecordBatch& batch);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace spider::store
