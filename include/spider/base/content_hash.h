#pragma once
// ContentHash: the XXH3-128 of bytes that come piece by piece, to know a file again. It tells files
// apart that differ by chance; somebody who wants to can make two with one hash, so nothing may be
// refused or removed for it alone. One thread at a time; tens of bytes a nanosecond.

#include <memory>
#include <string>
#include <string_view>

#include "spider/base/byte_reader.h"

namespace spider::base {

class ContentHash {
 public:
  ContentHash();
  ~ContentHash();
  ContentHash(const ContentHash&) = delete;
  ContentHash& operator=(const ContentHash&) = delete;

  void add(Bytes bytes);
  // Of what was added so far: 16 bytes, the canonical form of XXH128 (`xxhsum -H128` prints it).
  [[nodiscard]] std::string value() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The hash as people see it: lower-case hexadecimal.
[[nodiscard]] std::string to_hex(std::string_view bytes);

}  // namespace spider::base
