#include "spider/store/pack_encoder.h"

#include <algorithm>

#include "store/format/packs.h"

namespace spider::store {

struct PackEncoder::Impl {
  format::Compressor compressor;

  void encode(base::Bytes bytes, model::PackSegments& out) {
    if (!out.ends.empty()) return;
    for (std::size_t at = 0; at < bytes.size(); at += format::kSegmentBytes) {
      const std::size_t n = std::min(format::kSegmentBytes, bytes.size() - at);
      format::encode_segment(bytes.subspan(at, n), format::Codec::lz4, compressor, out.bytes);
      out.ends.push_back(out.bytes.size());
    }
  }
};

PackEncoder::PackEncoder() : impl_(std::make_unique<Impl>()) {}
PackEncoder::~PackEncoder() = default;

void PackEncoder::encode(model::RecordBatch& batch) {
  impl_->encode(batch.bodies.all(), batch.body_segments);
  impl_->encode(batch.frames.all(), batch.frame_segments);
}

}  // namespace spider::store
