#pragma once
// Protocols that are not read, known by how their first bytes must be. So whoever looks for
// communications that are not there is told what the bytes are, and no more than they prove.

#include <optional>

#include "spider/base/byte_reader.h"
#include "spider/base/code.h"

namespace spider::parse {

// `first`: the first bytes of a direction, as many as there are; of none is more waited for. The
// code that says what begins there; none when nothing is certain.
[[nodiscard]] std::optional<base::Code> begins_as(base::Bytes first) noexcept;

}  // namespace spider::parse
