#pragma once
// Pieces of a HAR entry that are read from heads. HAR 1.2:
// http://www.softwareishard.com/blog/har-12-spec/
// Any thread; no state.

#include <optional>
#include <string>
#include <string_view>

#include "spider/base/time.h"
#include "spider/query/json_writer.h"
#include "spider/query/records.h"
#include "spider/store/schema.h"

namespace spider::query {

// The absolute address that was asked for (RFC 9112 section 3.3): the target when it is one, else
// http, the Host header (the server's address without one) and the target. Bytes that no address
// may hold are percent-encoded.
[[nodiscard]] std::string har_url(const CommunicationRow& row);

// "headers": [...], as on the wire; trailers behind them.
void har_headers(JsonWriter& json, const store::MessageDetail& message);
// "queryString": [...], names and values as on the wire.
void har_query(JsonWriter& json, std::string_view target);
// "cookies": [...] of the Cookie headers (RFC 6265 section 4.2), of the Set-Cookie ones (4.1).
void har_request_cookies(JsonWriter& json, const store::MessageDetail& message);
void har_response_cookies(JsonWriter& json, const store::MessageDetail& message);

// "Sun, 06 Nov 1994 08:49:37 GMT" and the forms that were once in use (RFC 9110 section 5.6.7, and
// with - between day, month and year as cookies have it).
[[nodiscard]] std::optional<base::Time> parse_http_date(std::string_view text);

// Milliseconds with every decimal that is needed.
[[nodiscard]] std::string har_milliseconds(base::Duration duration);

}  // namespace spider::query
