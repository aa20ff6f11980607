#pragma once
// Base64 with padding (RFC 4648 section 4): for bytes that stand in JSON. Any thread; no state.

#include <string>

#include "spider/base/byte_reader.h"

namespace spider::query {

// Appends to `out`.
void append_base64(std::string& out, base::Bytes bytes);

}  // namespace spider::query
