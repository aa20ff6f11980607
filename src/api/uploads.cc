// Uploads: each import as a resource of its own, from its first byte until it is purged.

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "spider/api/codes.h"
#include "spider/base/content_hash.h"
#include "spider/model/control.h"
#include "spider/query/books_json.h"

#include "api/option_json.h"
#include "api/problem.h"
#include "api/router.h"
#include "api/window.h"

namespace spider::api {
namespace {

using store::SourceInfo;
using store::UploadState;

constexpr std::uint64_t kListed = 200;
constexpr std::uint64_t kListedMax = 1'000;

// What a whisperer read into its own source, before uploads were kept apart.
[[nodiscard]] bool is_earlier(const SourceInfo& s) {
  return !s.upload && s.type == "UPLOAD" && s.runs > s.runs_purged;
}

[[nodiscard]] std::uint32_t number_of(model::SourceId id) { return static_cast<std::uint32_t>(id); }

// What all uploads are written with.
struct Known {
  std::vector<SourceInfo> sources;
  std::vector<model::UploadProgress> running;
  model::UploadAging aging;
  query::TimeForm form = query::TimeForm::both;

  [[nodiscard]] const model::UploadProgress* progress(model::SourceId id) const {
    for (const model::UploadProgress& p : running)
      if (p.upload == id) return &p;
    return nullptr;
  }
};

[[nodiscard]] Known known_now(const Context& context, query::TimeForm form) {
  Known out;
  // In this order: what ends in between is said to be complete, not to be read by nobody.
  out.running = context.parts.control.uploads_running();
  out.sources = context.parts.store.sources();
  out.form = form;
  out.aging = context.parts.control.upload_aging();
  return out;
}

// Of a source whose counts are not kept with it: from its books and records.
struct Counted {
  model::QualityCounts books;
  store::TimeSpan span;
};
[[nodiscard]] base::Result<Counted> count(const store::StoreSnapshot& snapshot,
                                          model::SourceId source) {
  const std::array of{source};
  Counted out;
  SPIDER_TRY_LET(rows, snapshot.quality_sums(of, base::Time{0}, base::Time{kTimeMax},
                                             base::Duration{24 * 60 * kMinute}));
  for (const store::QualityRow& row : rows) out.books += row.minute.counts;
  SPIDER_TRY_LET(span, snapshot.time_span(store::RecordKind::http, of));
  out.span = span;
  return out;
}

// By the system's clock as it is now, which need not be the one of the upload's end.
[[nodiscard]] base::Time kept_until(const store::UploadInfo& u, const model::UploadAging& aging) {
  constexpr base::Duration kSame = base::Duration::from_s(60);
  const base::Duration days{std::int64_t{aging.keep_days} * 24 * 60 * kMinute};
  const base::Time from = u.kept_from + aging.ahead;
  const base::Duration apart = from > u.ended ? from - u.ended : u.ended - from;
  return (apart < kSame ? u.ended : from) + days;
}

void write_span(query::JsonWriter& json, base::Time first, base::Time last, query::TimeForm form) {
  const bool any = first <= last;
  write_time_or_null(json, "first", first, any, form);
  write_time_or_null(json, "last", last, any, form);
}

// Fields, into an open object.
void write_fields(query::JsonWriter& json, const SourceInfo& s, const Known& known,
                  const std::optional<Counted>& counted) {
  const store::UploadInfo none;
  const store::UploadInfo& u = s.upload ? *s.upload : none;
  const model::UploadProgress* progress = known.progress(s.id);
  const bool ended = s.upload && u.ended != base::Time::min();
  json.field("id", std::uint64_t{number_of(s.id)}).field("whisperer", s.name);
  json.field("kind", s.upload ? "upload" : "earlier").key("file");
  s.upload ? json.file_name(u.file) : json.null();
  json.field("state", s.upload ? store::name(u.state) : "complete");
  json.field("bytes", progress != nullptr ? progress->bytes : u.bytes).key("bytes_known");
  u.bytes_known != 0 ? json.number(u.bytes_known) : json.null();
  json.key("content");
  u.content.empty() ? json.null() : json.text(base::to_hex(u.content));
  const SourceInfo* same = store::same_content(known.sources, u.content, u.bytes, s.id);
  json.key("same_as");
  // Of two, the later one is the same as the earlier.
  same != nullptr && same->id < s.id ? json.number(std::uint64_t{number_of(same->id)})
                                     : json.null();
  write_time_or_null(json, "began", u.began, s.upload.has_value(), known.form);
  write_time_or_null(json, "ended", u.ended, ended, known.form);
  const bool ages = ended && known.aging.keep_days != 0 && u.kept_from != base::Time::min();
  write_time_or_null(json, "kept_until", kept_until(u, known.aging), ages, known.form);
  if (counted) {
    write_span(json, counted->span.first, counted->span.last, known.form);
    json.field("packets", counted->books[model::Quality::packets_received]);
    json.field("communications", counted->books[model::Quality::communications_stored]);
    json.field("sessions", counted->books[model::Quality::sessions_stored]);
  } else {
    write_span(json, u.first, u.last, known.form);
    json.field("packets", u.packets).field("communications", u.communications);
    json.field("sessions", u.sessions);
  }
  json.key("trouble");
  u.trouble.empty() ? json.null() : json.captured(u.trouble);
  json.key("_links").begin_object();
  const std::string id = fmt::to_string(number_of(s.id));
  write_link(json, "self", at("uploads/" + id));
  write_link(json, "communications", at("http-communications?upload=" + id));
  write_link(json, "timeline", at("timeline?upload=" + id));
  write_link(json, "whisperer", at("whisperers/" + percent_encoded(s.name)));
  if (progress != nullptr) {
    json.key("cancel").begin_object();
    json.field("href", at("uploads/" + id + "/cancel")).field("method", "POST").end_object();
  }
  json.end_object();
}

// The counts of what is under way, or was never counted, are looked up.
[[nodiscard]] bool must_count(const SourceInfo& s) {
  return !s.upload || s.upload->state == UploadState::running;
}

[[nodiscard]] base::Result<SourceInfo> upload_of(const Known& known, const Request& request) {
  const std::string& word = request.parts.front();
  std::uint32_t id = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), id);
  if (error == std::errc() && end == word.data() + word.size())
    for (const SourceInfo& s : known.sources)
      if (number_of(s.id) == id && (s.upload || is_earlier(s))) return s;
  return base::fail(codes::no_such_upload,
                    fmt::format("There is no upload '{}'.", word.substr(0, 100)));
}

