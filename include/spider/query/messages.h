#pragma once
// What the head of a stored message says about its body. Any thread; no state.

#include <string>
#include <string_view>

#include "spider/base/byte_reader.h"
#include "spider/store/schema.h"

namespace spider::query {

// Value of a header as on the wire, several joined as RFC 9110 section 5.3 says; empty for none.
[[nodiscard]] std::string header(const store::MessageDetail& message, std::string_view name);
// "text/html" of "Text/HTML; charset=x"; lower case.
[[nodiscard]] std::string media_type(std::string_view content_type);
// The body has content codings that can be taken off.
[[nodiscard]] bool decodable(const store::MessageDetail& message);
// Saved bytes before the body's first hole: as far as a content coding can be taken off. All of
// them when nothing is missing, or nobody knows where (stored before holes were).
[[nodiscard]] std::uint64_t bytes_before_hole(const store::MessageDetail& message);
// The saved bytes of `body` run by run: between two runs lies a hole. Stops when `visit` is true,
// and returns that.
template <class Visit>
[[nodiscard]] bool any_run(const store::MessageDetail& message, base::Bytes body, Visit&& visit) {
  std::uint64_t missing = 0;
  std::size_t from = 0;
  for (const model::BodyHole& hole : message.holes) {
    const std::uint64_t at = hole.offset - missing;
    if (at >= body.size()) break;
    missing += hole.bytes;
    if (at <= from) continue;
    if (visit(body.subspan(from, static_cast<std::size_t>(at) - from))) return true;
    from = static_cast<std::size_t>(at);
  }
  return visit(body.subspan(from));
}
// none, whole, capped or not_saved.
[[nodiscard]] std::string_view body_state(const store::MessageDetail& message);

}  // namespace spider::query
