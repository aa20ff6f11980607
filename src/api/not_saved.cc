#include "api/not_saved.h"

#include <fmt/format.h>

#include "spider/api/codes.h"
#include "spider/store/status_book.h"
#include "spider/store/store.h"

#include "api/option_json.h"

namespace spider::api {
namespace {

[[nodiscard]] std::string_view known_as(const model::SavingAnswer& answer) {
  if (answer.known != model::SavingAnswer::Known::off) return "unknown";
  return answer.since != base::Time::min() ? "exact" : "at_least";
}

[[nodiscard]] base::Time since_of(const model::SavingAnswer& answer) {
  return answer.since != base::Time::min() ? answer.since : answer.at_least;
}

}  // namespace

base::Result<model::SourceId> source_of(const Context& context, const std::string& whisperer) {
  for (const store::SourceInfo& source : store::first_of_each_name(context.parts.store.sources()))
    if (source.name == whisperer) return source.id;
  return base::fail(codes::no_such_whisperer,
                    fmt::format("There is no whisperer '{}'.", whisperer));
}

model::SavingAnswer saving_of(const Context& context, model::SourceId source, base::Time time,
                              model::Saved what) {
  const store::Store& store = context.parts.store;
  const auto info = store.find_source(source);
  if (!info) return {};
  const auto of = source_of(context, info->name);
  if (!of) return {};
  const std::vector<model::SavingChange> changes = store.status().saving(*of);
  if (info->upload) return model::saving_at(changes, what, &info->upload->began);
  return model::saving_at(changes, what, info->type == "INTERFACE" ? &time : nullptr);
}

model::SavingAnswer off_of(const Context& context, model::SourceId source, base::Time time,
                           model::Saved what) {
  const model::SavingAnswer answer = saving_of(context, source, time, what);
  // On, when the record itself says otherwise: the clocks differ, and since when is not known.
  return answer.known == model::SavingAnswer::Known::off ? answer : model::SavingAnswer{};
}

void write_not_saved(query::JsonWriter& json, const std::string& whisperer, model::Saved what,
                     const model::SavingAnswer& answer, query::TimeForm form) {
  const base::Time since = since_of(answer);
  json.begin_object().field("what", model::name(what));
  json.field("option", fmt::format("save_{}", model::name(what))).field("whisperer", whisperer);
  json.field("known", known_as(answer));
  write_time_or_null(json, "since", since, since != base::Time::min(), form);
  json.end_object();
}

std::string not_saved_text(const std::string& whisperer, model::Saved what,
                           const model::SavingAnswer& answer) {
  const std::string_view known = known_as(answer);
  const std::string since =
      known == "exact"      ? fmt::format("since {}", base::to_iso(since_of(answer)))
      : known == "at_least" ? fmt::format("since {} or before", base::to_iso(since_of(answer)))
                            : std::string("; since when is not known");
  return fmt::format("save_{} of whisperer \"{}\" was off{}{}.", model::name(what), whisperer,
                     known == "unknown" ? "" : " ", since);
}

}  // namespace spider::api
