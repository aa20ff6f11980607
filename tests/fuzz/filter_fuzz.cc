// Capture filters of any text, tried on frames of any bytes: libpcap's compiler refuses or makes a
// program, and the program ends.
//
// Input: two bytes of the expression's length, a byte that chooses the link type, the expression,
// the frame.

#include <algorithm>
#include <array>
#include <string>

#include "spider/base/check.h"

#include "capture/filter.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace spider;
  constexpr std::array<std::uint16_t, 6> kLinkTypes = {1, 101, 113, 276, 0, 105};
  if (size < 3 || size > 4'096) return 0;
  const std::size_t length =
      std::min<std::size_t>((data[0] | std::size_t{data[1]} << 8U) % 300, size - 3);
  std::string expression(reinterpret_cast<const char*>(data) + 3, length);
  auto filter = capture::Filter::make(std::move(expression));
  if (!filter) {
    SPIDER_CHECK(!filter.error().detail.empty(), "an error says what it is");
    return 0;
  }
  const base::Bytes frame{data + 3 + length, size - 3 - length};
  for (int i = 0; i < 2; ++i)  // the second time the program is there already
    static_cast<void>(
        filter->matches({base::Time{1}, frame, static_cast<std::uint32_t>(frame.size()),
                         kLinkTypes[data[2] % kLinkTypes.size()]}));
  return 0;
}
