// Live: what becomes queryable, as server-sent events (WHATWG HTML, section 9.2). The events:
//
//   open           once, with the cursor from which this stream begins
//   communication  a record as in the list; its id is the cursor behind it
//   gap            these are not told one by one: read [from, to) of the list again
//   status         whisperers and counters, when they changed, once a second at most
//
// A client that connects again sends the id of the last event it got as Last-Event-ID, as browsers
// do, or as `after`, and misses nothing.

#include "spider/query/live.h"

#include <chrono>
#include <memory>

#include <fmt/format.h>

#include "spider/api/codes.h"

#include "api/router.h"

namespace spider::api {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kRowsAtOnce = 100;
constexpr auto kRest = std::chrono::milliseconds(200);
constexpr auto kHeartbeat = std::chrono::seconds(15);
constexpr auto kStatusEvery = std::chrono::seconds(1);

// One of [api] live_max places, given back at the end.
class Place {
 public:
  explicit Place(const Context& context) : count_(context.traffic.listeners) {
    taken_ = count_.fetch_add(1) < context.config.live_max;
  }
  ~Place() { count_.fetch_sub(1); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  [[nodiscard]] bool taken() const noexcept { return taken_; }

 private:
  std::atomic<std::uint32_t>& count_;
  bool taken_ = false;
};

class Stream {
 public:
  struct Form {
    query::TimeForm time;
    bool wait;
    bool brief;
  };
  Stream(const Context& context, std::unique_ptr<Place> place, const Form& form,
         query::Filter filter, const std::optional<query::LiveCursor>& after)
      : context_(context),
        place_(std::move(place)),
        form_(form),
        resumed_(after.has_value()),
        feed_(context.parts.store.reader(), context.parts.store.number(), std::move(filter),
              after) {}

  [[nodiscard]] base::Result<bool> next(std::string& out) {
    if (!opened_) return open(out);
    SPIDER_TRY_LET(page, feed_.next(kRowsAtOnce));
    if (!page.rows.empty()) {
      const query::Names names = context_.shown_names();
      for (const query::LiveRow& row : page.rows) write_row(out, row, names);
    }
    if (page.gap) write_gap(out, *page.gap, page.cursor);
    const bool idle = page.rows.empty() && !page.gap && !page.more;
    if (idle && !form_.wait) return false;
    const auto now = Clock::now();
    if (now >= next_status_) write_status(out, now);
    if (!out.empty()) {
      next_beat_ = now + kHeartbeat;
    } else if (now >= next_beat_) {
      // A comment, and how far the feed has come: what the filter kept out is not looked at again.
      out = fmt::format(": still here\nid: {}\n\n", query::to_text(page.cursor));
      next_beat_ = now + kHeartbeat;
    }
    return true;
  }

 private:
  [[nodiscard]] base::Result<bool> open(std::string& out) {
    SPIDER_TRY_LET(page, feed_.next(0));
    opened_ = true;
    next_beat_ = Clock::now() + kHeartbeat;
    const std::string cursor = query::to_text(page.cursor);
    out += fmt::format("retry: 1000\nevent: open\nid: {}\ndata: ", cursor);
    query::JsonWriter json(out);
    json.begin_object().field("cursor", cursor).field("resumed", resumed_ && !page.gap);
    json.end_object();
    out += "\n\n";
    if (page.gap) write_gap(out, *page.gap, page.cursor);
    return true;
  }

  void write_row(std::string& out, const query::LiveRow& row, const query::Names& names) const {
    out += fmt::format("event: communication\nid: {}\ndata: ", query::to_text(row.cursor));
    query::JsonWriter json(out);
    json.begin_object();
    if (form_.brief) {
      json.field("id", model::to_text(row.row.id));
    } else {
      query::write_communication(json, row.row, names, form_.time);
      write_self(json, fmt::format("{}http-communications/{}", kBase, model::to_text(row.row.id)));
    }
    json.end_object();
    out += "\n\n";
  }

  void write_gap(std::string& out, const query::LiveGap& gap,
                 const query::LiveCursor& cursor) const {
    out += fmt::format("event: gap\nid: {}\ndata: ", query::to_text(cursor));
    query::JsonWriter json(out);
    json.begin_object().field("reason", gap.reason);
    // Without an end: everything.
    if (gap.from != base::Time::min()) query::write_time(json, "from", gap.from, form_.time);
    if (gap.to != base::Time::max()) query::write_time(json, "to", gap.to, form_.time);
    json.end_object();
    out += "\n\n";
  }

  void write_status(std::string& out, Clock::time_point now) {
    next_status_ = now + kStatusEvery;
    const model::PipelineTotals totals = context_.parts.control.totals();
    std::string text;
    query::JsonWriter json(text);
    json.begin_object().key("whisperers").begin_array();
    for (const model::WhispererStatus& w : context_.parts.control.whisperers()) {
      json.begin_object().field("name", w.config.name).field("state", model::name(w.state));
      json.field("reason", w.reason);
      json.field("packets_received", w.books[model::Quality::packets_received]);
      json.end_object();
    }
    json.end_array().field("communications_written", totals.communications_written);
    json.field("storing", !totals.store_trouble.has_value()).end_object();
    if (text == status_) return;
    status_ = std::move(text);
    out += "event: status\ndata: " + status_ + "\n\n";
  }

  const Context& context_;
  std::unique_ptr<Place> place_;
  const Form form_;
  const bool resumed_;
  query::LiveFeed feed_;
  std::string status_;
  Clock::time_point next_status_{};
  Clock::time_point next_beat_{};
  bool opened_ = false;
};

}  // namespace

base::Result<Answer> get_live(const Context& context, const Request& request) {
  const Parameters& p = request.parameters;
  SPIDER_TRY(p.only(kFilterParameters, {"after", "wait", "brief", "time"}));
  SPIDER_TRY_LET(form, time_form(p));
  SPIDER_TRY_LET(no_wait, p.choice("wait", {"true", "false"}));
  SPIDER_TRY_LET(brief, p.choice("brief", {"false", "true"}));
  SPIDER_TRY_LET(filter, read_filter(context, p));
  const std::string word = request.last_event_id.empty() ? p.text("after") : request.last_event_id;
  std::optional<query::LiveCursor> after = query::parse_live_cursor(word);
  // One that is not ours tells nothing of what the client has: an unknown one gives a gap.
  if (!word.empty() && !after) after = query::LiveCursor{};
  auto place = std::make_unique<Place>(context);
  if (!place->taken())
    return base::fail(codes::too_many_listeners,
                      fmt::format("{} clients listen already.", context.config.live_max));
  const auto stream = std::make_shared<Stream>(context, std::move(place),
                                               Stream::Form{form, no_wait == 0, brief == 1},
                                               std::move(filter), after);
  Answer answer;
  answer.type = "text/event-stream";
  answer.cache = "no-store";
  answer.headers.emplace_back("X-Accel-Buffering", "no");
  if (no_wait == 0) answer.rest = kRest;
  answer.pieces = [stream](std::string& piece) { return stream->next(piece); };
  return answer;
}

}  // namespace spider::api
