#include "api/router.h"

#include <exception>

#include <fmt/format.h>

#include "spider/api/codes.h"
#include "spider/base/codes.h"
#include "spider/base/log.h"
#include "spider/query/codes.h"

#include "api/assets.h"
#include "api/filter_text.h"
#include "api/problem.h"

namespace spider::api {
namespace {

constexpr Route kRoutes[] = {
    {"/api/v1/", "GET", &get_root},
    {"/api/v1", "GET", &get_root},
    {"/api/v1/openapi.yaml", "GET", &get_openapi},
    {"/api/v1/http-communications", "GET", &list_communications},
    {"/api/v1/http-communications/{}", "GET", &get_communication},
    {"/api/v1/http-communications/{}/headers", "GET", &get_headers},
    {"/api/v1/http-communications/{}/request/body", "GET", &get_request_body},
    {"/api/v1/http-communications/{}/response/body", "GET", &get_response_body},
    {"/api/v1/export", "GET", &get_export},
    {"/api/v1/export", "POST", &get_export},
    {"/api/v1/exports/{}", "GET", &get_export_state},
    {"/api/v1/exports/{}", "DELETE", &stop_export},
    {"/api/v1/live", "GET", &get_live},
    {"/api/v1/tcp-sessions", "GET", &list_sessions},
    {"/api/v1/tcp-sessions/{}", "GET", &get_session},
    {"/api/v1/tcp-sessions/{}/packets", "GET", &get_packets},
    {"/api/v1/tcp-sessions/{}/packets.pcap", "GET", &get_packets_pcap},
    {"/api/v1/timeline", "GET", &get_timeline},
    {"/api/v1/statistics", "GET", &get_statistics},
    {"/api/v1/query/parse", "GET", &get_query_parse},
    {"/api/v1/complete", "GET", &get_complete},
    {"/api/v1/facets", "GET", &get_facets},
    {"/api/v1/search", "GET", &get_search},
    {"/api/v1/quality", "GET", &get_quality},
    {"/api/v1/books", "GET", &get_books},
    {"/api/v1/hosts", "GET", &list_hosts},
    {"/api/v1/explain", "GET", &get_explain},
    {"/api/v1/whisperers", "GET", &list_whisperers},
    {"/api/v1/whisperers", "POST", &post_whisperer},
    {"/api/v1/whisperers/{}", "GET", &get_whisperer},
    {"/api/v1/whisperers/{}", "PATCH", &patch_whisperer},
    {"/api/v1/whisperers/{}", "DELETE", &delete_whisperer},
    {"/api/v1/whisperers/{}/changes", "DELETE", &delete_changes},
    {"/api/v1/whisperers/{}/data", "GET", &get_kept_data},
    {"/api/v1/whisperers/{}/data", "DELETE", &delete_kept_data},
    {"/api/v1/whisperers/{}/states", "GET", &get_whisperer_states},
    {"/api/v1/whisperers/{}/saving", "GET", &get_whisperer_saving},
    {"/api/v1/whisperers/{}/observations", "GET", &get_observations},
    {"/api/v1/whisperers/{}/start", "POST", &start_whisperer},
    {"/api/v1/whisperers/{}/stop", "POST", &stop_whisperer},
    {"/api/v1/uploads", "GET", &list_uploads},
    {"/api/v1/uploads", "DELETE", &delete_uploads},
    {"/api/v1/uploads/{}", "GET", &get_upload},
    {"/api/v1/uploads/{}", "DELETE", &delete_upload},
    {"/api/v1/uploads/{}/cancel", "POST", &cancel_upload},
    {"/api/v1/status", "GET", &get_status},
    {"/api/v1/config", "GET", &get_config},
    {"/api/v1/codes", "GET", &list_codes},
    {"/api/v1/counters", "GET", &list_counters},
    {"/api/v1/imports", "POST", nullptr},
};

[[nodiscard]] bool matches(std::string_view pattern, std::string_view path,
                           std::vector<std::string>* parts) {
  while (!pattern.empty() && !path.empty()) {
    if (pattern.starts_with("{}")) {
      const std::size_t end = std::min(path.find('/'), path.size());
      if (end == 0) return false;
      if (parts != nullptr) parts->push_back(percent_decoded(path.substr(0, end), false));
      pattern.remove_prefix(2);
      path.remove_prefix(end);
    } else if (pattern.front() == path.front()) {
      pattern.remove_prefix(1);
      path.remove_prefix(1);
    } else {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

[[nodiscard]] bool is_api(std::string_view path) {
  return path == "/api" || path.starts_with("/api/");
}

[[nodiscard]] Answer options_answer(std::string allow) {
  Answer answer;
  answer.status = 204;
  answer.headers.emplace_back("Allow", std::move(allow));
  return answer;
}

[[nodiscard]] Answer refused_method(const Request& request, std::string allow) {
  Answer answer =
      problem({codes::method_not_allowed, fmt::format("{} knows {}, not {}.", request.path, allow,
                                                      request.method.substr(0, 32))});
  answer.headers.emplace_back("Allow", std::move(allow));
  return answer;
}

}  // namespace

std::span<const Route> routes() { return kRoutes; }

std::string allowed_methods(std::string_view path) {
  if (!is_api(path)) return "GET, HEAD, OPTIONS";
  std::string out;
  for (const Route& route : kRoutes) {
    if (!matches(route.pattern, path, nullptr)) continue;
    out += out.empty() ? "" : ", ";
    out += route.method;
    if (route.method == "GET") out += ", HEAD";
  }
  return out.empty() ? out : out + ", OPTIONS";
}

base::Result<const Route*> find_route(Request& request) {
  const std::string_view method =
      request.method == "HEAD" ? std::string_view("GET") : std::string_view(request.method);
  bool known = false;
  for (const Route& route : kRoutes) {
    request.parts.clear();
    if (!matches(route.pattern, request.path, &request.parts)) continue;
    if (route.method == method) return &route;
    known = true;
  }
  if (known) return base::fail(codes::method_not_allowed, request.method);
  return base::fail(codes::no_such_resource,
                    fmt::format("There is no resource {}.", request.path.substr(0, 200)));
}

Answer answer_to(const Context& context, Request& request) {
  const std::string allow = allowed_methods(request.path);
  if (request.method == "OPTIONS" && !allow.empty()) return options_answer(allow);
  const bool reading = request.method == "GET" || request.method == "HEAD";
  if (!is_api(request.path))
    return reading ? asset_answer(request.path) : refused_method(request, allow);
  const auto route = find_route(request);
  if (!route && route.error().code == codes::method_not_allowed)
    return refused_method(request, allow);
  if (!route) return problem(route.error());
  try {
    auto answer = (*route)->handler(context, request);
    if (answer) return std::move(*answer);
    if (answer.error().code == query::codes::bad_filter)
      return filter_problem(context, request, answer.error());
    Answer out = problem(answer.error());
    if (out.status >= 500) base::log(answer.error());
    return out;
  } catch (const std::exception& error) {
    const base::Error what{codes::answer_failed,
                           fmt::format("{} failed: {}.", request.path, error.what())};
    base::log(what);
    return problem(500, what);
  }
}

}  // namespace spider::api
