#include "spider/base/content_hash.h"

#include <fmt/format.h>

// The functions are compiled into this file: no other version of the library can be picked up.
#define XXH_INLINE_ALL
#include <xxhash.h>

#ifdef __x86_64__
// But for this one of xxh_x86dispatch.h, which cannot be included beside inlined functions: it
// takes the widest registers that this processor has. The state's layout is part of the stable
// interface.
extern "C" XXH_errorcode XXH3_128bits_update_dispatch(XXH3_state_t* state, const void* input,
                                                      std::size_t bytes);
#endif

namespace spider::base {

struct ContentHash::State {
  XXH3_state_t xxh;
};

ContentHash::ContentHash() : state_(std::make_unique<State>()) {
  (void)XXH3_128bits_reset(&state_->xxh);
}
ContentHash::~ContentHash() = default;

void ContentHash::add(Bytes bytes) {
#ifdef __x86_64__
  (void)XXH3_128bits_update_dispatch(&state_->xxh, bytes.data(), bytes.size());
#else
  (void)XXH3_128bits_update(&state_->xxh, bytes.data(), bytes.size());
#endif
}

std::string ContentHash::value() const {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(&state_->xxh));
  return {reinterpret_cast<const char*>(canonical.digest), sizeof canonical.digest};
}

std::string to_hex(std::string_view bytes) {
  std::string out;
  out.reserve(2 * bytes.size());
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

}  // namespace spider::base
