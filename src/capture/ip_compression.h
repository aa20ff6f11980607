#pragma once
// IpCompression: the content of IPComp packets (RFC 3173), compressed one by one with DEFLATE
// (RFC 2394). Buffers are made at the first such packet and used again. One thread.

#include <cstdint>
#include <memory>

#include "spider/base/byte_reader.h"

namespace spider::capture {

class IpCompression {
 public:
  IpCompression();
  ~IpCompression();

  // The content, valid until the next call; empty when it is not whole DEFLATE data, or longer than
  // a datagram can be.
  [[nodiscard]] base::Bytes inflate(base::Bytes compressed);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace spider::capture
