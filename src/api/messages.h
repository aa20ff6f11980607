#pragma once
// One side of an exchange as JSON, and what its head says about its body.

#include <string>
#include <string_view>

#include "spider/base/code.h"
#include "spider/query/json_writer.h"
#include "spider/query/record_json.h"
#include "spider/store/schema.h"

#include "api/answer.h"

namespace spider::api {

// The {} of an address as an id. Error: not_found, as for one that is not stored.
[[nodiscard]] base::Result<model::CommunicationId> communication_id(const Request& request);
[[nodiscard]] base::Result<model::SessionId> session_id(const Request& request);

// Fields start_line, headers, trailers.
void write_head(query::JsonWriter& json, const store::MessageDetail& message);
// The value: an object, or null when the message was not seen.
void write_message(query::JsonWriter& json, const store::MessageDetail& message,
                   query::TimeForm form);
void write_code(query::JsonWriter& json, const base::CodeInfo& code);

// Value of a header as on the wire, several joined as RFC 9110 section 5.3 says; empty for none.
[[nodiscard]] std::string header(const store::MessageDetail& message, std::string_view name);
// "text/html" of "Text/HTML; charset=x"; lower case.
[[nodiscard]] std::string media_type(std::string_view content_type);
// The body has content codings that can be taken off.
[[nodiscard]] bool decodable(const store::MessageDetail& message);
// none, whole, capped or not_saved.
[[nodiscard]] std::string_view body_state(const store::MessageDetail& message);

}  // namespace spider::api
