// How a text of the filter language was understood.
#include "api/filter_text.h"

#include <algorithm>

#include "spider/query/codes.h"

#include "api/problem.h"
#include "api/router.h"

namespace spider::api {
namespace {

// Bytes of the character at `at`, by its first byte; what is no UTF-8 counts byte by byte.
[[nodiscard]] std::size_t bytes_at(std::string_view text, std::size_t at) noexcept {
  const auto first = static_cast<unsigned char>(text[at]);
  std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 1;
  if (at + length > text.size()) return 1;
  for (std::size_t i = 1; i < length; ++i)
    if ((static_cast<unsigned char>(text[at + i]) & 0xC0U) != 0x80) return 1;
  return length;
}

void write_place(query::JsonWriter& json, std::string_view text, std::size_t offset,
                 std::size_t length) {
  const std::size_t begin = utf16_units(text, offset);
  json.field("offset", std::uint64_t{begin});
  json.field("length", std::uint64_t{utf16_units(text, offset + length) - begin});
}

}  // namespace

std::size_t utf16_units(std::string_view text, std::size_t offset) noexcept {
  std::size_t units = 0;
  for (std::size_t at = 0; at < std::min(offset, text.size());) {
    const std::size_t bytes = bytes_at(text, at);
    units += bytes == 4 ? 2 : 1;
    at += bytes;
  }
  return units;
}

std::size_t byte_at(std::string_view text, std::size_t units) noexcept {
  std::size_t at = 0;
  for (std::size_t seen = 0; at < text.size() && seen < units;) {
    const std::size_t bytes = bytes_at(text, at);
    seen += bytes == 4 ? 2 : 1;
    at += bytes;
  }
  return at;
}

void write_filter_problem(query::JsonWriter& json, const query::FilterProblem& problem,
                          std::string_view text) {
  write_place(json, text, problem.offset, problem.length);
  json.field("message", problem.message);
  if (!problem.expected.empty()) json.field("expected", problem.expected);
  if (!problem.suggestion.empty()) json.field("suggestion", problem.suggestion);
}

Answer filter_problem(const Context& context, const Request& request, const base::Error& error) {
  const std::string text = request.parameters.text("q");
  const query::ParsedFilter parsed = query::parse_filter(text, vocabulary(context));
  return problem(status_of(error.code), error, [&](query::JsonWriter& json) {
    if (!parsed.problem) return;
    json.key("filter").begin_object();
    write_filter_problem(json, *parsed.problem, text);
    json.end_object();
  });
}

base::Result<Answer> get_query_parse(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({"q"}));
  const std::string text = request.parameters.text("q");
  const query::ParsedFilter parsed = query::parse_filter(text, vocabulary(context));
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object().field("q", text);
  json.field("normal", parsed.normal);
  json.key("tokens").begin_array();
  for (const query::FilterToken& token : parsed.tokens) {
    json.begin_object().field("kind", query::name(token.kind));
    write_place(json, text, token.offset, token.length);
    json.end_object();
  }
  json.end_array().key("problem");
  if (parsed.problem) {
    json.begin_object();
    write_filter_problem(json, *parsed.problem, text);
    json.end_object();
  } else {
    json.null();
  }
  json.key("whole_texts").begin_array();
  for (const query::FilterWholeText& whole : parsed.whole_texts) {
    json.begin_object();
    write_place(json, text, whole.offset, whole.length);
    json.field("field", whole.field).field("part", whole.part).end_object();
  }
  json.end_array();
  json.field("reads_headers", parsed.tree.reads_heads());
  json.field("reads_bodies", parsed.tree.reads_bodies());
  write_self(json, request.target);
  json.end_object();
  return answer;
}

}  // namespace spider::api
