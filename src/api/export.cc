// Communications as a file: what answers a filter, or those of a list.

#include "spider/query/export.h"

#include <algorithm>

#include <fmt/format.h>

#include "spider/api/codes.h"
#include "spider/query/codes.h"

#include "api/asking.h"
#include "api/export_follow.h"
#include "api/messages.h"
#include "api/problem.h"
#include "api/router.h"

namespace spider::api {
namespace {

constexpr const char* kWord = "follow: 8 to 64 letters, digits, - and _.";

[[nodiscard]] base::Result<query::ExportFormat> read_format(const Parameters& p) {
  const auto format = query::parse_export_format(p.text("format"));
  if (format) return *format;
  return base::fail(codes::bad_parameter, fmt::format("format: must be one of {}.",
                                                      fmt::join(query::kExportFormats, ", ")));
}

[[nodiscard]] base::Result<std::vector<model::CommunicationId>> read_ids(const Parameters& p) {
  const std::vector<std::string> words = p.list("ids");
  if (words.empty() || words.size() > query::kExportIdsMax)
    return base::fail(codes::bad_parameter,
                      fmt::format("ids: from 1 to {} ids, with commas.", query::kExportIdsMax));
  std::vector<model::CommunicationId> out;
  for (const std::string& word : words) {
    const auto id = model::parse_communication_id(word);
    if (!id)
      return base::fail(codes::bad_parameter,
                        fmt::format("ids: '{}' is no communication's id.", word.substr(0, 100)));
    out.push_back(*id);
  }
  return out;
}

[[nodiscard]] base::Result<query::ExportRequest> read_question(const Context& context,
                                                               const Parameters& p) {
  query::ExportRequest out;
  SPIDER_TRY_LET(format, read_format(p));
  out.format = format;
  if (p.has("ids")) {
    SPIDER_TRY(p.only({"format", "ids", "columns", "time", "count", "follow"}));
    SPIDER_TRY_LET(ids, read_ids(p));
    out.ids = std::move(ids);
  } else {
    SPIDER_TRY(p.only(kFilterParameters, {"format", "ids", "columns", "time", "count", "follow"}));
    SPIDER_TRY_LET(filter, read_filter(context, p));
    out.filter = std::move(filter);
  }
  SPIDER_TRY_LET(form, time_form(p));
  out.times = form;
  if (p.has("columns") && out.format != query::ExportFormat::csv)
    return base::fail(codes::bad_parameter, "columns: only a CSV file has them.");
  out.columns = p.list("columns");
  out.version = context.parts.version;
  out.body_bytes_max = context.config.decoded_body_max_bytes;
  return out;
}

// The parameters of the address, or those of a form: a list of ids may be too long for an address.
[[nodiscard]] base::Result<Parameters> parameters_of(const Request& request) {
  if (request.method != "POST") return request.parameters;
  SPIDER_TRY(request.parameters.only({}));
  if (media_type(request.body_type) != "application/x-www-form-urlencoded")
    return base::fail(codes::unsupported_media,
                      "The parameters are sent as application/x-www-form-urlencoded.");
  return Parameters::parse(request.body);
}

// Whose receiver goes away before its end is stopped.
class Ending {
 public:
  explicit Ending(std::shared_ptr<ExportFollow> follow) : follow_(std::move(follow)) {}
  ~Ending() {
    if (follow_ != nullptr) follow_->stop();
  }
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;

  [[nodiscard]] bool stopped() const noexcept {
    return follow_ != nullptr && follow_->state() == ExportFollow::State::stopped;
  }
  void wrote(const query::Export& file, std::size_t bytes, const base::Result<bool>& more) {
    if (follow_ == nullptr) return;
    follow_->wrote(file.written(), bytes);
    if (!more) {
      if (more.error().code != query::codes::cancelled) follow_->fail(more.error());
    } else if (!*more) {
      follow_->complete();
    }
  }

 private:
  const std::shared_ptr<ExportFollow> follow_;
};

[[nodiscard]] base::Result<Answer> exported(const Context& context, const Request& request,
                                            const Parameters& parameters,
                                            const std::shared_ptr<ExportFollow>& follow) {
  SPIDER_TRY_LET(uncounted, parameters.choice("count", {"true", "false"}));
  SPIDER_TRY_LET(question, read_question(context, parameters));
  const query::ExportFormat format = question.format;
  SPIDER_TRY_LET(begun, query::Export::begin(context.snapshot(), context.names(),
                                             std::move(question), &executor_of(context, request)));
  const std::shared_ptr<query::Export> file = std::move(begun);
  Answer answer;
  if (uncounted == 0) {
    SPIDER_TRY_LET(count, file->count());
    answer.headers.emplace_back("X-Spider-Total", std::to_string(count));
    if (follow != nullptr) follow->set_total(count);
  }
  if (file->missing() > 0)
    answer.headers.emplace_back("X-Spider-Missing", std::to_string(file->missing()));
  answer.type = query::media_type_of(format);
  answer.cache = "no-store";
  std::string now = base::to_iso(base::Time::now()).substr(0, 19);  // no : in a file's name
  std::replace(now.begin(), now.end(), ':', '-');
  answer.headers.emplace_back(
      "Content-Disposition",
      fmt::format("attachment; filename=\"spider-{}.{}\"", now, query::suffix_of(format)));
  answer.pieces = [file, asking = request.asking, ending = std::make_shared<Ending>(follow)](
                      std::string& piece) -> base::Result<bool> {
    if (ending->stopped())
      return base::fail(query::codes::cancelled, "It was stopped by whoever follows it.");
    base::Result<bool> more = file->next(piece);
    ending->wrote(*file, piece.size(), more);
    return more;
  };
  return answer;
}

// A word that nobody used is no error: who chose it may ask before the file is asked for.
[[nodiscard]] base::Result<Answer> state_answer(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({}));
  if (!ExportFollows::is_word(request.parts[0])) return base::fail(codes::bad_parameter, kWord);
  const auto follow = context.exports.find(request.parts[0]);
  // Read before the counts: those of a file that is complete are all of it.
  const auto state = follow == nullptr ? std::nullopt : std::optional(follow->state());
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object().field("state", state ? name(*state) : "unknown");
  json.key("communications_total");
  if (follow != nullptr && follow->total()) {
    json.number(*follow->total());
  } else {
    json.null();
  }
  json.field("communications", follow == nullptr ? 0 : follow->written());
  json.field("bytes", follow == nullptr ? 0 : follow->bytes()).key("problem");
  if (state == ExportFollow::State::failed) {
    json.raw(problem(follow->why()).body);
  } else {
    json.null();
  }
  json.key("_links").begin_object();
  write_link(json, "self", request.path);
  json.end_object().end_object();
  return answer;
}

}  // namespace

base::Result<Answer> get_export(const Context& context, const Request& request) {
  SPIDER_TRY_LET(parameters, parameters_of(request));
  const std::string word = parameters.text("follow");
  if (parameters.has("follow") && !ExportFollows::is_word(word))
    return base::fail(codes::bad_parameter, kWord);
  std::shared_ptr<ExportFollow> follow;
  if (!word.empty() && request.method != "HEAD") follow = context.exports.begin(word);
  auto answer = exported(context, request, parameters, follow);
  if (!answer && follow != nullptr) follow->fail(answer.error());
  return answer;
}

base::Result<Answer> get_export_state(const Context& context, const Request& request) {
  return state_answer(context, request);
}

base::Result<Answer> stop_export(const Context& context, const Request& request) {
  if (const auto follow = context.exports.find(request.parts[0])) follow->stop();
  return state_answer(context, request);
}

}  // namespace spider::api
