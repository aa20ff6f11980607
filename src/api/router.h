#pragma once
// Router: one table of every address and method. A pattern's {} stands for one segment.

#include <span>
#include <string>
#include <string_view>

#include "api/answer.h"
#include "api/context.h"

namespace spider::api {

using Handler = base::Result<Answer> (*)(const Context& context, const Request& request);

struct Route {
  std::string_view pattern;
  std::string_view method;
  Handler handler;  // null: answered by the connection itself (imports)
};

[[nodiscard]] std::span<const Route> routes();

// Fills in request.parts. Errors: no_such_resource, method_not_allowed. HEAD finds the route of
// GET.
[[nodiscard]] base::Result<const Route*> find_route(Request& request);
// "GET, HEAD, OPTIONS" of a path; empty when there is no such resource.
[[nodiscard]] std::string allowed_methods(std::string_view path);

// The answer to a request, problems included. Never throws.
[[nodiscard]] Answer answer_to(const Context& context, Request& request);

// Route handlers, by resource.
base::Result<Answer> get_root(const Context& context, const Request& request);
base::Result<Answer> get_openapi(const Context& context, const Request& request);
base::Result<Answer> list_communications(const Context& context, const Request& request);
base::Result<Answer> get_communication(const Context& context, const Request& request);
base::Result<Answer> get_headers(const Context& context, const Request& request);
base::Result<Answer> get_request_body(const Context& context, const Request& request);
base::Result<Answer> get_response_body(const Context& context, const Request& request);
base::Result<Answer> get_export(const Context& context, const Request& request);
base::Result<Answer> get_export_state(const Context& context, const Request& request);
base::Result<Answer> stop_export(const Context& context, const Request& request);
base::Result<Answer> get_live(const Context& context, const Request& request);
base::Result<Answer> list_sessions(const Context& context, const Request& request);
base::Result<Answer> get_session(const Context& context, const Request& request);
base::Result<Answer> get_packets(const Context& context, const Request& request);
base::Result<Answer> get_packets_pcap(const Context& context, const Request& request);
base::Result<Answer> get_timeline(const Context& context, const Request& request);
base::Result<Answer> get_statistics(const Context& context, const Request& request);
base::Result<Answer> get_query_parse(const Context& context, const Request& request);
base::Result<Answer> get_complete(const Context& context, const Request& request);
base::Result<Answer> get_facets(const Context& context, const Request& request);
base::Result<Answer> get_search(const Context& context, const Request& request);
base::Result<Answer> get_quality(const Context& context, const Request& request);
base::Result<Answer> list_hosts(const Context& context, const Request& request);
base::Result<Answer> get_explain(const Context& context, const Request& request);
base::Result<Answer> get_books(const Context& context, const Request& request);
base::Result<Answer> list_whisperers(const Context& context, const Request& request);
base::Result<Answer> get_whisperer(const Context& context, const Request& request);
base::Result<Answer> post_whisperer(const Context& context, const Request& request);
base::Result<Answer> patch_whisperer(const Context& context, const Request& request);
base::Result<Answer> delete_whisperer(const Context& context, const Request& request);
base::Result<Answer> delete_changes(const Context& context, const Request& request);
base::Result<Answer> get_kept_data(const Context& context, const Request& request);
base::Result<Answer> delete_kept_data(const Context& context, const Request& request);
base::Result<Answer> get_whisperer_states(const Context& context, const Request& request);
base::Result<Answer> get_whisperer_saving(const Context& context, const Request& request);
base::Result<Answer> get_observations(const Context& context, const Request& request);
base::Result<Answer> start_whisperer(const Context& context, const Request& request);
base::Result<Answer> stop_whisperer(const Context& context, const Request& request);
base::Result<Answer> list_uploads(const Context& context, const Request& request);
base::Result<Answer> delete_uploads(const Context& context, const Request& request);
base::Result<Answer> get_upload(const Context& context, const Request& request);
base::Result<Answer> delete_upload(const Context& context, const Request& request);
base::Result<Answer> cancel_upload(const Context& context, const Request& request);
base::Result<Answer> get_status(const Context& context, const Request& request);
base::Result<Answer> get_config(const Context& context, const Request& request);
base::Result<Answer> list_codes(const Context& context, const Request& request);
base::Result<Answer> list_counters(const Context& context, const Request& request);
// What a finished import says.
Answer import_answer(const Context& context, const std::string& file, const std::string& whisperer,
                     double seconds, const model::ImportResult& result);
// "upload": {...}, which upload an import became and whether another one had the same content.
void write_upload_of_import(query::JsonWriter& json, const Context& context,
                            model::SourceId upload);

}  // namespace spider::api
