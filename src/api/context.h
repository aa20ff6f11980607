#pragma once
// Context: what every route may use. One per server, read by all its threads.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "spider/api/api_server.h"
#include "spider/query/filter.h"
#include "spider/query/json_writer.h"
#include "spider/query/language.h"
#include "spider/query/record_json.h"
#include "spider/store/store_reader.h"

#include "api/answer.h"
#include "api/export_follow.h"
#include "api/scan_pool.h"

namespace spider::api {

inline constexpr std::string_view kBase = "/api/v1/";

struct Traffic {
  std::atomic<std::uint64_t> connections{0};         // open now
  std::atomic<std::uint64_t> requests{0};            // answered
  std::atomic<std::uint64_t> questions{0};           // under way that may take long
  std::atomic<std::uint64_t> questions_given_up{0};  // of these: their client had gone
  mutable std::atomic<std::uint32_t> listeners{0};   // of live events
};

struct Context {
  ApiConfig config;
  ApiParts parts;
  base::Time started;
  query::Names code_names;  // without sources
  Traffic traffic;
  ScanPool pool;  // for questions that scan much
  mutable ExportFollows exports;

  Context(const ApiConfig& api_config, const ApiParts& api_parts)
      : config(api_config),
        parts(api_parts),
        started(base::Time::now()),
        code_names(api_parts.codes),
        pool(api_config.scan_threads) {}

  // Names of codes and of the whisperers known now.
  [[nodiscard]] query::Names names() const {
    query::Names out = code_names;
    out.set_sources(parts.store.sources());
    return out;
  }
  // And of hosts, for what is shown.
  [[nodiscard]] query::Names shown_names() const {
    query::Names out = names();
    out.set_hosts(&parts.store.hosts());
    return out;
  }
  [[nodiscard]] std::shared_ptr<const store::StoreSnapshot> snapshot() const {
    return (parts.reader == nullptr ? parts.store.reader() : *parts.reader).snapshot();
  }
};

// ---- what several routes need

[[nodiscard]] base::Result<query::TimeForm> time_form(const Parameters& parameters);

// One object per line was asked for.
[[nodiscard]] bool wants_lines(const Request& request);

// Names of the parameters by which communications are asked for: read_filter() knows them all.
inline constexpr std::string_view kFilterParameters[] = {
    "from",      "to",          "whisperer",   "method",       "status",
    "host",      "uri",         "state",       "code",         "client_ip",
    "server_ip", "client_port", "server_port", "min_duration", "max_duration",
    "session",   "origin",      "via",         "identity",     "identity_kind",
    "claim",     "correlation", "location",    "upload",       "q"};

// The words that a text of the filter language may use.
[[nodiscard]] query::FilterVocabulary vocabulary(const Context& context);

// The parameters that ask about communications or sessions, `q` among them; see docs/api.yaml.
[[nodiscard]] base::Result<query::Filter> read_filter(const Context& context,
                                                      const Parameters& parameters);

// Fills the ends of the range that were not asked for with those of what is stored.
[[nodiscard]] base::Result<void> close_range(const store::StoreSnapshot& snapshot,
                                             query::Filter& filter);

// "name": {"href": ...}, inside an open _links object.
void write_link(query::JsonWriter& json, std::string_view name, std::string_view href);
// "_links": {"self": ...} and nothing else.
void write_self(query::JsonWriter& json, std::string_view href);

// "unreadable": {...}, the damaged values that this snapshot met so far: what the answer lacks.
void write_unreadable(query::JsonWriter& json, const store::StoreSnapshot& snapshot);

// A line of its own at the end of a stream of records, when any was unreadable.
void write_unreadable_line(std::string& out, const store::StoreSnapshot& snapshot);

// "completeness": {...} of the range that a filter names; an open end is the books' own. And
// "unreadable", so it goes last.
[[nodiscard]] base::Result<void> write_range_completeness(query::JsonWriter& json,
                                                          const Context& context,
                                                          const store::StoreSnapshot& snapshot,
                                                          const query::Filter& filter);

}  // namespace spider::api