[[nodiscard]] std::uint64_t store_bytes(const Context& context) {
  std::uint64_t out = 0;
  for (const store::FamilySize& size : context.parts.store.reader().sizes()) out += size.bytes;
  return out;
}

[[nodiscard]] base::Result<Answer> one_answer(const Context& context, const SourceInfo& source,
                                              const Known& known) {
  const auto snapshot = context.snapshot();
  SPIDER_TRY_LET(counted, count(*snapshot, source.id));
  Answer answer;
  answer.cache = "no-store";
  query::JsonWriter json(answer.body);
  json.begin_object();
  write_fields(json, source, known, must_count(source) ? std::optional(counted) : std::nullopt);
  write_books_object(json, "books", counted.books);
  json.key("balance").begin_object();
  query::write_laws(json, counted.books, known.progress(source.id) != nullptr);
  json.end_object();
  write_unreadable(json, *snapshot);
  json.end_object();
  return answer;
}

// Removes them one by one; the answer tells what is gone and what came back.
[[nodiscard]] base::Result<Answer> purge(const Context& context,
                                         const std::vector<SourceInfo>& sources,
                                         const Request& request) {
  const std::uint64_t before = store_bytes(context);
  std::map<model::SourceId, std::uint64_t> stored;
  std::vector<model::SourceId> wanted;
  {
    const auto snapshot = context.snapshot();  // given back: the disk waits for it
    for (const SourceInfo& source : sources) {
      SPIDER_TRY_LET(counted, count(*snapshot, source.id));
      stored[source.id] = counted.books[model::Quality::communications_stored];
      wanted.push_back(source.id);
    }
  }
  const model::PurgedUploads done = context.parts.control.purge_uploads(wanted);
  if (done.trouble) return refused({done.why, *done.trouble, {}});
  std::uint64_t communications = 0;
  for (const model::SourceId source : done.gone) communications += stored[source];
  Answer answer;
  answer.cache = "no-store";
  query::JsonWriter json(answer.body);
  json.begin_object().field("uploads", std::uint64_t{done.gone.size()});
  json.field("communications", communications);
  json.field("store_bytes_before", before).field("store_bytes_after", store_bytes(context));
  json.field("space_back", done.space_back);
  write_self(json, request.target);
  json.end_object();
  return answer;
}

// An upload that is read, or the own source of a whisperer that works with it: one whose type is
// another than it was.
[[nodiscard]] bool is_busy(const Context& context, const Known& known, const SourceInfo& s) {
  if (s.upload) return known.progress(s.id) != nullptr;
  const auto all = context.parts.control.whisperers();
  return std::any_of(all.begin(), all.end(), [&](const model::WhispererStatus& w) {
    return w.source == s.id && w.config.type != "UPLOAD";
  });
}

[[nodiscard]] tl::unexpected<base::Error> still_running(const SourceInfo& s) {
  return base::fail(codes::upload_running,
                    fmt::format("Upload {} is being read.", number_of(s.id)));
}

}  // namespace

