// What is kept of a whisperer, how long it will reach back, and its removal.

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "spider/api/codes.h"
#include "spider/model/control.h"
#include "spider/model/retention.h"

#include "api/option_json.h"
#include "api/problem.h"
#include "api/router.h"

namespace spider::api {
namespace {

using model::KeptKind;

struct Kept {
  store::SourceInfo source;
  store::Survey survey;
  model::RetentionLimits limits;  // none for one that is not in the configuration any more
};

[[nodiscard]] base::Result<Kept> look(const Context& context, const std::string& name) {
  const auto sources = context.parts.store.sources();
  Kept out;
  bool known = false;
  for (const store::SourceInfo& source : sources) {
    if (source.name != name) continue;
    SPIDER_TRY_LET(survey, context.parts.store.survey(source.id));
    if (known) {
      out.survey.add(survey);
    } else {
      out.source = source;
      out.survey = std::move(survey);
    }
    known = true;
  }
  if (!known)
    return base::fail(codes::no_such_whisperer, fmt::format("There is no whisperer '{}'.", name));
  for (const model::WhispererStatus& w : context.parts.control.whisperers())
    if (w.config.name == name) out.limits = w.limits;
  return out;
}

// Bytes for each second that was captured; 0 when there is none, as of files that were uploaded: of
// whatever times, each at its own pace.
[[nodiscard]] double rate_of(const Kept& kept) {
  return kept.source.type == "UPLOAD" ? 0 : kept.survey.bytes_per_second();
}

// How far back what is kept of a kind will reach at the present rate, and by which limit.
struct Horizon {
  std::optional<double> seconds;
  std::string_view by = "nothing";
};

[[nodiscard]] Horizon horizon(const Kept& kept, KeptKind kind) {
  Horizon out;
  auto age = kept.limits.of(kind);
  // Bodies go with their communications.
  if (const auto other = kept.limits.of(KeptKind::communications);
      kind == KeptKind::bodies && other && (!age || *other < *age))
    age = other;
  if (age) out = {static_cast<double>(age->ns) / 1e9, "age"};
  const double rate = rate_of(kept);
  if (kept.limits.bytes_max == 0 || rate <= 0 || kind == KeptKind::quality) return out;
  const double by_size = static_cast<double>(kept.limits.bytes_max) / rate;
  if (!out.seconds || by_size < *out.seconds) out = {by_size, "size"};
  return out;
}

void write_kind(query::JsonWriter& json, const Kept& kept, KeptKind kind, query::TimeForm form) {
  const store::KeptOfKind& k = kept.survey.of(kind);
  json.begin_object().field("kind", model::name(kind));
  write_time_or_null(json, "oldest", k.oldest, !k.empty(), form);
  write_time_or_null(json, "newest", k.newest, !k.empty(), form);
  json.field("bytes", k.bytes);
  const auto age = kept.limits.of(kind);
  json.key("keep");
  age ? json.text(model::age_text(*age)) : json.null();
  const Horizon reach = horizon(kept, kind);
  json.key("horizon_s");
  reach.seconds ? json.number(*reach.seconds) : json.null();
  json.field("horizon_by", reach.by);
  const base::Time removed = kept.source.removed_before[static_cast<std::size_t>(kind)];
  write_time_or_null(json, "removed_before", removed, removed != base::Time::min(), form);
  json.end_object();
}

void write_kept(query::JsonWriter& json, const Kept& kept, query::TimeForm form) {
  json.begin_object().field("whisperer", kept.source.name).field("type", kept.source.type);
  json.field("bytes", kept.survey.bytes()).key("max_bytes");
  kept.limits.bytes_max != 0 ? json.number(kept.limits.bytes_max) : json.null();
  const double rate = rate_of(kept);
  json.key("bytes_per_second");
  rate > 0 ? json.number(rate) : json.null();
  json.key("kinds").begin_array();
  for (std::size_t i = 0; i < model::kKeptKinds; ++i)
    write_kind(json, kept, static_cast<KeptKind>(i), form);
  json.end_array();
  const std::string name = percent_encoded(kept.source.name);
  json.key("_links").begin_object();
  write_link(json, "self", at("whisperers/" + name + "/data"));
  write_link(json, "whisperer", at("whisperers/" + name));
  json.key("purge").begin_object().field("href", at("whisperers/" + name + "/data"));
  json.field("method", "DELETE").end_object();
  json.end_object().end_object();
}

}  // namespace

base::Result<Answer> get_kept_data(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({"time"}));
  SPIDER_TRY_LET(form, time_form(request.parameters));
  SPIDER_TRY_LET(kept, look(context, request.parts.front()));
  Answer answer;
  query::JsonWriter json(answer.body);
  write_kept(json, kept, form);
  return answer;
}

base::Result<Answer> delete_kept_data(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({}));
  const std::string& name = request.parts.front();
  SPIDER_TRY_LET(before, look(context, name));
  const model::ChangeResult done = context.parts.control.purge_whisperer(name);
  if (!done) return refused(done.error());
  SPIDER_TRY_LET(after, look(context, name));
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object().key("removed");
  write_kept(json, before, query::TimeForm::both);
  json.key("kept");
  write_kept(json, after, query::TimeForm::both);
  json.end_object();
  return answer;
}

}  // namespace spider::api
