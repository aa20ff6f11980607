#include "spider/store/pack_encoder.h"

#include <algorithm>

#include "store/database.h"
#include "store/format/keys.h"
#include "store/format/packs.h"
#include "store/format/seal.h"

namespace spider::store {

struct PackEncoder::Impl {
  format::Compressor compressor;

  void encode(base::Bytes bytes, Family family, model::SourceId source, std::uint64_t pack,
              model::PackSegments& out) {
    if (!out.ends.empty()) return;
    for (std::size_t at = 0; at < bytes.size(); at += format::kSegmentBytes) {
      const std::size_t n = std::min(format::kSegmentBytes, bytes.size() - at);
      const std::size_t begin = out.bytes.size();
      format::encode_segment(bytes.subspan(at, n), format::Codec::lz4, compressor, out.bytes);
      const auto seal = format::seal_of(
          sealed_as(family),
          format::segment_key(source, pack, static_cast<std::uint16_t>(out.ends.size())),
          std::string_view(out.bytes).substr(begin));
      out.bytes.append(seal.data(), seal.size());
      out.ends.push_back(out.bytes.size());
    }
  }
};

PackEncoder::PackEncoder() : impl_(std::make_unique<Impl>()) {}
PackEncoder::~PackEncoder() = default;

void PackEncoder::encode(model::RecordBatch& batch) {
  impl_->encode(batch.bodies.all(), Family::body, batch.source, batch.body_pack,
                batch.body_segments);
  impl_->encode(batch.frames.all(), Family::packet, batch.source, batch.packet_pack,
                batch.frame_segments);
}

}  // namespace spider::store
