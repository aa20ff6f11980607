#include "spider/base/content_hash.h"

#include <fmt/format.h>

#include "spider/base/check.h"

// The library's own, all of one build of it, since a state's layout is its alone. On x86-64 the
// second header puts those in place that take the widest registers this processor has.
#ifdef __x86_64__
#include <xxh_x86dispatch.h>
#else
#include <xxhash.h>
#endif

namespace spider::base {

struct ContentHash::State {
  State() { SPIDER_CHECK(xxh != nullptr, "xxHash gives its working memory"); }
  ~State() { (void)XXH3_freeState(xxh); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  XXH3_state_t* const xxh = XXH3_createState();
};

ContentHash::ContentHash() : state_(std::make_unique<State>()) {
  (void)XXH3_128bits_reset(state_->xxh);
}
ContentHash::~ContentHash() = default;

void ContentHash::add(Bytes bytes) {
  (void)XXH3_128bits_update(state_->xxh, bytes.data(), bytes.size());
}

std::string ContentHash::value() const {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state_->xxh));
  return {reinterpret_cast<const char*>(canonical.digest), sizeof canonical.digest};
}

std::string to_hex(std::string_view bytes) {
  std::string out;
  out.reserve(2 * bytes.size());
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

}  // namespace spider::base