base::Result<Answer> list_uploads(const Context& context, const Request& request) {
  const Parameters& p = request.parameters;
  SPIDER_TRY(p.only({"whisperer", "content", "before", "limit", "time"}));
  SPIDER_TRY_LET(form, time_form(p));
  SPIDER_TRY_LET(limit, p.number("limit", kListed, 1, kListedMax));
  SPIDER_TRY_LET(before, p.number("before", UINT64_MAX, 1, UINT64_MAX));
  const std::string whisperer = p.text("whisperer");
  const std::string content = p.text("content");
  const Known known = known_now(context, form);
  const auto snapshot = context.snapshot();
  Answer answer;
  answer.cache = "no-store";
  query::JsonWriter json(answer.body);
  json.begin_object().key("items").begin_array();
  std::uint64_t count_all = 0;
  std::uint64_t written = 0;
  std::uint64_t last = 0;
  bool more = false;
  for (auto s = known.sources.rbegin(); s != known.sources.rend(); ++s) {
    if (!s->upload && !is_earlier(*s)) continue;
    if (!whisperer.empty() && s->name != whisperer) continue;
    if (!content.empty() && (!s->upload || base::to_hex(s->upload->content) != content)) continue;
    ++count_all;
    if (number_of(s->id) >= before) continue;
    more = written == limit;
    if (more) continue;
    std::optional<Counted> counted;
    if (must_count(*s)) {
      SPIDER_TRY_LET(now, count(*snapshot, s->id));
      counted = now;
    }
    json.begin_object();
    write_fields(json, *s, known, counted);
    json.end_object();
    last = number_of(s->id);
    ++written;
  }
  json.end_array().field("count", count_all);
  json.field("keep_days", std::uint64_t{known.aging.keep_days}).key("kept_longer");
  known.aging.doubt.empty() ? json.null() : json.text(known.aging.doubt);
  json.key("_links").begin_object();
  write_link(json, "self", request.target);
  if (more)
    write_link(json, "next",
               fmt::format("{}uploads{}", kBase, p.with({{"before", fmt::to_string(last)}})));
  json.end_object().end_object();
  return answer;
}

base::Result<Answer> get_upload(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({"time"}));
  SPIDER_TRY_LET(form, time_form(request.parameters));
  const Known known = known_now(context, form);
  SPIDER_TRY_LET(source, upload_of(known, request));
  return one_answer(context, source, known);
}

base::Result<Answer> delete_upload(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({}));
  const Known known = known_now(context, query::TimeForm::both);
  SPIDER_TRY_LET(source, upload_of(known, request));
  if (is_busy(context, known, source)) return still_running(source);
  return purge(context, {source}, request);
}

base::Result<Answer> delete_uploads(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({"whisperer"}));
  const std::string whisperer = request.parameters.text("whisperer");
  if (whisperer.empty())
    return base::fail(codes::bad_parameter,
                      "whisperer: must name the one whose uploads are to be removed.");
  const Known known = known_now(context, query::TimeForm::both);
  std::vector<SourceInfo> of_it;
  bool any = false;
  for (const SourceInfo& s : known.sources) {
    if (s.name != whisperer) continue;
    any = true;
    if (!s.upload && !is_earlier(s)) continue;
    if (is_busy(context, known, s)) return still_running(s);
    of_it.push_back(s);
  }
  if (!any)
    return base::fail(codes::no_such_whisperer,
                      fmt::format("There is no whisperer '{}'.", whisperer.substr(0, 100)));
  return purge(context, of_it, request);
}

base::Result<Answer> cancel_upload(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({}));
  const Known known = known_now(context, query::TimeForm::both);
  SPIDER_TRY_LET(source, upload_of(known, request));
  if (!context.parts.control.cancel_upload(source.id))
    return base::fail(codes::upload_not_running,
                      fmt::format("Upload {} is not being read.", number_of(source.id)));
  SPIDER_TRY_LET(answer, one_answer(context, source, known));
  answer.status = 202;
  return answer;
}

void write_upload_of_import(query::JsonWriter& json, const Context& context,
                            model::SourceId upload) {
  const auto sources = context.parts.store.sources();
  const auto known = context.parts.store.find_source(upload);
  json.key("upload");
  if (!known || !known->upload) {
    json.null();
    return;
  }
  const SourceInfo* same =
      store::same_content(sources, known->upload->content, known->upload->bytes, upload);
  json.begin_object().field("id", std::uint64_t{number_of(upload)}).key("same_as");
  if (same == nullptr) {
    json.null();
  } else {
    json.begin_object().field("id", std::uint64_t{number_of(same->id)});
    json.field("whisperer", same->name).key("file").file_name(same->upload->file).end_object();
  }
  json.key("_links").begin_object();
  write_link(json, "self", at("uploads/" + fmt::to_string(number_of(upload))));
  json.end_object().end_object();
}

}  // namespace spider::api
