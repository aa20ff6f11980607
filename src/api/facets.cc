// Values with their counts: facets of a selection, and completions for a search box.

#include "spider/query/facets.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "spider/api/codes.h"
#include "spider/query/completion.h"
#include "spider/query/look.h"

#include "api/asking.h"
#include "api/filter_text.h"
#include "api/router.h"

namespace spider::api {
namespace {

using query::GroupField;

constexpr std::uint64_t kValuesDefault = 10;
constexpr std::uint64_t kValuesMax = 200;
constexpr std::uint64_t kBudgetMin = 20;
constexpr std::uint64_t kBudgetMax = 60'000;
// A search box waits for its completions: blocks of them are looked at, the newest.
constexpr std::size_t kCompletionBlocks = 256;
constexpr std::size_t kCompletionRows = 131'072;
constexpr std::size_t kCompletionValues = 500;
constexpr std::size_t kCompletionsMax = 100;

[[nodiscard]] base::Result<std::vector<GroupField>> read_fields(const Parameters& p) {
  std::vector<GroupField> out;
  const std::vector<std::string> asked = p.list("fields");
  if (asked.empty())
    return std::vector<GroupField>{GroupField::status_class,  GroupField::method,
                                   GroupField::host,          GroupField::whisperer,
                                   GroupField::response_type, GroupField::state};
  for (const std::string& word : asked) {
    const auto field = query::parse_group_field(word);
    if (!field)
      return base::fail(codes::bad_parameter,
                        fmt::format("fields: '{}' is none of {}.", word.substr(0, 64),
                                    query::group_field_names()));
    if (std::find(out.begin(), out.end(), *field) == out.end()) out.push_back(*field);
  }
  if (out.size() > query::kFacetFieldsMax)
    return base::fail(codes::bad_parameter,
                      fmt::format("fields: at most {}.", query::kFacetFieldsMax));
  return out;
}

[[nodiscard]] std::string label_of(GroupField field, const query::GroupValue& value,
                                   const query::Names& names) {
  if (value.none) return "none";
  switch (field) {
    case GroupField::whisperer:
      return names.whisperer(static_cast<model::SourceId>(value.number));
    case GroupField::state:
      return std::string(query::name(static_cast<model::CommunicationState>(value.number)));
    case GroupField::identity_kind:
      return std::string(query::name(static_cast<model::IdentityKind>(value.number)));
    case GroupField::status_class:
      return value.number > 5 ? "other" : fmt::format("{}xx", value.number);
    case GroupField::http_minor:
      return fmt::format("1.{}", value.number);
    case GroupField::client_ip:
    case GroupField::server_ip:
      return model::to_text(model::IpAddress::kept(base::as_bytes(value.text)));
    default:
      break;
  }
  return query::is_number(field) ? std::to_string(value.number) : value.text;
}

void write_facet(query::JsonWriter& json, GroupField field, const query::Facet& facet,
                 const query::Names& names, const std::vector<store::SourceInfo>& sources,
                 base::Time to) {
  json.begin_object().field("field", query::name(field));
  json.key("values").begin_array();
  for (const query::FacetValue& value : facet.values) {
    json.begin_object().key("label").captured(label_of(field, value.value, names));
    if (const auto host = query::host_of(field, value.value, names, to))
      json.field("name", host->name).field("name_source", store::name(host->source));
    json.field("none", value.value.none).field("communications", value.communications);
    json.field("filter", query::filter_text(field, value.value, sources)).end_object();
  }
  json.end_array().field("rest", facet.rest).field("missed_max", facet.missed_max).end_object();
}

// Only the newest part of the range was counted in the time given.
void write_part(query::JsonWriter& json, base::Time from, std::uint64_t budget_ms,
                query::TimeForm form) {
  json.key("partial").begin_object();
  query::write_time(json, "reached", from, form);
  json.field("budget_ms", budget_ms);
  json.field("detail", fmt::format("Counted in {} ms: what the range has from {} on, exactly, and "
                                   "nothing before. Without budget_ms all of it is counted.",
                                   budget_ms, base::to_iso(from)));
  json.end_object();
}

// Of what the values of a completion were counted.
struct Counted {
  std::uint64_t communications = 0;
  bool whole = true;   // all that there is
  bool others = true;  // only what answers the other terms of the text
};

// Narrows the filter by the other terms of an unfinished text; false when they cannot be told
// apart, or reading what they ask for would take long.
[[nodiscard]] bool take_others(const Context& context, std::string_view text,
                               const query::CompletionPlace& place, query::Filter& filter) {
  const auto others = query::other_terms(text, place);
  if (!others) return false;
  query::ParsedFilter parsed = query::parse_filter(*others, vocabulary(context));
  if (parsed.problem) return others->empty();
  const query::Tree& tree = parsed.tree;
  if (tree.empty()) return true;
  // "a OR b c": the term belongs to one of the alternatives.
  if (tree.node(tree.root()).kind == query::Tree::Kind::any_of) return false;
  if (tree.reads_heads() || tree.reads_bodies()) return false;
  query::narrow(filter, std::move(parsed.tree));
  return true;
}

// Values that the newest communications of the range have.
[[nodiscard]] base::Result<Counted> add_stored(const Context& context, query::Filter filter,
                                               std::string_view text,
                                               query::CompletionPlace& place) {
  Counted counted;
  counted.others = take_others(context, text, place, filter);
  query::FacetsRequest request;
  request.fields = {*place.values_of};
  request.values = kCompletionValues;
  request.blocks_max = kCompletionBlocks;
  request.rows_max = kCompletionRows;
  const base::Time to = filter.to;
  const auto snapshot = context.snapshot();
  SPIDER_TRY_LET(found, query::facets(*snapshot, request, filter, &context.pool));
  counted.communications = found.communications;
  counted.whole = found.whole;
  const query::Names names = context.shown_names();
  const query::TextPattern typed(query::literal(place.typed), true);
  std::vector<query::Completion> values;
  for (const query::FacetValue& value : found.facets.front().values) {
    if (value.value.none) continue;
    const std::string label = label_of(*place.values_of, value.value, names);
    if (!typed.matches(label)) continue;
    const auto same =
        std::find_if(place.known.begin(), place.known.end(),
                     [&](const query::Completion& known) { return known.label == label; });
    if (same != place.known.end()) {
      same->communications = value.communications;
    } else {
      // To ask for a name is to look at the address: of those alone that are told.
      const auto host = values.size() < kCompletionsMax
                            ? query::host_of(*place.values_of, value.value, names, to)
                            : std::nullopt;
      values.push_back({query::CompletionKind::value, query::quoted_value(label), label,
                        host ? host->name : "", value.communications});
    }
  }
  place.known.insert(place.known.begin(), std::make_move_iterator(values.begin()),
                     std::make_move_iterator(values.end()));
  return counted;
}

void write_completions(query::JsonWriter& json, const query::CompletionPlace& place) {
  json.key("items").begin_array();
  for (std::size_t i = 0; i < std::min(place.known.size(), kCompletionsMax); ++i) {
    const query::Completion& one = place.known[i];
    json.begin_object().field("kind", query::name(one.kind)).field("insert", one.insert);
    json.key("label").captured(one.label);
    json.field("help", one.help).key("communications");
    one.communications ? json.number(*one.communications) : json.null();
    json.end_object();
  }
  json.end_array();
}

}  // namespace

base::Result<Answer> get_facets(const Context& context, const Request& request) {
  const Parameters& p = request.parameters;
  SPIDER_TRY(p.only(kFilterParameters, {"fields", "values", "budget_ms", "time"}));
  query::FacetsRequest question;
  SPIDER_TRY_LET(fields, read_fields(p));
  question.fields = std::move(fields);
  SPIDER_TRY_LET(values, p.number("values", kValuesDefault, 1, kValuesMax));
  question.values = static_cast<std::size_t>(values);
  SPIDER_TRY_LET(budget_ms, p.number("budget_ms", 0, kBudgetMin, kBudgetMax));
  SPIDER_TRY_LET(form, time_form(p));
  SPIDER_TRY_LET(filter, read_filter(context, p));
  const auto snapshot = context.snapshot();
  SPIDER_TRY(close_range(*snapshot, filter));
  const query::Executor& executor = executor_of(context, request);
  limit_reading(context, request, filter);
  SPIDER_TRY_LET(looked, query::look(*snapshot, filter, executor));
  // Heads and bodies have a budget of their own.
  SPIDER_TRY_LET(found, budget_ms == 0 || filter.reads_messages()
                            ? query::facets(*snapshot, question, filter, &executor)
                            : query::facets_within(
                                  *snapshot, question, filter,
                                  base::Duration{static_cast<std::int64_t>(budget_ms) * 1'000'000},
                                  &executor));
  const query::Names names = context.shown_names();
  const auto sources = context.parts.store.sources();
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object();
  query::write_time(json, "from", filter.from, form);
  query::write_time(json, "to", filter.to, form);
  json.field("communications", found.communications);
  json.key("facets").begin_array();
  for (std::size_t i = 0; i < found.facets.size(); ++i)
    write_facet(json, question.fields[i], found.facets[i], names, sources, filter.to);
  json.end_array();
  write_partial(json, context, looked.after, false, form);
  if (found.from) write_part(json, *found.from, budget_ms, form);
  write_unreadable(json, *snapshot);
  write_self(json, request.target);
  json.end_object();
  return answer;
}

base::Result<Answer> get_complete(const Context& context, const Request& request) {
  const Parameters& p = request.parameters;
  SPIDER_TRY(p.only({"q", "at", "from", "to", "whisperer"}));
  const std::string text = p.text("q");
  SPIDER_TRY_LET(at, p.number("at", text.size(), 0, query::kFilterBytesMax));
  // The text is not finished: the range alone narrows what is counted.
  SPIDER_TRY_LET(filter, read_filter(context, p.without("q")));
  query::CompletionPlace place =
      query::complete(text, byte_at(text, static_cast<std::size_t>(at)), vocabulary(context));
  std::optional<Counted> counted;
  if (place.values_of) {
    SPIDER_TRY_LET(told, add_stored(context, std::move(filter), text, place));
    counted = told;
  }
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object();
  const std::size_t begin = utf16_units(text, place.begin);
  json.field("offset", std::uint64_t{begin});
  json.field("length", std::uint64_t{utf16_units(text, place.end) - begin});
  json.field("field", place.field).field("expected", place.value_help);
  json.key("counted");
  if (counted) {
    json.begin_object().field("communications", counted->communications);
    json.field("whole", counted->whole).field("other_terms", counted->others).end_object();
  } else {
    json.null();
  }
  write_completions(json, place);
  write_self(json, request.target);
  json.end_object();
  return answer;
}

}  // namespace spider::api
