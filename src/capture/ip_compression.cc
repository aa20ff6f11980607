#include "capture/ip_compression.h"

#include <array>

#include <zlib.h>

namespace spider::capture {

struct IpCompression::State {
  z_stream zlib{};
  std::array<std::uint8_t, 65'535> out;
  bool usable;

  State() : usable(inflateInit2(&zlib, -MAX_WBITS) == Z_OK) {}  // negative: without zlib's header
  ~State() {
    if (usable) inflateEnd(&zlib);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

IpCompression::IpCompression() = default;
IpCompression::~IpCompression() = default;

base::Bytes IpCompression::inflate(base::Bytes compressed) {
  if (state_ == nullptr) state_ = std::make_unique<State>();
  State& s = *state_;
  if (!s.usable || inflateReset(&s.zlib) != Z_OK) return {};
  s.zlib.next_in = const_cast<Bytef*>(compressed.data());
  s.zlib.avail_in = static_cast<uInt>(compressed.size());
  s.zlib.next_out = s.out.data();
  s.zlib.avail_out = static_cast<uInt>(s.out.size());
  if (::inflate(&s.zlib, Z_FINISH) != Z_STREAM_END) return {};
  return {s.out.data(), s.out.size() - s.zlib.avail_out};
}

}  // namespace spider::capture
