// The verdicts: what the records, the books and the configuration prove, and what they leave open.
#include <algorithm>

#include <fmt/format.h>

#include "spider/query/explain.h"
#include "spider/query/filter.h"

namespace spider::query {
namespace {

using model::Quality;

// What has come within this is perhaps not committed yet.
constexpr base::Duration kFresh = base::Duration::from_s(3);
constexpr std::int64_t kMinuteNs = 60'000'000'000;

struct Case {
  const ExplainQuestion& question;
  const ExplainFindings& findings;
  const model::WhispererStatus& whisperer;
  bool configured;
  const model::FilterAnswer& filter;
  base::Time now;
  std::vector<Finding> out;

  [[nodiscard]] bool live() const { return whisperer.config.type == "INTERFACE"; }
  [[nodiscard]] bool found() const {
    return !findings.communications.empty() || !findings.sessions.empty();
  }
  // Everything of the range that the store has was captured as `config` says. Packets of a file
  // have times of their own: that it was read by this process no time can tell.
  [[nodiscard]] bool settings_known() const {
    const base::Time since = whisperer.filter_since;
    if (!configured) return false;
    if (since == base::Time::min()) return true;
    return live() && (since <= question.from || !findings.first_life ||
                      model::minute_of(*findings.first_life) > model::minute_of(since));
  }
  [[nodiscard]] bool has(Verdict verdict) const {
    return std::any_of(out.begin(), out.end(),
                       [&](const Finding& f) { return f.verdict == verdict; });
  }
  [[nodiscard]] bool proven(Verdict verdict) const {
    return std::any_of(out.begin(), out.end(),
                       [&](const Finding& f) { return f.verdict == verdict && f.certain; });
  }
  Finding& add(Verdict verdict, bool certain, std::string text) {
    Finding& f = out.emplace_back();
    f.verdict = verdict;
    f.certain = certain;
    f.text = std::move(text);
    return f;
  }
};

[[nodiscard]] std::string around(const ExplainFindings& f) {
  std::string out;
  if (f.before) out += fmt::format(" Before, its books end at {}.", base::to_iso(*f.before));
  if (f.after)
    out += fmt::format(" {} at {}.", f.before ? "They go on" : "Its books begin",
                       base::to_iso(*f.after));
  if (out.empty()) out = " Its books have nothing within a day of it.";
  return out;
}

// ---- here, failed

void note_codes(std::vector<std::uint16_t>& out, const std::vector<std::uint16_t>& codes) {
  for (const std::uint16_t code : codes)
    if (std::find(out.begin(), out.end(), code) == out.end()) out.push_back(code);
}

void judge_communications(Case& c) {
  const auto& rows = c.findings.communications;
  if (rows.empty()) return;
  const auto complete = static_cast<std::size_t>(std::count_if(
      rows.begin(), rows.end(),
      [](const CommunicationRow& r) { return r.state == model::CommunicationState::complete; }));
  const bool more = rows.size() >= kExplainRecords;
  Finding& here =
      c.add(Verdict::here, true,
            fmt::format("{}{} HTTP communication{} between these ends {} stored, {}{} complete.",
                        more ? "At least " : "", rows.size(), rows.size() == 1 ? "" : "s",
                        rows.size() == 1 ? "is" : "are", complete,
                        more ? " of those looked at" : " of them"));
  here.shows_records = true;
  if (complete == rows.size()) return;
  std::vector<std::uint16_t> codes;
  std::string states;
  for (const CommunicationRow& row : rows) {
    if (row.state == model::CommunicationState::complete) continue;
    note_codes(codes, row.codes);
    const std::string_view word = name(row.state);
    if (states.find(word) == std::string::npos)
      states += (states.empty() ? "" : ", ") + std::string(word);
  }
  c.add(Verdict::failed, true,
        fmt::format("{} of them {} not whole: {}. The codes say why.", rows.size() - complete,
                    rows.size() - complete == 1 ? "is" : "are", states))
      .codes = std::move(codes);
}

// Sessions of which no communication was told.
void judge_sessions(Case& c) {
  if (!c.findings.communications.empty()) return;
  std::uint64_t bytes = 0;
  std::uint64_t missing = 0;
  std::uint64_t elsewhere = 0;
  bool recognised = false;
  for (const SessionRow& s : c.findings.sessions) {
    bytes += s.client_bytes + s.server_bytes;
    missing += s.missing_bytes;
    elsewhere += s.communications;
    recognised = recognised || !s.decoder.empty();
  }
  if (c.findings.sessions.empty()) return;
  std::string text = fmt::format(
      "{} TCP session{} between these ends {} stored, ", c.findings.sessions.size(),
      c.findings.sessions.size() == 1 ? "" : "s", c.findings.sessions.size() == 1 ? "is" : "are");
  if (elsewhere != 0) {
    text += fmt::format("with {} HTTP communication{}, none of them in this range of time.",
                        elsewhere, elsewhere == 1 ? "" : "s");
  } else if (bytes == 0) {
    text += "without a single byte of payload: there was nothing to parse.";
  } else if (!recognised) {
    text += fmt::format("with {} bytes in which no HTTP/1 was recognised. {}", bytes,
                        c.findings.session_codes.empty()
                            ? "Encrypted traffic looks like this too."
                            : "The codes of its parse log say what was seen.");
  } else {
    text += "but its parser could tell no communication. The codes of its parse log say why.";
  }
  if (missing != 0) text += fmt::format(" {} bytes of it are missing in the capture.", missing);
  Finding& f = c.add(elsewhere != 0 ? Verdict::here : Verdict::failed, true, std::move(text));
  f.codes = c.findings.session_codes;
  f.shows_records = true;
}

// ---- expired, not capturing

void judge_retention(Case& c) {
  const base::Time kept = c.findings.purged_before;
  if (kept <= c.question.from) return;
  const bool all = kept >= c.question.to;
  Finding& f = c.add(Verdict::expired, all,
                     fmt::format("Records that ended before {} were removed{}.", base::to_iso(kept),
                                 all ? "" : "; that is a part of this range"));
  f.earliest = kept;
}

// The states know to the moment when it did not capture; the books, only how long in a minute.
void judge_gaps(Case& c) {
  constexpr std::size_t kNamed = 3;
  const std::vector<CaptureGap>& gaps = c.findings.gaps;
  if (gaps.empty()) return;
  const base::Time end = std::min(c.question.to, c.now);
  const CaptureGap& first = gaps.front();
  const bool all = first.from <= c.question.from && first.to >= end;
  std::string times;
  for (std::size_t i = 0; i < std::min(gaps.size(), kNamed); ++i) {
    times += i == 0 ? "" : ", nor ";
    times += fmt::format("from {} {}", base::to_iso(gaps[i].from),
                         gaps[i].lasts ? "on" : "to " + base::to_iso(gaps[i].to));
  }
  if (gaps.size() > kNamed) times += fmt::format(", nor {} more times", gaps.size() - kNamed);
  std::string text =
      fmt::format("It was not capturing {}{}.", times, all ? "" : "; that is a part of this range");
  const bool doubt = c.question.from < first.sure_from;
  if (doubt && first.sure_from > first.from)
    text += " It was cut off there: what came soon after its last sign of life may be lost.";
  if (first.lasts && !c.whisperer.reason.empty())
    text += fmt::format(" Now it is {}: {}", model::name(c.whisperer.state), c.whisperer.reason);
  Finding& f = c.add(Verdict::not_capturing, all && !doubt && !c.found(), std::move(text));
  f.earliest = first.from;
  if (!first.lasts) f.latest = first.to;
}

// How much of the range's minutes the whisperer listened to.
void judge_listening(Case& c) {
  const bool since_before = c.configured && c.whisperer.since <= c.question.from &&
                            c.whisperer.state == model::WhispererState::capturing;
  if (since_before) return;
  const std::int64_t begin = model::minute_of(c.question.from) * kMinuteNs;
  const std::int64_t end = std::min(
      (model::minute_of(c.question.to - base::Duration{1}) + 1) * kMinuteNs, (c.now - kFresh).ns);
  const std::uint64_t listened = c.findings.books[Quality::listening_ms];
  const auto wanted =
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, end - begin) / 1'000'000);
  const std::uint64_t packets = c.findings.books[Quality::packets_received];
  // Booked every second; a minute or two may lack one.
  if (listened + 1'500 >= wanted && (listened != 0 || wanted == 0)) return;
  std::string why;
  if (c.configured && c.whisperer.state != model::WhispererState::capturing) {
    why = fmt::format(" Now it is {}{}.", model::name(c.whisperer.state),
                      c.whisperer.reason.empty() ? "" : ": " + c.whisperer.reason);
  } else if (c.configured && c.whisperer.since > c.question.from) {
    why = fmt::format(" It captures since {}.", base::to_iso(c.whisperer.since));
  }
  // It began within the range, and what it heard since is not booked yet.
  const bool begun = c.configured && c.whisperer.state == model::WhispererState::capturing &&
                     c.whisperer.since < c.question.to;
  const bool none = listened == 0 && packets == 0 && !begun;
  Finding& f =
      c.add(Verdict::not_capturing, none,
            none ? "It was not capturing at that time." + why + around(c.findings)
                 : fmt::format("It captured {:.0f} of the {:.0f} seconds of these minutes.{}",
                               static_cast<double>(listened) / 1e3,
                               static_cast<double>(wanted) / 1e3, why));
  f.count = listened;
  f.counter = "listening_ms";
  f.earliest = c.findings.before;
  f.latest = c.findings.after;
}

void judge_capturing(Case& c) {
  if (c.question.from > c.now) {
    c.add(Verdict::not_capturing, true, "That time is still to come.");
    return;
  }
  if (c.live()) {
    judge_gaps(c);
    if (c.findings.gaps.empty()) judge_listening(c);
    return;
  }
  if (c.findings.books[Quality::packets_received] != 0) return;
  Finding& f =
      c.add(Verdict::not_capturing, true,
            "No capture file that it read has a packet of these minutes." + around(c.findings));
  f.earliest = c.findings.before;
  f.latest = c.findings.after;
}

// ---- filtered

void judge_interface(Case& c) {
  if (!c.live()) return;
  const model::WhispererConfig& config = c.whisperer.config;
  const bool inside = (c.question.client && model::is_loopback(*c.question.client)) ||
                      (c.question.server && model::is_loopback(*c.question.server));
  if (inside && config.interface != "lo" && config.interface != "any")
    c.add(Verdict::filtered, false,
          fmt::format("It captures on {}; traffic of a machine with itself passes lo.",
                      config.interface))
        .rule = "interface = " + config.interface;
  if (config.direction != "both")
    c.add(Verdict::filtered, false,
          fmt::format("It captures only packets that {} {}.",
                      config.direction == "in" ? "arrive at" : "leave", config.interface))
        .rule = "direction = " + config.direction;
}

void judge_filter(Case& c) {
  const std::string& rule = c.whisperer.config.filter;
  const model::FilterAnswer& a = c.filter;
  if (c.configured && a.spiders_own)
    c.add(Verdict::filtered, c.settings_known() && c.question.whole(),
          "It leaves out the connections of Spider's own page and API.")
        .rule = "exclude_spider = true";
  if (!c.configured || rule.empty()) return;
  if (!a.tried) {
    c.add(Verdict::filtered, false,
          fmt::format("Its filter \"{}\" could not be tried: {}", rule, a.trouble))
        .rule = rule;
    return;
  }
  // Ends that were not given are guesses.
  const bool same = c.settings_known();
  const bool sure = same && c.question.whole();
  std::string doubt;
  if (!c.question.whole()) doubt = " Tried with guesses for what was not given.";
  if (!same) doubt += " That is the filter of now; that of then is not known.";
  if (!a.any_passes) {
    c.add(Verdict::filtered, sure,
          fmt::format("Its filter \"{}\" leaves out the packets of such a connection.{}", rule,
                      doubt))
        .rule = rule;
  } else if (!a.client_passes || !a.server_passes) {
    c.add(Verdict::filtered, false,
          fmt::format("Its filter \"{}\" lets only a part of such a connection through.{}", rule,
                      doubt))
        .rule = rule;
  } else if (!a.tagged_passes && c.whisperer.config.interface != "lo") {
    c.add(Verdict::filtered, false,
          fmt::format("Its filter \"{}\" lets such packets through, but not when their frames "
                      "carry a VLAN tag.{}",
                      rule, doubt))
        .rule = rule;
  }
}

// ---- dropped

struct Stage {
  Quality counter;
  enum class Of : std::uint8_t { packets, sessions, communications, nothing } of;
  std::string_view one;   // the noun
  std::string_view what;  // happened to it
};
constexpr Stage kStages[] = {
    {Quality::kernel_dropped, Stage::Of::packets, "packet",
     "dropped by the kernel, its buffer was full (buffer_mib)"},
    {Quality::interface_dropped, Stage::Of::packets, "packet",
     "dropped by the interface or its driver"},
    {Quality::ring_dropped, Stage::Of::packets, "packet",
     "dropped because the shards fell behind (ring_kib)"},
    {Quality::malformed, Stage::Of::packets, "packet", "whose headers cannot be right"},
    {Quality::link_unsupported, Stage::Of::packets, "frame", "of a link type that is not decoded"},
    {Quality::fragment_dropped, Stage::Of::packets, "IP fragment",
     "whose datagram never became whole"},
    {Quality::flow_refused, Stage::Of::packets, "TCP packet", "for which no flow could be kept"},
    {Quality::snaplen_cut, Stage::Of::packets, "packet", "captured shorter than sent (snaplen)"},
    {Quality::sessions_evicted, Stage::Of::sessions, "TCP session",
     "closed early, the flow table was full (flows_max)"},
    {Quality::sessions_unstored, Stage::Of::sessions, "TCP session",
     "that could not be written to the store"},
    {Quality::communications_unstored, Stage::Of::communications, "communication",
     "that could not be written to the store"},
    {Quality::parse_errors, Stage::Of::nothing, "stream", "on which a parser gave up"},
    {Quality::import_truncated, Stage::Of::nothing, "capture file", "ending inside a record"},
};

[[nodiscard]] std::uint64_t whole_of(const model::QualityCounts& books, Stage::Of of) {
  switch (of) {
    case Stage::Of::packets:
      return books[Quality::packets_received] + books[Quality::kernel_dropped] +
             books[Quality::interface_dropped];
    case Stage::Of::sessions:
      return books[Quality::sessions_closed];
    case Stage::Of::communications:
      return books[Quality::communications_complete] + books[Quality::communications_partial];
    case Stage::Of::nothing:
      break;
  }
  return 0;
}

void judge_losses(Case& c) {
  const model::QualityCounts& books = c.findings.books;
  for (const Stage& stage : kStages) {
    const std::uint64_t count = books[stage.counter];
    if (count == 0) continue;
    const std::uint64_t all = whole_of(books, stage.of);
    std::string share;
    if (all != 0)
      share = fmt::format(" ({:.3g} % of all)",
                          100.0 * static_cast<double>(count) / static_cast<double>(all));
    Finding& f = c.add(Verdict::dropped, false,
                       fmt::format("In these minutes: {} {}{} {}{}.", count, stage.one,
                                   count == 1 ? "" : "s", stage.what, share));
    f.counter = model::kQualityInfo[static_cast<std::size_t>(stage.counter)].name;
    f.count = count;
    if (all != 0) f.share = static_cast<double>(count) / static_cast<double>(all);
  }
}

// ---- what is not told yet, or never

void judge_open(Case& c) {
  const model::QualityCounts& books = c.whisperer.books;
  const std::uint64_t opened = books[Quality::sessions_opened];
  const std::uint64_t closed = books[Quality::sessions_closed];
  if (c.whisperer.ring_bytes == 0 || opened <= closed) return;
  Finding& f = c.add(
      Verdict::under_way, false,
      fmt::format("{} TCP session{} of this whisperer {} open now, between whichever hosts. A "
                  "session is told when it ends, a request when it is answered or its "
                  "connection ends.",
                  opened - closed, opened - closed == 1 ? "" : "s",
                  opened - closed == 1 ? "is" : "are"));
  f.counter = "sessions_opened";
  f.count = opened - closed;
}

void judge_saving(Case& c) {
  if (!c.configured || c.whisperer.config.save_sessions) return;
  c.add(Verdict::not_saved, false,
        "It keeps no TCP sessions, so only finished HTTP communications would show.")
      .rule = "save_sessions = false";
}

void judge_silence(Case& c) {
  const bool looked = !c.has(Verdict::not_capturing);
  const bool clean = !c.has(Verdict::dropped) && !c.has(Verdict::filtered) &&
                     !c.has(Verdict::expired) && !c.has(Verdict::under_way) &&
                     !c.has(Verdict::not_saved);
  if (!looked && c.proven(Verdict::not_capturing)) return;
  if (c.proven(Verdict::expired) || c.proven(Verdict::filtered)) return;
  const bool known = c.settings_known();
  // What a filter does to ends that were not given, only some of them were tried for.
  const bool open_ends = !c.whisperer.config.filter.empty() && !c.question.whole();
  const bool settled = c.question.to <= c.now - kFresh;
  const bool sure = looked && clean && c.live() && known && !open_ends && settled;
  std::string text = "No packet of such a connection was seen";
  if (sure) {
    text += ", though it was capturing all the time and lost nothing: it was not on this wire.";
  } else if (!c.live() && clean) {
    text += fmt::format(
        ", among the {} that its files have of these minutes. Whether a file covers "
        "the very instant is known to the minute only.",
        c.findings.books[Quality::packets_received]);
  } else {
    text += " that is told; perhaps it was never on this wire.";
    if (c.live() && !c.configured) {
      text += " It is not configured any more: what it kept and filtered is not known.";
    } else if (c.live() && !known) {
      text +=
          " An earlier run captured then: its filter, what it kept and the connections that were "
          "open at its end are not known.";
    } else if (c.live() && open_ends) {
      text += " Its filter may leave out ends that were not named.";
    }
  }
  c.add(Verdict::never_seen, sure, std::move(text));
}

}  // namespace

