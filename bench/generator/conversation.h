#pragma once
// Conversation: one TCP connection that speaks HTTP/1.1, as the list of its frames and the truth
// about its exchanges. Noise: what a network carries besides.

#include <cstdint>
#include <string>
#include <vector>

#include "generator/random.h"
#include "generator/wire.h"

namespace spider::bench {

enum class Profile : std::uint8_t {
  small,  // short answers, as APIs give
  large,  // downloads and uploads
  noise,  // small, with most packets being no HTTP at all
  mixed,  // long connections, pipelines, uploads that ask first, HEAD, short and long bodies
};

// What really happened, for comparison with what is found.
struct Exchange {
  std::uint64_t start_ns = 0;   // frame with the request's first byte
  std::uint64_t answer_ns = 0;  // frame with the response's first byte
  std::uint64_t end_ns = 0;     // frame that completed the response
  std::string method;
  std::string path;
  std::uint32_t status = 0;
  std::uint64_t request_body_bytes = 0;
  std::uint64_t response_body_bytes = 0;
  bool intact = true;  // every frame with its bytes was captured
};

struct Conversation {
  Host client;
  Host server;
  std::vector<Exchange> exchanges;
  std::vector<Frame> frames;  // in order of time
};

[[nodiscard]] Conversation make_conversation(Random& random, Profile profile, std::uint64_t number,
                                             std::uint64_t start_ns);

// A burst of frames that hold no HTTP: ARP, DNS-like UDP, opaque TCP.
[[nodiscard]] std::vector<Frame> make_noise(Random& random, std::uint64_t number,
                                            std::uint64_t start_ns);

}  // namespace spider::bench
