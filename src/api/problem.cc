#include "api/problem.h"

#include "spider/api/codes.h"
#include "spider/query/codes.h"
#include "spider/query/json_writer.h"
#include "spider/store/codes.h"

namespace spider::api {
namespace {

struct StatusOfCode {
  base::Code code;
  unsigned status;
};

[[nodiscard]] std::string_view title_of(unsigned status) noexcept {
  switch (status) {
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    case 507:
      return "Insufficient Storage";
    default:
      return "Internal Server Error";
  }
}

[[nodiscard]] unsigned status_of(model::Refusal why, base::Code code) {
  switch (why) {
    case model::Refusal::missing:
      return 404;
    case model::Refusal::conflict:
      return 409;
    case model::Refusal::impossible:
      return 422;
    case model::Refusal::stopping:
      return 503;
    case model::Refusal::failed:
      break;
  }
  return api::status_of(code);
}

}  // namespace

unsigned status_of(base::Code code) noexcept {
  static const StatusOfCode kTable[] = {
      {codes::bad_request, 400},        {codes::bad_parameter, 400},
      {query::codes::bad_query, 400},   {query::codes::bad_cursor, 400},
      {query::codes::no_packets, 404},  {query::codes::bad_filter, 400},
      {codes::no_such_resource, 404},   {store::codes::not_found, 404},
      {codes::body_not_saved, 404},     {codes::packets_not_saved, 404},
      {codes::no_such_whisperer, 404},  {codes::method_not_allowed, 405},
      {codes::request_timed_out, 408},  {codes::import_busy, 409},
      {store::codes::removed, 410},     {codes::request_too_large, 413},
      {codes::unsupported_media, 415},  {codes::settings_type, 415},
      {codes::host_refused, 421},       {codes::origin_refused, 403},
      {codes::body_not_decodable, 422}, {codes::body_too_large, 422},
      {codes::import_failed, 422},      {codes::too_many_connections, 503},
      {codes::import_stopped, 503},     {query::codes::cancelled, 503},
      {codes::session_open, 404},       {codes::session_lost, 404},
      {codes::session_unsaved, 404},    {codes::no_such_range, 416},
      {codes::too_many_listeners, 503}, {store::codes::disk_full, 507},
      {codes::upload_running, 409},     {codes::no_such_upload, 404},
      {codes::upload_not_running, 409}, {codes::settings_unreadable, 400},
  };
  for (const StatusOfCode& row : kTable)
    if (row.code == code) return row.status;
  return 500;
}

Answer problem(unsigned status, const base::Error& error, const ProblemMembers& more) {
  Answer answer;
  answer.status = status;
  answer.type = "application/problem+json";
  answer.cache = "no-store";
  query::JsonWriter json(answer.body);
  json.begin_object();
  json.field("type", "about:blank");  // the title is the status's own (RFC 9457 section 4.2.1)
  json.field("title", title_of(status));
  json.field("status", std::uint64_t{status});
  json.field("detail", error.detail);
  json.field("code", error.code.log_id());
  if (!error.code.help().empty()) json.field("hint", error.code.help());
  if (more) more(json);
  json.end_object();
  return answer;
}

Answer refused(const model::ChangeRefused& refusal) {
  return problem(
      status_of(refusal.why, refusal.error.code), refusal.error, [&](query::JsonWriter& json) {
        json.key("settings").begin_array();
        for (const model::SettingProblem& p : refusal.settings)
          json.begin_object().field("name", p.setting).field("reason", p.reason).end_object();
        json.end_array();
      });
}

}  // namespace spider::api
