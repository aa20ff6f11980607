#pragma once
// Reads from a message's head what framing, pairing and listing need; everything else stays text.

#include <cstdint>
#include <string_view>

#include "spider/base/wide_registers.h"

#include "parse/decoders/http1/message.h"

namespace spider::parse::http1 {

// Fills framing and the field references of `message` from its head, which begins with the start
// line and is whole, or as whole as it will ever be. Marks the lines that may be `wanted`. `wide`
// only where the processor has them; what is read is the same.
void read_fields(Message& message, const meaning::Wanted& wanted,
                 bool wide = base::has_wide_registers());

// One header line, with its folds, that is not kept in the head because the head is too long
// already: only what decides the framing is taken from it.
void read_framing_line(std::string_view line, Message& message);
// Such a line of which this is only the beginning: it is a length or a coding that is not known.
void framing_line_too_long(std::string_view line, Message& message);
// Does `line` decide the framing, or may it, when more of its name follows?
[[nodiscard]] bool may_frame(std::string_view line) noexcept;

enum class BodyKind : std::uint8_t {
  none,
  length,
  chunked,
  until_close,  // responses only
  unknown,      // requests whose framing cannot be right: nothing can be said about what follows
  tunnel        // what follows is another protocol, in both directions
};

struct BodyRule {
  BodyKind kind = BodyKind::none;
  std::uint64_t length = 0;
  // Which request is answered is not certain: perhaps a HEAD, and then no body comes.
  bool unsure = false;
  // No request was seen at all, so nothing speaks against the head but the client's next one.
  bool alone = false;
};

// RFC 9112 6.3, in its order. `method` is that of the request answered, empty when not known.
[[nodiscard]] BodyRule request_body(Message& request);
[[nodiscard]] BodyRule response_body(Message& response, std::string_view method);

}  // namespace spider::parse::http1