std::string_view name(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::here:
      return "here";
    case Verdict::failed:
      return "failed";
    case Verdict::expired:
      return "expired";
    case Verdict::not_capturing:
      return "not_capturing";
    case Verdict::filtered:
      return "filtered";
    case Verdict::dropped:
      return "dropped";
    case Verdict::under_way:
      return "under_way";
    case Verdict::not_saved:
      return "not_saved";
    case Verdict::never_seen:
      return "never_seen";
  }
  return "never_seen";
}

std::vector<Finding> judge(const ExplainQuestion& question, const ExplainFindings& findings,
                           const model::WhispererStatus& whisperer, bool configured,
                           const model::FilterAnswer& filter, base::Time now) {
  Case c{question, findings, whisperer, configured, filter, now, {}};
  judge_communications(c);
  judge_sessions(c);
  if (c.found()) {
    if (c.has(Verdict::failed)) judge_losses(c);
    judge_gaps(c);
    return std::move(c.out);
  }
  judge_retention(c);
  judge_capturing(c);
  if (!c.proven(Verdict::not_capturing)) {
    judge_filter(c);
    judge_losses(c);
    judge_interface(c);
    judge_open(c);
    judge_saving(c);
  }
  judge_silence(c);
  std::stable_partition(c.out.begin(), c.out.end(), [](const Finding& f) { return f.certain; });
  return std::move(c.out);
}

}  // namespace spider::query
