#pragma once
// Rows `host/` of the family meta: the names that DNS answers gave to an address.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spider/model/address.h"
#include "spider/store/host_book.h"

#include "store/format/fields.h"

namespace spider::store::format {

inline constexpr std::string_view kHostPrefix = "host/";

[[nodiscard]] std::string host_key(const model::IpAddress& address);
[[nodiscard]] std::optional<model::IpAddress> parse_host_key(std::string_view key);

[[nodiscard]] std::string encode_host(const std::vector<HostName>& names);
// Names that no host has, twice the same, too many, or last seen before they were first: corrupt.
[[nodiscard]] ValueState decode_host(base::Bytes value, std::vector<HostName>& out);

}  // namespace spider::store::format
