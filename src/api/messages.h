#pragma once
// One side of an exchange as JSON, and what its head says about its body.

#include <string>
#include <string_view>

#include "spider/base/code.h"
#include "spider/query/json_writer.h"
#include "spider/query/messages.h"
#include "spider/query/record_json.h"
#include "spider/store/schema.h"
#include "spider/store/store_reader.h"

#include "api/answer.h"
#include "api/context.h"

namespace spider::api {

// The {} of an address as an id. Error: not_found, as for one that is not stored.
[[nodiscard]] base::Result<model::CommunicationId> communication_id(const Request& request);
[[nodiscard]] base::Result<model::SessionId> session_id(const Request& request);

// Fields start_line, headers, trailers.
void write_head(query::JsonWriter& json, const store::MessageDetail& message);
// The value: an object, or null when the message was not seen.
// `state` is of its body.
void write_message(query::JsonWriter& json, const store::MessageDetail& message,
                   std::string_view state, query::TimeForm form);
// Error removed when the store has not all of the body's saved bytes any more.
[[nodiscard]] base::Result<void> check_body(const Context& context,
                                            const store::StoreSnapshot& snapshot,
                                            model::SourceId source,
                                            const store::MessageDetail& message);
void write_code(query::JsonWriter& json, const base::CodeInfo& code);

// What the head says about the body.
using query::body_state;
using query::decodable;
using query::header;
using query::media_type;

}  // namespace spider::api
