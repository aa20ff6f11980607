#include "api/asking.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "api/context.h"
#include "api/timeline_split.h"

namespace spider::api {
namespace {

// Questions that the heads and bodies of a range can be part of.
constexpr std::string_view kOfRecords[] = {"http-communications", "timeline", "statistics",
                                           "facets"};
constexpr std::string_view kLists[] = {"http-communications", "tcp-sessions"};
// Always written piece by piece.
constexpr std::string_view kStreams[] = {"search", "export"};

template <std::size_t N>
[[nodiscard]] bool listed(const std::string_view (&names)[N], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// Walks over a column of many values in all the range, which the page asks for with each move.
[[nodiscard]] bool walks_long(std::string_view name, const Parameters& p) {
  if (name == "timeline") {
    const auto splits = timeline_splits();
    return std::any_of(splits.begin(), splits.end(), [&](const TimelineSplit& split) {
      return split.split == query::Split::values && split.name == p.text("split");
    });
  }
  if (name != "facets") return false;
  const std::vector<std::string> fields = p.list("fields");
  return std::any_of(fields.begin(), fields.end(), [](const std::string& field) {
    return field == "path" || field == "template" || field == "target" || field == "location";
  });
}

}  // namespace

bool takes_long(const Context& context, const Request& request) {
  if (!request.path.starts_with(kBase)) return false;
  const std::string_view name = std::string_view(request.path).substr(kBase.size());
  // They wait for the disk, or for a capture to end.
  if (request.method == "DELETE" && (name.starts_with("uploads") || name.ends_with("/data")))
    return true;
  if (listed(kStreams, name)) return true;
  if (listed(kLists, name) && wants_lines(request)) return true;
  if (walks_long(name, request.parameters)) return true;
  if (!listed(kOfRecords, name) || !request.parameters.has("q")) return false;
  const auto filter = read_filter(context, request.parameters);
  return filter && filter->reads_messages();
}

const query::Executor& executor_of(const Context& context, const Request& request) {
  if (request.asking) return *request.asking;
  return context.pool;
}

void limit_reading(const Context& context, const Request& request, const query::Filter& filter) {
  if (request.asking && filter.reads_messages())
    request.asking->limit(context.config.read_budget_ms);
}

void write_partial(query::JsonWriter& json, const Context& context,
                   const std::optional<base::Time>& reached, bool forward, query::TimeForm form) {
  if (!reached) return;
  json.key("partial").begin_object();
  query::write_time(json, "reached", *reached, form);
  json.field("budget_ms", std::uint64_t{context.config.read_budget_ms});
  json.field("detail",
             fmt::format("Heads and bodies were read for {} s. What begins {} {} was looked at, "
                         "and nothing else: narrow the range, or ask {}search, which goes on to "
                         "its end and tells how far it is.",
                         static_cast<double>(context.config.read_budget_ms) / 1'000.0,
                         forward ? "before" : "after", base::to_iso(*reached), kBase));
  json.end_object();
}

}  // namespace spider::api
